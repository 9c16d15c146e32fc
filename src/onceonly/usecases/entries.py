"""What the entry of a question says: everything it was decided by, and nowhere else."""

from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from onceonly.domain.judge import Judged
from onceonly.domain.log import Event, SealedEntry
from onceonly.domain.persons import Person, Relationship, Representation
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.store.requests import RequestRow
from onceonly.usecases.log import entry
from onceonly.usecases.world import World

_PERSONS = TypeAdapter(Person)
_ITEMS = TypeAdapter(Item)
_RELATIONSHIPS = TypeAdapter(tuple[Relationship, ...])
_REPRESENTATIONS = TypeAdapter(tuple[Representation, ...])


def question_entry(  # noqa: PLR0917 -- one entry, whole
    row: RequestRow,
    one: Judged,
    request: EvidenceRequest,
    retrieval: UUID,
    municipality: int,
    now: datetime,
    world: World,
) -> SealedEntry:
    """The question with everything it was decided by. Source: § 76 (2) BDSG for what it must say."""
    decision, item = one.decision, one.item
    person = request.by_ref[item.person]
    return entry(
        Event.QUESTION_PERMITTED if decision.permits else Event.QUESTION_REFUSED,
        {
            "request": row.id,
            "client": row.client_id,
            "consumer": row.office,
            "provider": None if one.question.provider is None else one.question.provider.code,
            "procedure": row.procedure,
            "case_reference": row.case_reference,
            "channel": row.channel,
            "reference_month": row.reference_month,
            "caseworker": request.caseworker,
            "person": _PERSONS.dump_python(person, mode="json", exclude_none=True),
            **request.once(_RELATIONSHIPS, lambda: _ties(request)),
            "item": _ITEMS.dump_python(item, mode="json", exclude_none=True),
            "notices": {
                one.notice: world.law.notices[one.notice].hash
                for one in item.choices
                if one.notice in world.law.notices
            },
            "evidence_type": item.evidence_type,
            "profile": item.profile,
            "outcome": decision.outcome,
            "mode": decision.mode,
            "automation": decision.automation,
            "rule": decision.rule,
            "rule_version": decision.rule_version,
            "law": decision.law,
            "law_version": world.law_of(municipality).version,
            "granted_profile": decision.profile,
            "fields": decision.fields,
            "months": None
            if decision.months is None
            else [str(decision.months.first or ""), str(decision.months.last or "")],
            "obligations": decision.obligations,
            "reason": decision.reason,
            "trace": decision.trace,
        },
        world,
        municipality=municipality,
        at=now,
        retention=decision.retention,
        retrieval=retrieval,
    )


def _ties(request: EvidenceRequest) -> dict[str, object]:
    return {
        "relationships": _RELATIONSHIPS.dump_python(request.relationships, mode="json"),
        "representations": _REPRESENTATIONS.dump_python(request.representations, mode="json"),
    }
