"""A check: a sentence about a provider, what shows that it holds, and what to do where it does not."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onceonly.conformance.about import About, Offer, Somebody
from onceonly.conformance.asking import Heard, PlayedHub, Question
from onceonly.conformance.questions import question
from onceonly.domain.rules import Law

NOBODY = Somebody(family_name="Niemandsdóttir", given_names=["Åse"], date_of_birth="1990-02-28")
"""Known to no office, unless the file names another `unknown`."""

NOBODY_ELSE = Somebody(
    family_name="Niemandswiderhall-Nirgendwo",
    given_names=["Þórir", "Đorđe"],
    date_of_birth="1947-10-31",
)


GATES = ("health", "token-believed", "legible")
"""Where one of these fails nothing after it can be told."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """It could not be checked: the file names nobody to ask about, or it `follows` what is broken."""

    why: str
    follows: str = ""


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """There is nothing of the kind to check."""

    why: str


Faults = list[str]
"""What came instead of what was expected, each in words that tell no value; empty: it holds."""

Came = Faults | LeftOut | DoesNotApply


@dataclass(frozen=True, slots=True)
class Trial:
    """One provider under test: what is known of it, and how it is asked.

    `patience_s` are the pauses in which a provider may find a new key.
    """

    about: About
    law: Law
    hub: PlayedHub
    now: Callable[[], datetime]
    new_reference: Callable[[], str]
    patience_s: tuple[float, ...] = (0.0, 1.1, 2.0, 4.0)
    asked_about: list[Somebody] = field(default_factory=list)

    @property
    def offer(self) -> Offer:
        """The first of what it offers; people are tried by it."""
        return self.about.evidence[0]

    def somebody(self, name: str) -> Somebody | None:
        """A person of the file; nobody is known by default."""
        return self.about.people.get(name, NOBODY if name == "unknown" else None)

    def someone_with(self, offer: Offer) -> Somebody:
        """Who has this evidence."""
        return self.about.people[offer.person]

    def question(
        self,
        somebody: Somebody,
        offer: Offer | None = None,
        *,
        profile: str | None = None,
        fields: Iterable[str] | None = None,
        months: tuple[str, str | None] | None = None,
        **members: object,
    ) -> dict[str, object]:
        """A question about somebody; about the first month of the first offer unless told."""
        offer = offer or self.offer
        profile = profile or offer.profiles[0]
        if fields is None:
            fields = self.about.fields(offer, profile, self.law)
        self.asked_about.append(somebody)
        asked = question(
            self.about,
            self.law,
            somebody,
            evidence_type=offer.evidence_type,
            profile=profile,
            fields=list(fields),
            months=months or (offer.months.first, offer.months.first),
            reference=self.new_reference(),
        )
        return asked | members

    async def ask(self, asked: Question, *, authorization: str | None = "") -> Heard:
        """Ask; in the hub's name unless an authorization (or none, None) is given."""
        if authorization == "":
            return await self.hub.ask(asked)
        return await self.hub.ask(asked, authorization=authorization)


Run = Callable[[Trial], Awaitable[Came]]


@dataclass(frozen=True, slots=True)
class Check:
    """`says` is the sentence, `name` what machines call it; `run` gives what came instead.

    While the check named in `after` is broken this one would only repeat that, and is left out.
    """

    name: str
    says: str
    expected: str
    do: str
    run: Run
    after: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Checks of one kind under a heading; `see` is the heading of `docs/provide.md` about them."""

    heading: str
    see: str
    checks: tuple[Check, ...]


def unless(heard: Heard, *wanted: int) -> Faults:
    """A fault unless the status is one of these."""
    return [] if heard.status in wanted else [heard.told]


def about_each(faults: Mapping[str, Iterable[str]]) -> Faults:
    """The faults, each with what it is about."""
    return [f"{name}: {one}" for name, found in faults.items() for one in found]
