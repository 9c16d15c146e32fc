"""How rows of the law and verdicts are told at a terminal."""

from collections.abc import Iterator
from dataclasses import fields

from onceonly.domain.catalogue import Title
from onceonly.domain.decision import Decision
from onceonly.domain.explanations import explanation
from onceonly.domain.judge import STEPS
from onceonly.domain.rules import Law, Rule


def line(row: Rule, *, german: bool) -> str:
    """One row: id, right, who, what, from whom, title."""
    right = " ".join(dict.fromkeys(f"{one.mode}/{one.automation}" for one in row.modes))
    what = " ".join(f"{one.evidence_type}:{one.profile}" for one in row.evidence)
    return " | ".join(
        (
            f"{row.id:<5}",
            right or f"no: {row.reason or 'narrowed'}",
            " ".join(row.consumers or row.actors) or "-",
            what or "-",
            " ".join(row.providers) or "-",
            _told(row.title, german=german),
        )
    )


def members(row: Rule, law: Law, *, german: bool) -> Iterator[tuple[str, str]]:
    """A row whole, by the name of each thing it says."""
    yield row.id, _told(row.title, german=german)
    if row.explanation is not None:
        yield "", _told(row.explanation, german=german)
    yield "asking", ", ".join((*row.consumers, *row.actors)) or "-"
    yield from _lists({"of kind": row.consumer_kinds})
    yield "asked", f"{', '.join(row.providers) or '-'}{f' ({row.origin})' if row.origin else ''}"
    yield "about", ", ".join(row.about)
    for given in row.evidence:
        found = law.catalogue.evidence_types[given.evidence_type]
        title = _told(found.title, german=german)
        yield "evidence", f"{given.evidence_type} {given.profile}: {title}"
    yield from _lists({"fields": row.fields or (), "never": row.drop_fields})
    yield from _ways(row)
    for fact in row.facts:
        yield "fact", f"{fact}: {_fact(fact, row, law, german=german)}"
    yield from _lists({"must state": row.preconditions})
    yield from _conditions(row)
    yield "obliges to", ", ".join(row.obligations) or "-"
    yield "kept as", row.retention
    yield "in force", f"{row.version} to {row.in_force_to or '-'}"
    yield "confidence", row.confidence
    yield from (("condition", condition) for condition in row.conditions)
    yield "note", row.note


def verdict(decision: Decision, law: Law, *, german: bool) -> Iterator[str]:
    """A decision with every step that was looked at."""
    for name in STEPS[: len(decision.trace)]:
        yield f"  {name:<18} {'answers' if name == decision.trace[-1] else 'hands on'}"
    right = f"{decision.mode or '-'}/{decision.automation or '-'}"
    yield f"{decision.outcome}: {decision.reason or '-'}, row {decision.rule or '-'}, {right}"
    yield f"  {explanation(decision, law, german=german)}"
    if decision.fields:
        yield f"  {decision.profile}: {', '.join(decision.fields)}"
    if decision.obligations:
        yield f"  obliges to: {', '.join(decision.obligations)}"
    for one in decision.required:
        yield f"  needed: {one.act} by {one.by}"
    if decision.alternatives:
        others = (f"{one.kind} {one.what or one.of or ''}".strip() for one in decision.alternatives)
        yield f"  open instead: {', '.join(others)}"


def _ways(row: Rule) -> Iterator[tuple[str, str]]:
    for place, mode in enumerate(row.modes, start=1):
        needs = f"; needs {', '.join(mode.needs)}" if mode.needs else ""
        by = f"{mode.mode}, automation {mode.automation}{needs}"
        land = "; only by the signed layer of the Land" if mode.land_law else ""
        yield f"way {place}", f"{by}{land}: {', '.join(mode.law)}"
    yield from _lists({"denied by": row.law})
    if row.reason is not None:
        yield "reason", row.reason


def _conditions(row: Rule) -> Iterator[tuple[str, str]]:
    """What must hold beside, in the words of the files."""
    for condition in (row.when, row.when.person):
        if condition is None:
            continue
        for one in fields(condition):
            value = getattr(condition, one.name)
            if one.name != "person" and value not in (None, (), {}, False):
                yield "when", f"{one.name.replace('_', ' ')}: {_plain(value)}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    if isinstance(value, tuple):
        return ", ".join("-" if one is None else str(one) for one in value)
    return str(value)


def _lists(named: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    return ((name, ", ".join(some)) for name, some in named.items() if some)


def _told(title: Title, *, german: bool) -> str:
    return title.de if german else title.en


def _fact(code: str, row: Rule, law: Law, *, german: bool) -> str:
    for procedure in row.consumers:
        known = law.catalogue.procedures.get(procedure)
        if known is not None and code in known.facts:
            fact = known.facts[code]
            return f"{_told(fact.title, german=german)} ({fact.law})"
    return ""
