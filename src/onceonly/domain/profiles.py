"""How much of an evidence type: which profile is left of a question, and which of its fields."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from typing_extensions import override

from onceonly.domain.catalogue import CHAIN, Condition, EvidenceType, Profile

DOCUMENT = "D"
"""The whole paper: wider than every list of fields."""

_RANK = {code: rank for rank, code in enumerate((*CHAIN, DOCUMENT))}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a row, or nothing but the fact, sets to a question about one type.

    `profile` None: as far as the fact goes. `lists`: each one names the only fields; `dropped`
    never. `standalone`: purpose-bound profiles pass as the fact names them.
    """

    profile: str | None = None
    lists: tuple[tuple[str, ...], ...] = ()
    dropped: tuple[str, ...] = ()
    months: str | None = None
    standalone: bool = False

    def listing(self, *lists: tuple[str, ...]) -> "Bound":
        """The same, with further lists that each name the only fields."""
        return replace(self, lists=(*self.lists, *lists)) if lists else self

    @override
    def __hash__(self) -> int:
        """Cheap, as it is looked up for every question; equality tells the rest."""
        return hash((self.profile, self.months, self.standalone))


def meet(asked: str, bound: str) -> str | None:
    """What is left of a question under a bound; None when they have nothing in common.

    In the chain the weaker of the two. A purpose-bound profile stands alone, and is what a wider
    question is cut to.
    """
    if asked == bound:
        return asked
    if asked not in _RANK:
        return None
    if bound not in _RANK:
        return bound
    return min(asked, bound, key=_RANK.__getitem__)


def at_least(asked: str, denied: str) -> bool:
    """Whether a denied profile denies the asked one too: itself, and in the chain the stronger."""
    if asked == denied:
        return True
    return asked in _RANK and denied in CHAIN and _RANK[asked] > _RANK[denied]


def narrowest(evidence_type: EvidenceType, code: str) -> str | None:
    """The profile itself, or the strongest weaker one that the type has at all."""
    return strongest_offered(evidence_type.profiles.keys(), code)


def strongest_offered(offered: Collection[str], code: str) -> str | None:
    """The profile itself where it is offered, else the strongest weaker one that is."""
    if code in offered:
        return code
    if code not in _RANK:
        return None
    weaker = [one for one in CHAIN if one in offered and _RANK[one] < _RANK[code]]
    return weaker[-1] if weaker else None


def leaves(profile: Profile, procedure: str, role: str) -> tuple[str, ...]:
    """Fields that exist in this procedure for a person of this role, in the catalogue's order."""
    held = set(profile.leaves)
    return tuple(
        one.path
        for one in profile.fields
        if one.path in held and _exists(one.condition, procedure, role)
    )


def third_party(profile: Profile, fields: Iterable[str]) -> bool:
    """Whether any of these fields speaks of somebody other than the item's person."""
    others = {one.path for one in profile.fields if one.third_party}
    return any(path in others for path in fields)


def within(path: str, listed: Collection[str]) -> bool:
    """Whether a list names the leaf, or a container it lies in: that stands for its members."""
    if path in listed:
        return True
    return any(
        one.removesuffix("[]") == path.removesuffix("[]")
        or path.startswith((f"{one.removesuffix('[]')}.", f"{one.removesuffix('[]')}[]."))
        for one in listed
    )


def _exists(condition: Condition | None, procedure: str, role: str) -> bool:
    """Only `procedure` and `role` are known before anybody is asked."""
    if condition is None or condition.kind not in ("procedure", "role"):
        return True
    if condition.kind == "role":
        return role in condition.values
    return any(_is_one_of(procedure, pattern) for pattern in condition.values)


def _is_one_of(procedure: str, pattern: str) -> bool:
    if pattern.endswith(".*"):
        return procedure.startswith(pattern[:-1])
    return procedure == pattern
