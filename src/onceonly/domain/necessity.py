"""Necessity: what the named fact needs of a person, and how much of it a row may give.

Source: § 67a (1), § 67d (1) SGB X. Rules say what is permitted, facts what is needed; both bind.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from onceonly.domain.calendar import Months
from onceonly.domain.candidates import Whole
from onceonly.domain.catalogue import CHAIN, EvidenceType, Proof
from onceonly.domain.periods import CLAIM, REFERENCE, is_cut, reach
from onceonly.domain.profiles import Bound, leaves, meet, narrowest, third_party, within
from onceonly.domain.requests import EvidenceRequest, Item
from onceonly.domain.rules import Law


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be given: `about` the roles it may speak of, `others` whether it does.

    `cut`: less than was asked for. `months` None: the reference month alone.
    """

    profile: str
    fields: tuple[str, ...]
    months: Months | None
    about: tuple[str, ...]
    others: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a grant that hangs on codes alone. `months`: every bound, in the rules' words.

    `alone`: the grant of the reference month alone, where no bound reaches further.
    """

    profile: str
    fields: tuple[str, ...]
    months: tuple[str, ...]
    about: tuple[str, ...]
    others: bool
    less: bool
    alone: Grant | None = None

    def lacks_months(self, item: Item) -> bool:
        """Whether it is about a claim whose months the item does not name."""
        return item.months is None and CLAIM in self.months

    def grant(self, request: EvidenceRequest, item: Item) -> Grant | None:
        """With the months that are left; None when none is."""
        if item.months is None and self.alone is not None:
            return self.alone
        months = reach(self.months, request, item)
        if months is None:
            return None
        alone = months.first == months.last == request.reference_month
        return Grant(
            profile=self.profile,
            fields=self.fields,
            months=None if alone else months,
            about=self.about,
            others=self.others,
            cut=self.less or is_cut(item.months, months),
        )


def widest(grants: Iterable[Grant | None], asked: str) -> Grant | None:
    """The one of the profile that was asked for, else the one with most fields; the first of equals."""
    return max(
        (one for one in grants if one is not None),
        key=lambda one: (one.profile == asked, len(one.fields)),
        default=None,
    )


def always(cuts: Sequence[Cut], asked: str) -> Grant | None:
    """What cuts give to every question without months of its own; None where that differs."""
    if any(cut.alone is None for cut in cuts):
        return None
    return widest((cut.alone for cut in cuts), asked)


class Needs:
    """What one fact needs of one type about a person of one role; it never changes."""

    __slots__ = ("_cuts", "_procedure", "_role", "_type", "proofs")

    def __init__(
        self, procedure: str, role: str, evidence_type: EvidenceType, proofs: tuple[Proof, ...]
    ) -> None:
        """Every proof of this type that may speak of this role."""
        self.proofs = proofs
        self._procedure = procedure
        self._role = role
        self._type = evidence_type
        self._cuts = lru_cache(maxsize=256)(self._cut)

    def cut(self, bound: Bound, asked: str) -> Cut | None:
        """What is left of a profile under a bound, months apart; None when nothing is."""
        return self._cuts(bound, asked)

    def cuts(self, bounds: Iterable[Bound], asked: str) -> tuple[Cut, ...]:
        """What is left under each bound, as far as anything is."""
        found = (self.cut(bound, asked) for bound in bounds)
        return tuple(one for one in found if one is not None)

    def _cut(self, bound: Bound, asked: str) -> Cut | None:
        found = [cut for proof in self.proofs for cut in self._by(proof, bound, asked)]
        return max(found, key=lambda cut: (cut.profile == asked, _rank(cut.profile)), default=None)

    def _by(self, proof: Proof, bound: Bound, asked: str) -> Iterator[Cut]:
        profile = _left(asked, proof, bound)
        code = None if profile is None else narrowest(self._type, profile)
        if code is None or self._too_little(asked, code):
            return
        shape = self._type.profiles[code]
        known = leaves(shape, self._procedure, self._role)
        wanted = self._wanted(asked, code, known)
        listed = (*bound.lists, *(() if proof.fields is None else (proof.fields,)))
        fields = _narrowed(wanted, listed, bound.dropped)
        if fields:
            less = code != asked or len(fields) < len(known)
            months = tuple(words for words in (bound.months, proof.months) if words)
            others = third_party(shape, fields)
            # Where nothing reaches beyond the reference month, every question gets the same.
            whole = Grant(code, fields, None, proof.about, others, less)
            alone = whole if all(words == REFERENCE for words in months) else None
            yield Cut(code, fields, months, proof.about, others, less, alone)

    def _too_little(self, asked: str, code: str) -> bool:
        """Whether a question is for less than what it would be cut to."""
        wider = self._type.wider.get(code)
        return wider is not None and asked in CHAIN and CHAIN.index(asked) < CHAIN.index(wider)

    def _wanted(self, asked: str, code: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """A question that the purpose-bound profile holds whole is not answered with more."""
        if code in CHAIN or asked == code or asked not in self._type.profiles:
            return known
        wanted = leaves(self._type.profiles[asked], self._procedure, self._role)
        return wanted if set(wanted) <= set(known) else known


def needs_of(law: Law, procedure: str, fact: str, evidence_type: str, role: str) -> Needs | None:
    """What the fact needs of this type about such a person; None when it needs nothing of it."""
    return _needs(Whole(law), procedure, fact, evidence_type, role)


@lru_cache(maxsize=8192)
def _needs(whole: Whole, procedure: str, fact: str, evidence_type: str, role: str) -> Needs | None:
    catalogue = whole.law.catalogue
    known = catalogue.procedures[procedure].facts.get(fact)
    proofs = tuple(
        proof
        for proof in (() if known is None else known.proofs)
        if proof.evidence_type == evidence_type and role in proof.about
    )
    if not proofs:
        return None
    return Needs(procedure, role, catalogue.evidence_types[evidence_type], proofs)


def _left(asked: str, proof: Proof, bound: Bound) -> str | None:
    needed = None if proof.profile is None else meet(asked, proof.profile)
    if needed is None or bound.profile is None:
        return needed
    if bound.standalone and needed not in CHAIN:
        return needed
    return meet(needed, bound.profile)


def _narrowed(
    fields: Iterable[str], lists: Collection[tuple[str, ...]], dropped: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(
        path
        for path in fields
        if all(within(path, listed) for listed in lists) and not within(path, dropped)
    )


def _rank(profile: str) -> int:
    return CHAIN.index(profile) if profile in CHAIN else -1
