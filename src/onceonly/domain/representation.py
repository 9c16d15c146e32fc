"""Who may choose or consent for whom: the person, a parent, or whoever has a mandate.

Nothing is presumed: custody and mandates are what the request states. Source: § 36 SGB I,
§§ 1629, 1687, 1815 BGB, § 13 SGB X; contract annex, 2.
"""

from datetime import date

from onceonly.domain.calendar import has_completed
from onceonly.domain.catalogue import EvidenceType
from onceonly.domain.households import parents, shares, together
from onceonly.domain.persons import Relationship, Representation
from onceonly.domain.requests import EvidenceRequest

ACTS_FROM = 15
"""Completed years from which a person alone acts for themself. Source: § 36 (1) SGB I."""

OF_AGE = 18
"""Completed years from which nobody restricts a person any more. Source: § 2 BGB."""

SPECIAL = "A9"
"""Sensitivity of special categories: parents with joint custody act both. Source: Art. 9 DSGVO."""

_EVERYTHING = "all"
_BEHOERDEN = "behoerden"
_MONEY = frozenset({"vermoegenssorge", _BEHOERDEN})
_HEALTH = frozenset({"gesundheitssorge"})
_STATUS = frozenset({_BEHOERDEN, "aufenthalt"})
_AUTHORITIES = frozenset({_BEHOERDEN})

_BY_FAMILY = {
    **dict.fromkeys(("ben", "inc", "ast", "pay"), _MONEY),
    "hou": _MONEY | {"wohnung"},
    **dict.fromkeys(("hea", "ins", "pfl"), _HEALTH),
    **dict.fromkeys(("alien", "reg", "civ", "ident"), _STATUS),
}
"""First part of an evidence type -> scopes of a mandate that reach it; others: authorities."""

Acts = tuple[frozenset[str], ...]
"""Ways to act, each a set of persons who must act together; empty: nobody may."""


def may_act(request: EvidenceRequest, person: str, evidence_type: EvidenceType, day: date) -> Acts:
    """Who may choose or consent for this person about this type, on the day of the act.

    From 15 the person alone, a parent only after a written restriction; under 15 whoever has
    custody or a mandate; an exclusive mandate takes the person's own act away.
    """
    born = request.by_ref[person].date_of_birth
    mandates = mandates_of(request, person, day) if request.representations else ()
    mandates = tuple(one for one in mandates if _reaches(one.scopes, evidence_type))
    given = tuple(dict.fromkeys(frozenset({one.by}) for one in mandates)) if mandates else ()
    if not has_completed(OF_AGE, born, day) and (
        not has_completed(ACTS_FROM, born, day) or _restricted(request, person)
    ):
        return (*_by_custody(request, person, evidence_type), *given)
    if any(one.exclusive for one in mandates):
        return given
    return (frozenset({person}), *given)


def mandates_of(request: EvidenceRequest, person: str, day: date) -> tuple[Representation, ...]:
    """Mandates for this person that still run on that day, whatever they reach."""
    return tuple(
        one
        for one in request.representations
        if one.on_behalf_of == person and (one.valid_to is None or day <= one.valid_to)
    )


def beyond_mandate(request: EvidenceRequest, actor: str, person: str, day: date) -> bool:
    """Whether somebody who may not act here has a mandate for the person all the same."""
    return any(one.by == actor for one in mandates_of(request, person, day))


def _reaches(scopes: tuple[str, ...], evidence_type: EvidenceType) -> bool:
    family = evidence_type.code.partition(".")[0]
    return _EVERYTHING in scopes or not _BY_FAMILY.get(family, _AUTHORITIES).isdisjoint(scopes)


def _custody(request: EvidenceRequest, child: str) -> tuple[Relationship, ...]:
    return tuple(
        one
        for one in request.relationships
        if one.kind == "parent" and one.to == child and one.custody in ("sole", "joint")
    )


def _restricted(request: EvidenceRequest, person: str) -> bool:
    """A written restriction. Source: § 36 (2) S. 1 SGB I."""
    return any(one.restricts and one.to == person for one in request.relationships)


def _by_custody(request: EvidenceRequest, child: str, evidence_type: EvidenceType) -> Acts:
    holders = _custody(request, child)
    alone = tuple(one.person for one in holders if one.custody == "sole")
    if alone:
        return tuple(frozenset({one}) for one in alone)
    joint = [ref for ref in parents(request, child) if any(one.person == ref for one in holders)]
    if evidence_type.sensitivity == SPECIAL:
        # Both must act, and one who is not in the request cannot.
        return (frozenset(joint),) if len(joint) > 1 else ()
    return tuple(frozenset({ref}) for ref in joint if _decides(request, child, ref))


def _decides(request: EvidenceRequest, child: str, parent: str) -> bool:
    """Everyday matters: parents living together each; apart, the one the child lives with."""
    others = [one for one in parents(request, child) if one != parent]
    return all(
        together(request, child, parent, other) or _more(request, child, parent, other)
        for other in others
    )


def _more(request: EvidenceRequest, child: str, parent: str, other: str) -> bool:
    return (shares(request, child, parent) or 0) > (shares(request, child, other) or 0)
