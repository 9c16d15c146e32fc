"""Who lives with whom, as the request states it. Nothing is presumed.

Source: contract annex, 2; `own_case` and `lives_apart_from_child` of the rules.
"""

from onceonly.domain.requests import EvidenceRequest

_ALL = 100
COUPLE = frozenset({"spouse", "partner"})
"""Relationships that make a couple."""


def shares(request: EvidenceRequest, one: str, other: str) -> int | None:
    """How much of the time two persons live together, in percent; None when they do not."""
    return request.living.get(frozenset((one, other)))


def own_case(request: EvidenceRequest, person: str) -> bool:
    """The applicant, or spouse, partner or all the time living with the applicant."""
    applicants = request.applicants
    if any(one.ref == person for one in applicants):
        return True
    return any(_belongs(request, person, one.ref) for one in applicants)


def _belongs(request: EvidenceRequest, person: str, applicant: str) -> bool:
    partners = any(
        relationship.kind in COUPLE
        and {relationship.person, relationship.to} == {person, applicant}
        for relationship in request.relationships
    )
    return partners or shares(request, person, applicant) == _ALL


def parents(request: EvidenceRequest, child: str) -> tuple[str, ...]:
    """Everybody stated as parent of the child, the applicant first."""
    return request.parents.get(child, ())


def lives_apart_from_child(request: EvidenceRequest, person: str) -> bool:
    """A parent with whom a child of the request does not live."""
    return any(
        person in parents(request, child.ref) and not _at_home(request, child.ref, person)
        for child in request.persons
        if child.role == "child"
    )


def together(request: EvidenceRequest, child: str, one: str, other: str) -> bool:
    """Whether two parents live together for the child; without any entry they live apart."""
    first, second = shares(request, child, one), shares(request, child, other)
    if first is not None and second is not None:
        return first == second
    return (first, second) != (None, None) and shares(request, one, other) is not None


def two_homes(request: EvidenceRequest) -> tuple[str, ...]:
    """Children of the request who live with two of its persons who do not live together."""
    found = []
    for child in request.persons:
        if child.role == "child":
            homes = [
                one.ref
                for one in request.persons
                if one.ref != child.ref and shares(request, child.ref, one.ref) is not None
            ]
            if any(not _one_home(request, child.ref, a, b) for a in homes for b in homes if a < b):
                found.append(child.ref)
    return tuple(found)


def _one_home(request: EvidenceRequest, child: str, one: str, other: str) -> bool:
    """Whether two persons with whom a child lives are one household."""
    if one in parents(request, child) and other in parents(request, child):
        return together(request, child, one, other)
    return shares(request, one, other) is not None or _related(request, one, other)


def _related(request: EvidenceRequest, one: str, other: str) -> bool:
    """Spouses and partners, and children beside each other, need no entry of their own."""
    pair = {one, other}
    children = {person.ref for person in request.persons if person.role == "child"}
    return pair <= children or any(
        relationship.kind in COUPLE and {relationship.person, relationship.to} == pair
        for relationship in request.relationships
    )


def chained(request: EvidenceRequest) -> frozenset[str]:
    """Everybody whom a chain of relationships or representations ties to an applicant."""
    ties = [(one.person, one.to) for one in request.relationships]
    ties += [(one.by, one.on_behalf_of) for one in request.representations]
    reached = {one.ref for one in request.applicants}
    grown = True
    while grown:
        new = {ref for tie in ties if reached & set(tie) for ref in tie} - reached
        reached |= new
        grown = bool(new)
    return frozenset(reached)


def _at_home(request: EvidenceRequest, child: str, parent: str) -> bool:
    if shares(request, child, parent) is not None:
        return True
    return any(
        together(request, child, parent, other)
        for other in parents(request, child)
        if other != parent
    )
