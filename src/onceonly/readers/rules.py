"""The law's files: rows, words, blocks, retention, reasons; with the catalogue, one frozen value."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files as package_files

from onceonly.domain.catalogue import Catalogue
from onceonly.domain.retention import is_lawful
from onceonly.domain.rules import (
    BlockedType,
    BulkLimit,
    Hint,
    Law,
    Reason,
    RetentionClass,
    Rule,
    Section35Kind,
)
from onceonly.readers.catalogue import catalogue_of, paths_of
from onceonly.readers.documents import Folder, LawFault, LawFaults, Members, document, files
from onceonly.readers.notices import notices_of
from onceonly.readers.rows import Known, alternatives, row
from onceonly.readers.units import unit

SHIPPED = package_files("onceonly").joinpath("law")
"""The law that comes with the program."""

_LISTS = (
    "blocked",
    "bulk",
    "section35",
    "towards",
    "retention",
    "reasons",
    "words",
    "hints",
    "units",
)
_FOLDERS = ("catalogue", "rules", "notices")
_WORDS = (
    *(
        "office_kinds",
        "not_connected",
        "roles",
        "ties",
        "assertions",
        "needs",
        "justification_reasons",
    ),
    *("justification_norms", "obligations", "alternatives", "other_evidence"),
)
_BY_MODE = ("internal", "duty", "regulation", "choice", "may", "consent", "manual")


def read_law(directory: Folder = SHIPPED) -> Law:
    """Read a folder of law whole; it is checked against itself before anybody relies on it.

    Raises:
        LawFaults: every fault of every file: what is wrong, where, and what to do.
    """
    contents = [
        (name, content)
        for name, content in files(directory)
        if name.removesuffix(".yaml") in _LISTS or name.split("/")[0] in _FOLDERS
    ]
    faults: list[LawFault] = []
    law = _law([one for one in contents if one[0].endswith(".yaml")], faults)
    if faults:
        raise LawFaults(sorted(faults, key=lambda one: (one.file, one.line)))
    return law


def _law(contents: list[tuple[str, bytes]], faults: list[LawFault]) -> Law:
    catalogue = catalogue_of(
        [
            (name.removeprefix("catalogue/"), content)
            for name, content in contents
            if name.startswith("catalogue/")
        ],
        faults,
        within="catalogue/",
    )
    lists = _lists(dict(contents), faults)
    words = {heading: _heading(lists["words"], heading) for heading in _WORDS}
    retention, by_mode = _retention(lists["retention"])
    reasons = {code: _reason(code, one) for code, one in lists["reasons"].named()}
    known = Known(catalogue, words, reasons, retention)
    rules = _rules(
        [(name, content) for name, content in contents if name.startswith("rules/")], known, faults
    )
    kinds = lists["words"].inner("office_kinds")
    towards = lists["towards"]
    bodies = (*words["office_kinds"], *words["not_connected"])
    law = Law(
        version=_version(contents),
        catalogue=catalogue,
        rules=rules,
        blocked={code: _blocked(code, one, known) for code, one in lists["blocked"].named()},
        bulk={code: _bulk(code, one, known) for code, one in lists["bulk"].named()},
        section35={code: _section35(code, one, known) for code, one in lists["section35"].named()},
        never_consent_towards=towards.words("never_consent_towards", bodies, "body"),
        never_shared_controller=towards.words("never_shared_controller", bodies, "body"),
        never_data_service=towards.words("never_data_service", bodies, "body"),
        retention=retention,
        retention_by_mode=by_mode,
        public_body_only=towards.words("public_body_only", bodies, "body"),
        named_body_only=towards.words("named_body_only", bodies, "body"),
        internal=towards.texts("internal"),
        reasons=reasons,
        office_kinds={} if kinds is None else {code: one.title() for code, one in kinds.named()},
        hints={code: _hint(code, one, known) for code, one in lists["hints"].named()},
        land_law_room=towards.words("land_law_room", words["office_kinds"], "office kind"),
        units={code: unit(code, one, known) for code, one in lists["units"].named()},
        notices=notices_of(
            [one for one in contents if one[0].startswith("notices/")],
            words["office_kinds"],
            faults,
        ),
    )
    for one in lists.values():
        one.close()
    _check(law, words, faults)
    return law


@cache
def known_words() -> Mapping[str, Collection[str]]:
    """The closed lists of the shipped `words.yaml` by their heading, for rows of a layer."""
    opened = document("words.yaml", SHIPPED.joinpath("words.yaml").read_bytes(), [])
    return {} if opened is None else {heading: _heading(opened, heading) for heading in _WORDS}


def _version(contents: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names, lengths and contents, in the order of the names; hex."""
    digest = hashlib.sha256()
    for name, content in contents:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _lists(contents: Mapping[str, bytes], faults: list[LawFault]) -> Mapping[str, Members]:
    found: dict[str, Members] = {}
    for name in _LISTS:
        opened: Members | None = None
        if f"{name}.yaml" in contents:
            opened = document(f"{name}.yaml", contents[f"{name}.yaml"], faults)
        else:
            faults.append(LawFault(f"{name}.yaml", 1, "(all)", "is missing", "add it"))
        found[name] = opened or Members.empty(f"{name}.yaml", faults)
    return found


def _heading(opened: Members, heading: str) -> Collection[str]:
    """The words under a heading: a list, or the names of a mapping that explains them."""
    inner = opened.explained(heading)
    if not inner:
        opened.fault(heading, "has no words", "add the closed list")
    return inner


def _rules(
    contents: Iterable[tuple[str, bytes]], known: Known, faults: list[LawFault]
) -> tuple[Rule, ...]:
    found: dict[str, Rule] = {}
    opened: dict[str, Members] = {}
    for name, content in contents:
        one = document(name, content, faults)
        if one is None:
            continue
        rule = row(one, known)
        if name != f"rules/{rule.id}.yaml":
            one.fault("id", "is not the file's name", "name the file after the row")
        found[rule.id], opened[rule.id] = rule, one
    for rule in found.values():
        for closing in rule.when.closed_by:
            if closing not in found:
                opened[rule.id].fault("when", f"`{closing}` is no row", "mend its spelling")
    return tuple(sorted(found.values(), key=_place))


def _place(rule: Rule) -> tuple[int, str]:
    """By number, then by letter: R2 stands before R10."""
    number = "".join(one for one in rule.id if one.isdigit())
    return int(number or 0), rule.id


def _retention(opened: Members) -> tuple[Mapping[str, RetentionClass], Mapping[str, str]]:
    classes = opened.inner("classes")
    named = () if classes is None else classes.named()
    found = {code: _retention_class(code, one) for code, one in named}
    modes = opened.inner("by_mode")
    if modes is None:
        opened.fault("by_mode", "is missing", "name the class of every mode")
        return found, {}
    for mode in set(modes.names) - set(_BY_MODE):
        modes.fault(mode, "is no mode", "mend its spelling")
    return found, {mode: modes.word(mode, found, "retention class") for mode in modes.names}


def _retention_class(code: str, opened: Members) -> RetentionClass:
    opened.optional("note")
    ceiling = opened.text("ceiling")
    found = RetentionClass(
        code=code,
        floor=opened.text("floor"),
        ceiling=ceiling,
        setting=opened.optional("setting") or ceiling,
        norm=opened.texts("norm"),
        counted_from=opened.optional("from"),
        sample=opened.number("sample"),
        policy=opened.flag("policy"),
    )
    if not is_lawful(found):
        opened.fault("setting", "lies outside floor and ceiling", "set it within them")
    opened.close()
    return found


def _reason(code: str, opened: Members) -> Reason:
    reason = Reason(code, opened.texts("law"), opened.text("de"), opened.text("en"))
    if not reason.law:
        opened.fault("law", "is missing", "name the norms it rests on")
    opened.close()
    return reason


def _hint(code: str, opened: Members, known: Known) -> Hint:
    catalogue = known.catalogue
    facts = {fact for one in catalogue.procedures.values() for fact in one.facts}
    types = catalogue.evidence_types.values()
    paths = {path for one in types for path in paths_of(one)}
    hint = Hint(
        code=code,
        law=opened.texts("law"),
        de=opened.text("de"),
        en=opened.text("en"),
        procedures=opened.words("procedures", catalogue.procedures, "procedure"),
        evidence=opened.words("evidence", catalogue.evidence_types, "evidence type"),
        facts=opened.words("facts", facts, "fact"),
        providers=opened.words("providers", known.words["office_kinds"], "office kind"),
        fields=opened.words("fields", paths, "field"),
        two_homes=opened.flag("two_homes"),
        outside_unit=opened.flag("outside_unit"),
    )
    if not hint.law:
        opened.fault("law", "is missing", "name the norms it rests on")
    opened.close()
    return hint


def _blocked(code: str, opened: Members, known: Known) -> BlockedType:
    opened.optional("note")
    found = BlockedType(
        evidence_type=code,
        reason=opened.word("reason", known.reasons, "reason"),
        law=opened.texts("law"),
        except_rules=opened.texts("except_rules"),
        alternatives=alternatives(opened, known),
    )
    opened.close()
    return found


def _bulk(code: str, opened: Members, known: Known) -> BulkLimit:
    opened.optional("note")
    found = BulkLimit(
        code=code,
        reason=opened.word("reason", known.reasons, "reason"),
        law=opened.texts("law"),
        more_than=opened.number("more_than"),
    )
    opened.close()
    return found


def _section35(code: str, opened: Members, known: Known) -> Section35Kind:
    catalogue = known.catalogue
    procedures = opened.words("procedures", catalogue.procedures, "procedure")
    provides = opened.words("provides", catalogue.evidence_types, "evidence type")
    found = Section35Kind(code, procedures or None, provides or None)
    opened.close()
    return found


def _check(law: Law, words: Mapping[str, Collection[str]], faults: list[LawFault]) -> None:
    """What no file can see alone."""
    types, rows = law.catalogue.evidence_types, {rule.id for rule in law.rules}
    unblocked = {code for code, one in types.items() if one.blocked} ^ law.blocked.keys()
    named = {rule for one in law.blocked.values() for rule in one.except_rules}
    checks = (
        ("blocked.yaml", unblocked, "is blocked here or in its type, not in both"),
        ("blocked.yaml", named - rows, "is no row"),
        ("section35.yaml", law.section35.keys() - set(words["office_kinds"]), "is no office kind"),
        ("catalogue", _kinds_of(law.catalogue) - set(words["office_kinds"]), "is no office kind"),
        ("catalogue", _roles_of(law.catalogue) - set(words["roles"]), "is no role"),
        ("rules", _notices_of(law) - law.notices.keys(), "is no notice"),
    )
    for file, found, what in checks:
        faults += [LawFault(file, 1, one, what, "mend it") for one in sorted(found)]


def _notices_of(law: Law) -> set[str]:
    return {mode.notice for row in law.rules for mode in row.modes if mode.notice is not None}


def _kinds_of(catalogue: Catalogue) -> set[str]:
    of_types = {kind for one in catalogue.evidence_types.values() for kind in one.issuer_kinds}
    return of_types | {kind for one in catalogue.procedures.values() for kind in one.kinds}


def _roles_of(catalogue: Catalogue) -> set[str]:
    return {
        role
        for procedure in catalogue.procedures.values()
        for fact in procedure.facts.values()
        for proof in fact.proofs
        for role in proof.about
    }
