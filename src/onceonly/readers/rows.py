"""One row of the law out of its file. Every key is explained in `law/rules/README.md`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from onceonly.domain.catalogue import Catalogue
from onceonly.domain.representation import SPECIAL
from onceonly.domain.rules import (
    Alternative,
    Automation,
    Given,
    Mode,
    Rule,
    RuleMode,
    When,
    WhenPerson,
)
from onceonly.readers.catalogue import is_months, opens, paths_of
from onceonly.readers.documents import Members

_ORIGINS = ("issued", "submitted")
_CONFIDENCES = ("H", "M", "L")
_NATIONALITIES = ("third-country", "not-union", "union")
_CONSENT_OF = ("subject", "entrusting-person", "employee", "applicant")
_HEADINGS = ("fact", "role", "nationality")
_CONFIG = ("admissions",)
_ANY = ("any",)
_SPECIAL_NEEDS = {Mode.CONSENT: "explicit-consent", Mode.CHOICE: "release-from-secrecy"}
_Word = TypeVar("_Word", Mode, Automation)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may name: the catalogue, and the closed lists of `words.yaml` by their heading."""

    catalogue: Catalogue
    words: Mapping[str, Collection[str]]
    reasons: Collection[str]
    retention: Collection[str]


def row(opened: Members, known: Known) -> Rule:
    """Read one row; faults are noted where they stand."""
    evidence = tuple(_given(one, known) for one in opened.each("evidence"))
    paths = _paths([one.evidence_type for one in evidence], known)
    consumers = opened.words("consumers", (*known.catalogue.procedures, *_ANY), "procedure")
    kinds = known.words["office_kinds"]
    rule = Rule(
        id=opened.text("id"),
        title=opened.title("title"),
        via_hub=opened.flag("via_hub"),
        retention=opened.word("retention", (*known.retention, "by-mode"), "retention class"),
        in_force_from=_first_day(opened),
        confidence=opened.word("confidence", _CONFIDENCES, "confidence"),
        note=opened.text("note"),
        consumers=consumers,
        consumer_kinds=opened.words("consumer_kinds", kinds, "office kind"),
        actors=opened.words("actors", (*kinds, *known.words["not_connected"]), "actor"),
        evidence=evidence,
        submitted_only=opened.words(
            "submitted_only", [one.evidence_type for one in evidence], "type of this row"
        ),
        providers=opened.words("providers", kinds, "office kind"),
        origin=opened.word("origin", _ORIGINS, "origin") if "origin" in opened else None,
        modes=tuple(_mode(one, known) for one in opened.each("modes")),
        matrix=_matrix(opened, known),
        idnr="idnr" in opened and opened.word("idnr", ("allowed",), "answer") == "allowed",
        fields=opened.words("fields", paths, "field") if "fields" in opened else None,
        drop_fields=opened.words("drop_fields", paths, "field"),
        facts=opened.words("facts", _facts(consumers, known), "fact of its consumers"),
        preconditions=opened.words("preconditions", known.words["assertions"], "assertion"),
        reason=opened.word("reason", known.reasons, "reason") if "reason" in opened else None,
        alternatives=alternatives(opened, known),
        law=opened.texts("law"),
        when=_when(opened.inner("when"), known, paths),
        obligations=opened.words("obligations", known.words["obligations"], "obligation"),
        conditions=opened.texts("conditions"),
        in_force_to=opened.day("in_force_to"),
        explanation=opened.title("explanation"),
        **_about(opened, known),
    )
    _check(opened, rule)
    _check_health(opened, rule, known)
    opened.close()
    return rule


def alternatives(opened: Members, known: Known) -> tuple[Alternative, ...]:
    """The `alternative` of a row or block."""
    found: list[Alternative] = []
    whats = (*known.words["other_evidence"], *known.catalogue.evidence_types)
    for one in opened.each("alternative"):
        kind = one.word("kind", known.words["alternatives"], "alternative")
        what = one.word("what", whats, "evidence") if "what" in one else None
        found.append(Alternative(kind, what))
        one.close()
    return tuple(found)


def _check(opened: Members, rule: Rule) -> None:
    if rule.via_hub and not (rule.modes and rule.evidence and rule.consumers):
        opened.fault("via_hub", "a row that permits lacks modes, evidence or consumers", "add them")
    if not rule.via_hub and not (rule.reason and rule.law):
        opened.fault("via_hub", "a row that denies lacks reason or law", "add them")
    if rule.in_force_to is not None and rule.in_force_to < rule.in_force_from:
        opened.fault("in_force_to", "lies before in_force_from", "mend one of them")


def _check_health(opened: Members, rule: Rule, known: Known) -> None:
    """Health data are no matter of a plain consent. Source: § 67b (2) S. 3, § 76 SGB X."""
    types = known.catalogue.evidence_types
    for code in dict.fromkeys(given.evidence_type for given in rule.evidence):
        if code not in types or types[code].sensitivity != SPECIAL:
            continue
        for mode in rule.modes_for(code):
            wanted = _SPECIAL_NEEDS.get(mode.mode)
            if wanted is not None and wanted not in mode.needs:
                what = f"mode {mode.mode} opens health data ({code}) without {wanted}"
                opened.fault("modes", what, f"add {wanted} to its needs")


def _first_day(opened: Members) -> date:
    found = opened.day("in_force_from")
    if found is None:
        opened.fault("in_force_from", "is missing", "add the first day of transmission")
    return found or date.max


def _about(opened: Members, known: Known) -> dict[str, tuple[str, ...]]:
    if "about" not in opened:
        return {}
    return {"about": opened.words("about", known.words["roles"], "role")}


def _given(opened: Members, known: Known) -> Given:
    types = known.catalogue.evidence_types
    given = Given(opened.word("type", types, "evidence type"), opened.text("profile"))
    found = types.get(given.evidence_type)
    if found is not None and not opens(found, given.profile or ""):
        opened.fault("profile", f"{given.evidence_type} has no {given.profile}", "name one it has")
    opened.close()
    return given


def _paths(types: list[str], known: Known) -> Collection[str]:
    found = [known.catalogue.evidence_types.get(code) for code in types]
    return {path for one in found if one is not None for path in paths_of(one)}


def _facts(consumers: tuple[str, ...], known: Known) -> Collection[str]:
    procedures = known.catalogue.procedures
    named = [procedures[code] for code in consumers if code in procedures]
    return {fact for one in named or procedures.values() for fact in one.facts}


def _matrix(opened: Members, known: Known) -> Mapping[str, tuple[str, ...]]:
    inner = opened.inner("matrix")
    if inner is None:
        return {}
    for kind in set(inner.names) - set(known.words["office_kinds"]):
        inner.fault(kind, "is no office kind", "mend its spelling")
    return {
        kind: inner.words(kind, known.catalogue.evidence_types, "evidence type")
        for kind in inner.names
    }


def _mode(opened: Members, known: Known) -> RuleMode:
    needs = (*known.words["needs"], *known.words["assertions"])
    mode = RuleMode(
        mode=_choice(opened, "mode", Mode, Mode.CONSENT),
        law=opened.texts("law"),
        automation=_choice(opened, "automation", Automation, Automation.NONE),
        needs=opened.words("needs", needs, "need"),
        justification_norm=_norm(opened, known),
        notice=opened.optional("notice"),
        types=opened.words("types", known.catalogue.evidence_types, "evidence type"),
        config=opened.word("config", _CONFIG, "setting") if "config" in opened else None,
        land_law=opened.flag("land_law"),
    )
    if not mode.law:
        opened.fault("law", "is missing", "name the norm that carries first")
    if ("justification" in mode.needs) != (mode.justification_norm is not None):
        opened.fault("needs", "justification and its norm go together", "add or remove one")
    opened.close()
    return mode


def _choice(opened: Members, name: str, words: type[_Word], otherwise: _Word) -> _Word:
    known = [str(one) for one in words]
    found = opened.word(name, known, name)
    return words(found) if found in known else otherwise


def _norm(opened: Members, known: Known) -> str | None:
    if "justification_norm" not in opened:
        return None
    return opened.word("justification_norm", known.words["justification_norms"], "norm")


def _when(opened: Members | None, known: Known, paths: Collection[str]) -> When:
    if opened is None:
        return When()
    assertions = known.words["assertions"]
    when = When(
        nationality=_optional_word(opened, "nationality", _NATIONALITIES),
        person=_person(opened.inner("person"), known),
        months=_months(opened),
        stands_aside=_stands_aside(opened.inner("stands_aside"), known),
        needs_reason=opened.words(
            "needs_reason", known.words["justification_reasons"], "justification"
        ),
        detail_required=opened.words("detail_required", assertions, "assertion"),
        fields_by=_fields_by(opened.inner("fields_by"), known, paths),
        values=_values(opened.inner("values"), paths),
        purpose_code=opened.optional("purpose_code"),
        config=_optional_word(opened, "config", _CONFIG),
        consent_of=_optional_word(opened, "consent_of", _CONSENT_OF),
        land_law=opened.flag("land_law"),
        closed_by=opened.texts("closed_by"),
        recipient=opened.flag("recipient"),
    )
    opened.close()
    return when


def _optional_word(opened: Members, name: str, words: Collection[str]) -> str | None:
    return opened.word(name, words, name) if name in opened else None


def _months(opened: Members) -> str | None:
    found = opened.optional("months")
    if found is not None and not is_months(found):
        opened.fault("months", f"`{found}` bounds nothing", "use the words of rules/README.md")
    return found


def _person(opened: Members | None, known: Known) -> WhenPerson | None:
    if opened is None:
        return None
    person = WhenPerson(
        own_case=opened.flag("own_case") if "own_case" in opened else None,
        lives_apart_from_child=(
            opened.flag("lives_apart_from_child") if "lives_apart_from_child" in opened else None
        ),
        age=opened.bounds("age"),
        roles=opened.words("roles", known.words["roles"], "role"),
        self_only=opened.flag("self"),
    )
    opened.close()
    return person


def _stands_aside(opened: Members | None, known: Known) -> tuple[str, str] | None:
    if opened is None:
        return None
    found = (
        opened.word("fact", _facts((), known), "fact"),
        opened.word("asserted", known.words["assertions"], "assertion"),
    )
    opened.close()
    return found


def _fields_by(
    opened: Members | None, known: Known, paths: Collection[str]
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    if opened is None:
        return {}
    values = {
        "fact": _facts((), known),
        "role": known.words["roles"],
        "nationality": _NATIONALITIES,
    }
    found: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for heading, inner in opened.named():
        if heading not in _HEADINGS:
            inner.fault("", "is no heading", "use fact, role or nationality")
            continue
        for value in set(inner.names) - {*values[heading], "else"}:
            inner.fault(value, f"is no known {heading}", "mend its spelling")
        found[heading] = {one: inner.words(one, paths, "field") for one in inner.names}
    return found


def _values(opened: Members | None, paths: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    if opened is None:
        return {}
    for path in set(opened.names) - set(paths):
        opened.fault(path, "is no field of the row's types", "mend its spelling")
    return {path: opened.texts(path) for path in opened.names}
