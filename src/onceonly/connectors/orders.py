"""A question as the provider protocol writes it: what an office's system gets, or a person there."""

from collections.abc import Mapping

from onceonly.domain.persons import Person
from onceonly.domain.retrievals import Order


def written(order: Order) -> dict[str, object]:
    """The body of the question; a provider that may not know who asks is not told."""
    first, last = order.period
    asked: dict[str, object] = {
        "reference": str(order.reference),
        "evidence_type": order.evidence_type,
        "profile": order.profile,
        "fields": order.fields,
        "reference_month": order.reference_month,
        "period": {"from_month": first, "to_month": last},
        "person": _matched(order.person, order.match_on),
    }
    if order.consumer is not None:
        asked |= {
            "consumer": order.consumer,
            "procedure": order.procedure,
            "rule": order.rule,
            "law": order.law,
        }
    else:
        body = order.requesting_body
        asked["requesting_body"] = dict(body) if isinstance(body, Mapping) else body
        if order.purpose_code is not None:
            asked["purpose_code"] = order.purpose_code
    return asked


def _matched(person: Person, match_on: tuple[str, ...]) -> dict[str, object]:
    """Names and birth date, and of `match_on` what is known; nothing else leaves."""
    address = person.address
    known: dict[str, object] = {
        "address": None
        if address is None
        else {
            name: value
            for name in type(address).__slots__
            if (value := getattr(address, name)) is not None
        },
        "place_of_birth": person.place_of_birth,
        "birth_name": person.birth_name,
        "aliases": [
            {"family_name": alias.family_name, "given_names": alias.given_names}
            for alias in person.aliases
        ],
        "idnr": person.idnr,
    }
    return {
        "family_name": person.family_name,
        "given_names": person.given_names,
        "date_of_birth": person.date_of_birth,
    } | {name: known[name] for name in match_on if known[name]}
