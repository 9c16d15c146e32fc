"""What office systems write to the hub: evidence requests, choices, use decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from onceonly.demo.households import Household
from onceonly.demo.people import Person

Body = dict[str, Any]
NOTICE = "wahl-67f-v1"


def request(
    procedure: str,
    case_reference: str,
    month: str,
    *,
    persons: Sequence[Body],
    items: Sequence[Body],
    relationships: Sequence[Body] = (),
    online: bool = False,
) -> Body:
    """An evidence request; at the office a caseworker asks, online the person is there."""
    who: Body = {"channel": "online"}
    if not online:
        who = {"channel": "office", "caseworker": {"id": "sb-4711"}}
    return {
        "procedure": procedure,
        "case_reference": case_reference,
        "reference_month": month,
        **who,
        "persons": list(persons),
        "relationships": list(relationships),
        "items": list(items),
    }


def item(
    number: int, person: str, evidence_type: str, profile: str, fact: str, **members: object
) -> Body:
    """One evidence about one person, and the fact that makes it necessary."""
    return {
        "ref": f"i{number}",
        "person": person,
        "evidence_type": evidence_type,
        "profile": profile,
        "necessity": {"fact": fact},
        **members,
    }


def person(ref: str, role: str, who: Person) -> Body:
    """A person of a request."""
    return {"ref": ref, "role": role, **who.attributes()}


def family(household: Household) -> tuple[list[Body], list[Body]]:
    """Persons and relationships of a household: `p1`, `p2` … in its order, joint custody.

    Who cares for the children alone has sole custody.
    """
    roles = ["applicant", *["partner"] * (len(household.adults) - 1)]
    roles += ["child"] * len(household.children)
    refs = [f"p{place}" for place in range(1, len(roles) + 1)]
    persons = [person(*one) for one in zip(refs, roles, household.members, strict=True)]
    adults, children = refs[: len(household.adults)], refs[len(household.adults) :]
    custody = "joint" if len(adults) > 1 else "sole"
    relationships: list[Body] = [
        {"kind": "partner", "person": one, "to": adults[0]} for one in adults[1:]
    ]
    for adult in adults:
        for child in children:
            relationships += [
                {"kind": "parent", "person": adult, "to": child, "custody": custody},
                {"kind": "lives-with", "person": child, "to": adult, "share_percent": 100},
            ]
    return persons, relationships


def choice(made_by: str, now: datetime) -> Body:
    """The person chose retrieval in the online application, a moment ago."""
    return {"choice": {"made_by": made_by, "notice": NOTICE, **_session(made_by, now)}}


def use_decision(word: str, made_by: str, now: datetime) -> Body:
    """What the person decided after looking."""
    return {"decision": word, "made_by": made_by, **_session(made_by, now)}


def asked_once(now: datetime) -> Body:
    """A caseworker's reason for not asking the person first."""
    return {
        "justification": {
            "norm": "sgbx-67a-2-3-1",
            "reason": "asked-and-incomplete",
            "text": "The notice was asked for and has not come in completely.",
            "asked_once_on": f"{now - timedelta(days=14):%Y-%m-%d}",
        }
    }


def _session(made_by: str, now: datetime) -> Mapping[str, str]:
    return {"made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}", "session": f"portal-session-of-{made_by}"}
