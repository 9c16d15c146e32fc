"""Layers over the law: files of rules that count with the signatures of two approvers.

What a layer may say stands here; what it does to the law, in `domain/layers`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from typing_extensions import override

from onceonly.domain.layers import LandLaw, Narrowing, SwitchedOn, narrowed, with_land_law
from onceonly.domain.offices import Approver, Layer
from onceonly.domain.rules import Law, Rule
from onceonly.readers.catalogue import paths_of
from onceonly.readers.documents import LawFault, Members, document
from onceonly.readers.lines import Wrong, read_document
from onceonly.readers.rows import Known, row
from onceonly.readers.rules import known_words

LAND_LAW, NARROWING = "land_law", "narrowing"
KINDS = (LAND_LAW, NARROWING)
"""In the order in which they are laid over the law."""

_SIGNERS = 2
_ADDED = re.compile(r"L[0-9]+[a-z]?")

FilesBeside = Callable[[str], tuple[str, str]]
"""A file beside the municipality file, and the signatures beside that; OSError when not there."""

Signers = Callable[[Mapping[str, object], str, Mapping[str, str]], tuple[str, ...]]
"""Which approvers signed a document, given the lines beside it and the keys by name."""


@dataclass(frozen=True, slots=True)
class Beside:
    """How to read what a municipality file names, and how to tell who signed it."""

    files: FilesBeside
    signers: Signers


def layers_of(
    named: Mapping[str, object],
    approvers: tuple[Approver, ...],
    law: Law,
    beside: Beside | None,
    wrongs: list[Wrong],
) -> tuple[Layer, ...]:
    """The layers a municipality file names, checked against the law and their signatures."""
    layers: list[Layer] = []
    for kind in KINDS:
        name = named.get(kind)
        if not isinstance(name, str):
            continue
        layer = _layer(kind, name, approvers, beside, wrongs)
        if layer is None:
            continue
        faults: list[LawFault] = []
        law = _over(law, layer, faults)
        wrongs += [
            Wrong(("layers", kind), f"{name}: {one.path}: {one.what}", one.remedy) for one in faults
        ]
        layers.append(layer)
    return tuple(layers)


def _layer(
    kind: str,
    name: str,
    approvers: tuple[Approver, ...],
    beside: Beside | None,
    wrongs: list[Wrong],
) -> Layer | None:
    path = ("layers", kind)
    try:
        text, lines = ("", "") if beside is None else beside.files(name)
    except (OSError, UnicodeDecodeError):
        text, lines = "", ""
    held = read_document(text)
    if held.faults or not isinstance(held.value, dict):
        what = f"{name} is no file of rules that can be read"
        wrongs.append(Wrong(path, what, "name a file beside this one"))
        return None
    keys = {one.name: one.key for one in approvers}
    names = () if beside is None else beside.signers(held.value, lines, keys)
    if len(names) < _SIGNERS:
        what = f"{name} is signed by {len(names)} of its approvers as it stands, two are needed"
        wrongs.append(Wrong(path, what, "onceonly rules sign"))
    return Layer(kind, held.value, names)


def law_with(law: Law, layers: tuple[Layer, ...]) -> Law:
    """The law as a municipality has it; the very same one where it has no layers.

    What no longer fits a newer law opens nothing: Land law is left out whole, of a narrowing a part
    that does not fit closes its row, or everything where the row is not known any more.
    """
    return _laid(_Same(law), _Same(layers))[0] if layers else law


def misfits(law: Law, layers: tuple[Layer, ...]) -> tuple[str, ...]:
    """What of a municipality's layers no longer fits this law."""
    return _laid(_Same(law), _Same(layers))[1] if layers else ()


class _Same:
    """A key for exactly this object."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    @override
    def __hash__(self) -> int:
        return id(self.held)


@lru_cache(maxsize=64)
def _laid(law: _Same, layers: _Same) -> tuple[Law, tuple[str, ...]]:
    found, over = law.held, layers.held
    assert isinstance(found, Law)  # noqa: S101 -- what `law_with` put in
    assert isinstance(over, tuple)  # noqa: S101
    unfit: list[str] = []
    for layer in over:
        faults: list[LawFault] = []
        changed = _over(found, layer, faults)
        unfit += [f"{layer.kind}: {one.path}: {one.what}" for one in faults]
        if not faults or layer.kind == NARROWING:
            found = changed
    return found, tuple(unfit)


def _over(law: Law, layer: Layer, faults: list[LawFault]) -> Law:
    content = json.dumps(layer.document, ensure_ascii=False, sort_keys=True).encode()
    opened = document(f"{layer.kind}.yaml", content, faults)
    if opened is None:
        return law
    version = hashlib.sha256(law.version.encode() + content).hexdigest()
    if layer.kind == LAND_LAW:
        return with_land_law(law, _land_law(opened, law), version)
    parts, before = list(_narrowings(opened, law)), len(faults)
    opened.close()
    return narrowed(law, parts, version, whole=len(faults) == before)


def _land_law(opened: Members, law: Law) -> LandLaw:
    waiting = {one.id for one in law.rules if any(mode.land_law for mode in one.modes)}
    switched: list[SwitchedOn] = []
    for one in opened.each("switch_on"):
        found = SwitchedOn(
            one.word("rule", waiting, "row that waits for Land law"), one.texts("law")
        )
        if not found.law:
            one.fault("law", "is missing", "name the norm of the Land")
        switched.append(found)
        one.close()
    known = Known(law.catalogue, known_words(), law.reasons, law.retention)
    rows = [(one, row(one, known)) for one in opened.each("rows")]
    for one, added in rows:
        _check_added(one, added, law)
    ids = [added.id for _, added in rows]
    if len(ids) != len(set(ids)):
        opened.fault("rows", "two rows have one id", "give each its own")
    opened.close()
    return LandLaw(tuple(switched), tuple(added for _, added in rows))


def _check_added(opened: Members, added: Rule, law: Law) -> None:
    """Source: § 68 (3) PStG, § 34a (4) BMG, school law: the room that federal law leaves."""
    if not _ADDED.fullmatch(added.id):
        opened.fault("id", "is no id of an added row", "write L and a number")
    if not added.via_hub:
        opened.fault("via_hub", "an added row permits", "narrow the law instead")
    if not added.providers or not set(added.providers) <= set(law.land_law_room):
        room = ", ".join(law.land_law_room)
        opened.fault("providers", "federal law leaves no room there", f"name of {room}")
    if any(mode.land_law for mode in added.modes) or added.when.land_law:
        opened.fault("modes", "an added row waits for nothing", "leave `land_law` out")


def _narrowings(opened: Members, law: Law) -> Iterator[Narrowing]:
    for one in opened.each("rules"):
        before = len(opened.faults)
        named = one.word("rule", law.by_id, "row")
        rule = law.rule(named)
        modes = () if rule is None else tuple(mode.mode.value for mode in rule.modes)
        types = () if rule is None else tuple(given.evidence_type for given in rule.evidence)
        paths = {path for code in types for path in paths_of(law.catalogue.evidence_types[code])}
        found = Narrowing(
            # One that a Land added gives nothing while it is not there: nothing is to be dropped.
            rule=named if rule is not None or _ADDED.fullmatch(named) else "",
            drop_modes=one.words("drop_modes", modes, "mode of this row")
            if rule is not None
            else one.texts("drop_modes"),
            drop_fields=one.words("drop_fields", paths, "field of this row")
            if rule is not None
            else one.texts("drop_fields"),
            reason=one.text("reason"),
        )
        if rule is not None and not rule.via_hub:
            one.fault("rule", "denies already", "leave it out")
        elif not found.drop_modes and not found.drop_fields:
            one.fault("rule", "drops nothing", "name drop_modes or drop_fields")
        one.close()
        yield replace(found, fits=len(opened.faults) == before)
