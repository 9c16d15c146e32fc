"""Units: who is looked at together in a procedure and month, by what one request states.

Worked out when asked and never kept. Who belongs to what is data (`law/units.yaml`); a unit is a
fact for the file, no verdict on a claim. Source: § 7 (3) SGB II, § 5 WoGG, § 6a BKGG, § 1 UhVorschG.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from onceonly.domain.calendar import age_on
from onceonly.domain.households import COUPLE, parents, shares
from onceonly.domain.requests import EvidenceRequest
from onceonly.domain.rules import Law, Shape, Unit

_HALF, _ALL = 50, 100
_SEPARATED = "separated-spouse"
_Groups = list[frozenset[str]]


@dataclass(frozen=True, slots=True)
class View:
    """One unit of some kind: who belongs to it, and who to another one as well (`shared`)."""

    members: frozenset[str]
    shared: frozenset[str] = frozenset()

    @property
    def everybody(self) -> frozenset[str]:
        """Of whom it is made up in that month, all the time or a part of it."""
        return self.members | self.shared


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody of a request stands to the applicant's unit.

    `belongs`: `member`, `shared` (with another unit as well), `open` (what would tell is not
    stated), `outside`. `doubt`: why that may be otherwise, if it may.
    """

    belongs: str
    doubt: str | None = None


def units_of(law: Law, procedure: str) -> tuple[Unit, ...]:
    """The units a procedure looks at; none where it looks at one person alone."""
    return tuple(one for one in law.units.values() if procedure in one.procedures)


def views(unit: Unit, request: EvidenceRequest) -> frozenset[View]:
    """Every unit of that kind in a request, in its reference month.

    Nobody is a member of two; who has two homes is shared by both, or a member of one.
    """
    return frozenset(_SHAPED[unit.shape](unit, request))


def standings(unit: Unit, request: EvidenceRequest) -> dict[str, Standing]:
    """How everybody of a request stands to the applicant's unit, by reference."""
    applicants = {one.ref for one in request.applicants}
    own = [one for one in views(unit, request) if not applicants.isdisjoint(one.everybody)]
    members = {ref for one in own for ref in one.members}
    shared = {ref for one in own for ref in one.shared} - members
    found = {}
    for person in request.persons:
        doubt = _doubt(unit, request, person.ref)
        if person.ref in members:
            belongs = "member"
        elif person.ref in shared:
            belongs = "shared"
        else:
            belongs = "open" if doubt in ("home-not-stated", "tie-not-stated") else "outside"
        found[person.ref] = Standing(belongs, doubt)
    return found


def _families(unit: Unit, request: EvidenceRequest) -> Iterator[View]:
    """Couples, and those alone, with their children; a child of two homes is shared."""
    dependents = {one.ref for one in request.persons if _depends(unit, request, one.ref)}
    others = [one.ref for one in request.persons if one.ref not in dependents]
    cores = _grouped(others, _couples(request))
    members: dict[frozenset[str], set[str]] = {core: set(core) for core in cores}
    shared: dict[frozenset[str], set[str]] = {core: set() for core in cores}
    for child in dependents:
        times = {
            core: max(_times(request, child, ref) for ref in core)
            for core in cores
            if not core.isdisjoint(_home_parents(request, child))
        }
        main = _main(times)
        for core, share in times.items():
            if core == main:
                members[core].add(child)
            elif share >= (unit.second_home_from or _HALF):
                shared[core].add(child)
    for core in cores:
        if not unit.with_child or (members[core] | shared[core]) - core:
            yield View(frozenset(members[core]), frozenset(shared[core]))


def _depends(unit: Unit, request: EvidenceRequest, ref: str) -> bool:
    """An unmarried child below the age, at home with a parent, and without a child of their own."""
    return (
        _is_child(unit, request, ref)
        and not any(ref in pair for pair in _couples(request))
        and bool(_home_parents(request, ref))
        and not any(
            one.kind == "parent" and one.person == ref and shares(request, ref, one.to) is not None
            for one in request.relationships
        )
    )


def _is_child(unit: Unit, request: EvidenceRequest, ref: str) -> bool:
    born = request.by_ref[ref].date_of_birth
    first = request.reference_month.first_day
    return unit.child_under is not None and age_on(born, first) < unit.child_under


def _home_parents(request: EvidenceRequest, child: str) -> frozenset[str]:
    return frozenset(
        ref for ref in parents(request, child) if shares(request, child, ref) is not None
    )


def _times(request: EvidenceRequest, child: str, other: str) -> int:
    return shares(request, child, other) or 0


def _main(times: dict[frozenset[str], int]) -> frozenset[str] | None:
    """Where more than half of the time is spent, and more than anywhere else."""
    most = max(times.values(), default=0)
    found = [home for home, share in times.items() if share == most]
    return found[0] if len(found) == 1 and most > _HALF else None


def _couples(request: EvidenceRequest) -> set[frozenset[str]]:
    """Spouses and partners; who is stated as separated is none, whatever else is stated."""
    pairs = {frozenset((one.person, one.to)) for one in request.relationships if one.kind in COUPLE}
    return pairs - {
        frozenset((one.person, one.to)) for one in request.relationships if one.kind == _SEPARATED
    }


def _homes(unit: Unit, request: EvidenceRequest) -> Iterator[View]:
    """Kin under one roof. Who spends less time there than half is shared, from a share on."""
    roofs = _roofs(request)
    kin = [
        frozenset((one.person, one.to))
        for one in request.relationships
        if one.kind in unit.ties and frozenset((one.person, one.to)) not in _separated(request)
    ]
    two_homed = {one.ref: _second_roofs(unit, request, one.ref, roofs) for one in request.persons}
    for roof in roofs:
        guests = {ref for ref, elsewhere in two_homed.items() if roof in elsewhere}
        ties = [tie for tie in kin if tie <= roof | guests]
        for group in _grouped([*roof, *guests], ties):
            residents = group - guests
            # Who is only ever shared makes no household alone.
            if residents and not all(len(group) == 1 and two_homed[ref] for ref in residents):
                yield View(residents, group & guests)


def _separated(request: EvidenceRequest) -> set[frozenset[str]]:
    return {
        frozenset((one.person, one.to)) for one in request.relationships if one.kind == _SEPARATED
    }


def _roofs(request: EvidenceRequest) -> _Groups:
    """Who lives together: couples, and whoever spends more than half of the time with another."""
    together = [
        frozenset((one.person, one.to))
        for one in request.relationships
        if one.kind == "lives-with"
        and (_ALL if one.share_percent is None else one.share_percent) > _HALF
    ]
    return _grouped([one.ref for one in request.persons], [*together, *_couples(request)])


def _second_roofs(
    unit: Unit, request: EvidenceRequest, ref: str, roofs: _Groups
) -> list[frozenset[str]]:
    """Other roofs under which a child spends, with a parent, at least the share that counts."""
    raising = {
        one.person
        for one in request.relationships
        if one.to == ref and one.kind in ("parent", "foster-parent")
    }
    least = unit.second_home_from or _HALF
    return [
        roof
        for roof in roofs
        if ref not in roof and any(_times(request, ref, one) >= least for one in raising & roof)
    ]


def _pairs(unit: Unit, request: EvidenceRequest) -> Iterator[View]:
    """A child with the one parent it lives with, unless that parent lives with a spouse or the other."""
    spouses = {
        ref
        for one in request.relationships
        if one.kind == "spouse" and frozenset((one.person, one.to)) not in _separated(request)
        for ref in (one.person, one.to)
    }
    for child in request.persons:
        homes = _home_parents(request, child.ref)
        if not _is_child(unit, request, child.ref):
            continue
        for parent in homes:
            lone = not any(
                other != parent and _under_one_roof(request, child.ref, parent, other)
                for other in parents(request, child.ref)
            )
            brings_up = _times(request, child.ref, parent) > (unit.main_home_above or _HALF)
            if lone and brings_up and not (unit.unmarried and parent in spouses):
                yield View(frozenset((child.ref, parent)))


def _under_one_roof(request: EvidenceRequest, child: str, one: str, other: str) -> bool:
    return (
        frozenset((one, other)) in _couples(request)
        or shares(request, one, other) is not None
        or min(_times(request, child, one), _times(request, child, other)) > _HALF
    )


def _grouped(refs: Iterable[str], ties: Iterable[frozenset[str]]) -> _Groups:
    """The refs in groups: who is tied to one of a group belongs to it."""
    groups = [frozenset((ref,)) for ref in dict.fromkeys(refs)]
    for tie in ties:
        touched = [group for group in groups if not group.isdisjoint(tie)]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched]
            groups.append(frozenset().union(*touched))
    return groups


def _doubt(unit: Unit, request: EvidenceRequest, ref: str) -> str | None:
    """What is not stated of somebody, or not known, that could make them belong or not."""
    if ref not in {one.ref for one in request.applicants}:
        mine = [one.kind for one in request.relationships if ref in (one.person, one.to)]
        if set(mine) <= {"lives-with"}:
            return "tie-not-stated"
        if not {"lives-with", _SEPARATED, *COUPLE} & set(mine):
            return "home-not-stated"
    if unit.child_under is None or not parents(request, ref):
        return None
    return _age_doubt(request, ref, unit.child_under)


def _age_doubt(request: EvidenceRequest, ref: str, limit: int) -> str | None:
    """Where the month or the birth date leaves open whether somebody is a child."""
    born, month = request.by_ref[ref].date_of_birth, request.reference_month
    if age_on(born, month.first_day) >= limit:
        return None
    if age_on(born.replace("-00", "-01"), month.first_day) >= limit:
        return "age-unknown"
    return "age-reached" if age_on(born, month.last_day) >= limit else None


_SHAPED: Mapping[Shape, Callable[[Unit, EvidenceRequest], Iterator[View]]] = {
    Shape.FAMILY: _families,
    Shape.HOME: _homes,
    Shape.PAIR: _pairs,
}
