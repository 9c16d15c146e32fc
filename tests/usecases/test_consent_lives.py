"""Whatever persons, offices and time do to a consent, it stands as a model of ten lines says."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from agreeing import RENT, a_town
from builders import NOW, AnOffice, delivered
from conftest import make_world
from onceonly.domain.errors import OutOfTurn
from onceonly.domain.retrievals import Nothing
from onceonly.domain.rules import Law
from onceonly.embedded import Addresses
from onceonly.security.keys import KeyFiles
from onceonly.store import consents as stored
from onceonly.store.database import Database
from onceonly.usecases import configuration
from onceonly.usecases.answering import Answered, grant, refuse
from onceonly.usecases.consents import record
from onceonly.usecases.withdrawals import end_over, withdraw
from onceonly.usecases.world import World
from usecases.agreed import ONLINE, a_draft, asked
from vouching import Vouching

T = TypeVar("T")
SESSION = "session-0123456789"
LASTS = 30
"""Days from the first to the last, both included, less one."""


async def _town(addresses: Addresses, law: Law, keys: KeyFiles, office: AnOffice) -> World:
    owner = await Database.open(addresses.owner, role=None, size=1)
    await configuration.apply(a_town(Vouching()), make_world(owner, law, keys, office), actor="t")
    await owner.close()
    database = await Database.open(addresses.app, size=2)
    world = make_world(database, law, keys, office)
    await world.snapshots.renew(database)
    return world


class Life(RuleBasedStateMachine):
    """One consent, asked for; `state`, `day`, `given_on`, `ticks`, `spent` are the model."""

    town: World
    runner: asyncio.Runner
    office: AnOffice
    cases = iter(range(1_000_000))

    def __init__(self) -> None:
        super().__init__()
        self.state, self.day, self.spent = "requested", 0, False
        self.given_on, self.ticks = -1, (False, False)
        self.case = f"WG-{next(self.cases)}"
        self.keys = 0

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    @property
    def world(self) -> World:
        now = NOW + timedelta(days=self.day)
        return replace(self.town, clock=lambda: now)

    @property
    def stands(self) -> str:
        living = self.state in ("requested", "given", "renewed")
        return "expired" if living and self.day > LASTS else self.state

    @initialize()
    def begin(self) -> None:
        last = (NOW + timedelta(days=LASTS)).date()
        draft = replace(a_draft(self.town, case=self.case, expires_on=last), given_at=None)
        row, _ = self.run(record(draft, ONLINE, self.town, key=self.case, body={}))
        self.id = row.consent.id

    def told(self, doing: Coroutine[Any, Any, Any]) -> str:
        """The state it is answered with; in capitals when it is out of turn."""
        try:
            return str(self.run(doing).state.value)
        except OutOfTurn as refused:
            return str(refused.state).upper()

    @rule(special=st.booleans(), release=st.booleans())
    def says_yes(self, *, special: bool, release: bool) -> None:
        ticks = (special, release)
        if self.stands == "requested":
            wanted = "given"
        elif self.stands in ("given", "renewed"):
            same = (self.given_on, self.ticks) == (self.day, ticks)
            wanted = self.state if same else "renewed"
        else:
            wanted = self.stands.upper()
        answered = Answered(special, release, SESSION)
        assert self.told(grant(self.id, answered, ONLINE, self.world)) == wanted
        if wanted.islower():
            self.state, self.given_on, self.ticks = wanted, self.day, ticks

    @rule()
    def says_no(self) -> None:
        open_ = self.stands in ("requested", "refused")
        wanted = "refused" if open_ else self.stands.upper()
        answered = Answered(session=SESSION)
        assert self.told(refuse(self.id, answered, ONLINE, self.world)) == wanted
        if open_:
            self.state = "refused"

    @rule(by_office=st.booleans())
    def takes_it_back(self, *, by_office: bool) -> None:
        becomes = "revoked" if by_office else "withdrawn"
        from_ = {"given", "renewed"} | ({"requested"} if by_office else set())
        taken = self.stands in from_ | {becomes}
        wanted = becomes if taken else self.stands.upper()
        doing = withdraw(self.id, Answered(), ONLINE, self.world, by_office=by_office)
        assert self.told(doing) == wanted
        if wanted == becomes:
            self.state = becomes

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.day += days

    @precondition(lambda self: self.stands == "expired")
    @rule()
    def the_worker_comes(self) -> None:
        self.run(end_over(1, self.world))
        self.state = "expired" if self.stands == "expired" else self.state

    @rule(finds=st.booleans())
    def is_used(self, *, finds: bool) -> None:
        self.office.answer = lambda _: delivered(RENT) if finds else Nothing("unknown")
        self.keys += 1
        (retrieval,) = self.run(
            asked(self.world, self.id, key=f"{self.case}-{self.keys}", case=self.case)
        )
        wanted = {
            "refused": "choice-refused",
            "requested": "consent-missing",
            "expired": "consent-expired",
            "withdrawn": "consent-withdrawn",
            "revoked": "consent-withdrawn",
        }.get(self.stands, "consent-used" if self.spent else None)
        assert retrieval.decision.reason == wanted
        if wanted is None:
            assert retrieval.state == ("released" if finds else "no-result")
            self.spent = finds

    @invariant()
    def it_stands_so(self) -> None:
        if not hasattr(self, "id"):
            return
        row = self.run(_read(self.town, self.id))
        today = (NOW + timedelta(days=self.day)).date()
        assert row.consent.as_of(today) == self.stands
        assert row.consent.revision == len(row.consent.history)

    @override
    def teardown(self) -> None:
        self.run(self.town.errands.finish())


def test_a_consent_lives_as_the_model_says(addresses: Addresses, law: Law, keys: KeyFiles) -> None:
    office = AnOffice()
    with asyncio.Runner() as runner:
        town = runner.run(_town(addresses, law, keys, office))
        Life.town, Life.runner, Life.office = town, runner, office
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=25,
                stateful_step_count=12,
                deadline=None,
                # Each step is a database's: a failure is told as it was found.
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(town.database.close())


async def _read(world: World, consent: Any) -> stored.ConsentRow:
    async with world.database.within(1) as connection:
        row = await stored.by_id(connection, consent)
    assert row is not None
    return row
