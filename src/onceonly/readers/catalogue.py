"""The catalogue's files: evidence types, facts, procedures, Union states, versions."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import (
    CHAIN,
    Catalogue,
    Condition,
    EvidenceType,
    Fact,
    Field,
    Naming,
    Procedure,
    Profile,
    Proof,
    Requirement,
)
from onceonly.readers.documents import Folder, LawFault, LawFaults, Members, document, files

_JSON_TYPES = ("string", "integer", "number", "boolean", "object", "array")
_SENSITIVITIES = ("N", "E", "A9", "V", "X")
_FORMATS = (
    *("", "month", "date", "partial-date", "instant", "year", "signed", "code", "text"),
    *("din91379", "person-ref", "media-type", "base64", "iso3166-1", "postal-code", "idnr"),
    *("ags8", "kvnr", "iban"),
)
_MONTHS = re.compile(
    r"|reference|from-reference|previous-calendar-year|claim"
    r"|(last|before-application|before-birth):[1-9][0-9]?"
)
_BY_KIND = {"true": True, "false": False, "by-kind": None}
_T = TypeVar("_T", EvidenceType, Procedure)


def read_catalogue(directory: Folder) -> Catalogue:
    """Read the catalogue's folder.

    Raises:
        LawFaults: every fault of every file.
    """
    faults: list[LawFault] = []
    catalogue = catalogue_of(files(directory), faults)
    if faults:
        raise LawFaults(faults)
    return catalogue


def catalogue_of(
    contents: Iterable[tuple[str, bytes]], faults: list[LawFault], *, within: str = ""
) -> Catalogue:
    """The catalogue of these files (path, content); faults are added, the rest is read.

    `within` stands before every file's path in a fault.
    """
    folders: dict[str, list[Members]] = {}
    for name, content in contents:
        opened = document(within + name, content, faults)
        if opened is not None:
            folders.setdefault(name.rsplit("/", 1)[0], []).append(opened)
    types = _by_code(folders.pop("evidence-types", []), _evidence_type)
    facts = _facts(folders.pop("facts", []), types)
    procedures = _by_code(folders.pop("procedures", []), lambda opened: _procedure(opened, facts))
    states = [_states(one) for one in folders.pop("union-states.yaml", [])]
    versions = [_versions(one) for one in folders.pop("versions.yaml", [])]
    for left in (one for rest in folders.values() for one in rest):
        left.fault("", "is no file of the catalogue", "remove it")
    for name, found in (
        ("evidence-types", types),
        ("procedures", procedures),
        ("union-states.yaml", states),
        ("versions.yaml", versions),
    ):
        if not found:
            faults.append(LawFault(within + name, 1, "(all)", "is missing", "add it"))
    return Catalogue(
        evidence_types=types,
        procedures=procedures,
        union_states=states[0] if states else frozenset(),
        versions=versions[0] if versions else (),
    )


def is_months(text: str) -> bool:
    """Whether it is a bound of months in the words of the files; empty = none."""
    return _MONTHS.fullmatch(text) is not None


def opens(evidence_type: EvidenceType, profile: str) -> bool:
    """Whether the type has this profile, or in the chain a weaker one."""
    if profile not in CHAIN:
        return profile in evidence_type.profiles
    return any(one in evidence_type.profiles for one in CHAIN[: CHAIN.index(profile) + 1])


def paths_of(evidence_type: EvidenceType) -> Collection[str]:
    """Every field and container of the type; a container is named with and without `[]`."""
    paths = {one.path for profile in evidence_type.profiles.values() for one in profile.fields}
    return paths | {one.removesuffix("[]") for one in paths}


def _by_code(opened: list[Members], read: Callable[[Members], _T]) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for one in opened:
        value = read(one)
        if not one.file.endswith(f"/{value.code}.yaml"):
            one.fault("code", "is not the file's name", "name the file after the code")
        found[value.code] = value
        one.close()
    return found


def _evidence_type(opened: Members) -> EvidenceType:
    opened.optional("standard")
    by_procedure = opened.lists("max_age_by_procedure")
    profiles, wider = opened.inner("profiles"), opened.inner("wider")
    found = EvidenceType(
        code=opened.text("code"),
        title=opened.title("title"),
        sensitivity=opened.word("class", _SENSITIVITIES, "class"),
        issuer_kinds=opened.texts("issued_by"),
        submitted_by_person=opened.flag("submitted_by_person"),
        max_age=opened.texts("max_age"),
        profiles={} if profiles is None else _profiles(profiles),
        max_age_by_procedure=by_procedure,
        also_called=opened.former_names(),
        blocked=opened.flag("blocked"),
        wider={}
        if wider is None
        else {one: wider.word(one, CHAIN, "profile of the chain") for one in wider.names},
    )
    for one in found.wider.keys() - found.profiles.keys():
        opened.fault("wider", f"`{one}` is no profile of this type", "mend its spelling")
    return found


def _profiles(opened: Members) -> Mapping[str, Profile]:
    """In the chain every profile holds the weaker ones' fields before its own."""
    found: dict[str, Profile] = {}
    chain: tuple[Field, ...] = ()
    for code in sorted(opened.names, key=lambda one: one not in CHAIN):
        own = tuple(_field(one) for one in opened.each(code))
        if code in CHAIN:
            own = chain = (*chain, *own)
        found[code] = Profile(code, own)
        _check_fields(opened, found[code])
    opened.close()
    return found


def _check_fields(opened: Members, profile: Profile) -> None:
    seen: set[str] = set()
    names = {one.path for one in profile.fields}
    for one in profile.fields:
        parent = one.path.rpartition(".")[0]
        if one.path in seen:
            opened.fault(profile.code, f"`{one.path}` stands here twice", "keep one")
        if parent and parent not in seen:
            opened.fault(profile.code, f"`{one.path}` stands before its container", "move it")
        if one.condition and one.condition.kind == "field" and one.condition.name not in names:
            opened.fault(profile.code, f"`{one.path}` hangs on a field not there", "mend it")
        seen.add(one.path)


def _field(opened: Members) -> Field:
    form = opened.optional("format") or ""
    if not form.startswith("pattern:") and form not in _FORMATS:
        opened.fault("format", f"`{form}` is no known format", "use one of the readers' list")
    field = Field(
        path=opened.text("path"),
        json_type=opened.word("type", _JSON_TYPES, "JSON type"),
        title=opened.title("title"),
        format=form,
        unit=opened.optional("unit") or "",
        values=opened.texts("values"),
        required=opened.flag("required"),
        condition=_condition(opened.inner("condition")),
        sensitivity=opened.word("class", _SENSITIVITIES, "class"),
        third_party=opened.flag("third_party"),
        source=opened.text("source"),
    )
    opened.close()
    return field


def _condition(opened: Members | None) -> Condition | None:
    if opened is None:
        return None
    if "field" in opened:
        found = Condition("field", opened.text("field"), opened.texts("is"))
    elif "overlaps" in opened:
        found = Condition("overlaps", opened.word("overlaps", ("procedure.period",), "period"))
    elif "procedure" in opened:
        found = Condition("procedure", values=opened.texts("procedure"))
    else:
        found = Condition("role", values=opened.texts("role"))
    if found.kind != "overlaps" and not found.values:
        opened.fault("", "names no value", "add the values")
    opened.close()
    return found


def _facts(
    opened: Iterable[Members], types: Mapping[str, EvidenceType]
) -> dict[str, tuple[Fact, Members]]:
    found: dict[str, tuple[Fact, Members]] = {}
    for document_ in opened:
        for one in document_.each("all"):
            fact = Fact(
                code=one.text("code"),
                title=one.title("title"),
                law=one.text("law"),
                requirement=one.text("requirement"),
                proofs=tuple(_proof(proof, types) for proof in one.each("proofs")),
            )
            if fact.code in found:
                one.fault("code", "stands elsewhere too", "keep one")
            found[fact.code] = fact, one
            one.close()
        document_.close()
    return found


def _proof(opened: Members, types: Mapping[str, EvidenceType]) -> Proof:
    code, profile = opened.optional("evidence"), opened.optional("profile")
    months = opened.optional("months") or ""
    proof = Proof(
        alternative=opened.number("alternative") or 0,
        evidence_type=code,
        profile=profile,
        about=opened.texts("about"),
        months=months,
        fields=opened.texts("fields") if "fields" in opened else None,
    )
    if not is_months(months):
        opened.fault("months", f"`{months}` bounds nothing", "use the words of rules/README.md")
    if code is not None:
        evidence_type = types.get(code)
        if evidence_type is None:
            opened.fault("evidence", f"`{code}` is no evidence type", "mend or add it")
        elif not opens(evidence_type, profile or ""):
            opened.fault("profile", f"`{code}` has no {profile}", "name one of its profiles")
        else:
            opened.words("fields", paths_of(evidence_type), f"field of {code}")
    opened.close()
    return proof


def _procedure(opened: Members, facts: Mapping[str, tuple[Fact, Members]]) -> Procedure:
    requirements = opened.inner("requirements")
    groups = (
        ()
        if requirements is None
        else tuple(Requirement(code, title.title()) for code, title in requirements.named())
    )
    known = {one.code for one in groups}
    mine: dict[str, Fact] = {}
    for code in opened.words("facts", facts, "fact"):
        if code in facts:
            mine[code] = facts[code][0]
            if mine[code].requirement not in known:
                opened.fault("facts", f"`{code}` is in no requirement here", "add its title")
    for group in known - {one.requirement for one in mine.values()}:
        opened.fault("requirements", f"`{group}` has no fact", "remove it or add the fact")
    return Procedure(
        code=opened.text("code"),
        namings=tuple(_naming(one) for one in opened.each("namings")),
        law=opened.text("law"),
        kinds=opened.texts("kinds"),
        section35=_BY_KIND.get(opened.word("section35", _BY_KIND, "answer")),
        sgb_task=_BY_KIND.get(opened.word("sgb_task", _BY_KIND, "answer")),
        facts=mine,
        requirements=groups,
    )


def _naming(opened: Members) -> Naming:
    opened.optional("note")
    naming = Naming(
        title=opened.title("title"),
        first=opened.month("first"),
        last=opened.month("last"),
        also_called=opened.former_names(),
    )
    opened.close()
    return naming


def _states(opened: Members) -> frozenset[str]:
    return frozenset(code for code, title in opened.named() if title.title().de)


def _versions(opened: Members) -> tuple[Month, ...]:
    found: list[Month] = []
    for text in opened.texts("all"):
        try:
            found.append(Month.parse(text))
        except ValueError:
            opened.fault("all", f"`{text}` is not a month YYYY-MM", "mend it")
    if found != sorted(set(found)):
        opened.fault("all", "the months do not ascend", "order them")
    opened.close()
    return tuple(found)
