"""German midnight and the ends of months: two axes of time, and neither moves the other."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from onceonly.domain.calendar import Month, Months, german_day
from onceonly.domain.decision import Decision, Outcome
from unit.laws import (
    CHOICE,
    DUTY,
    a_choice,
    a_law,
    a_rule,
    a_town,
    an_agreement,
    an_item,
    decided,
)
from unit.shipped import EXCLUSION, a_service_of, asked, shipped


def at(instant: str) -> dict[str, Any]:
    """The facts of an instant, as the hub gathers them."""
    now = datetime.fromisoformat(instant).astimezone(UTC)
    return {"now": now, "today": german_day(now)}


MIDNIGHTS = [
    ("2026-06-30T21:59:59.999999Z", "2026-06-30T22:00:00Z", date(2026, 7, 1)),  # CEST
    ("2026-12-31T22:59:59.999999Z", "2026-12-31T23:00:00Z", date(2027, 1, 1)),  # CET
    ("2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", date(2026, 3, 29)),  # the day of 23 hours
    ("2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z", date(2026, 3, 30)),  # and its end
    ("2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", date(2026, 10, 25)),  # the day of 25 hours
    ("2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z", date(2026, 10, 26)),  # and its end
]
"""The last instant before a German day, its first, and the day."""


@pytest.mark.parametrize(("before", "first", "day"), MIDNIGHTS)
def test_a_row_is_law_from_the_first_instant_of_its_german_day(
    before: str, first: str, day: date
) -> None:
    law = a_law(a_rule(in_force_from=day, modes=(DUTY,)))

    assert decided(law, facts=at(before)).reason == "no-rule"
    assert decided(law, facts=at(first)).outcome is Outcome.MANUAL


@pytest.mark.parametrize(("before", "first", "day"), MIDNIGHTS)
def test_a_row_is_law_to_the_last_instant_of_its_last_day(
    before: str, first: str, day: date
) -> None:
    last = date.fromordinal(day.toordinal() - 1)
    law = a_law(a_rule(in_force_to=last, modes=(DUTY,)))

    assert decided(law, facts=at(before)).outcome is Outcome.MANUAL
    assert decided(law, facts=at(first)).reason == "no-rule"


@pytest.mark.parametrize(("before", "first", "day"), MIDNIGHTS)
def test_an_agreement_automates_from_midnight_to_midnight(
    before: str, first: str, day: date
) -> None:
    law = a_law(a_rule(modes=(DUTY,)))
    beginning = a_town(retrieval_agreements=(an_agreement(valid_from=day),))
    last = date.fromordinal(day.toordinal() - 1)
    ending = a_town(retrieval_agreements=(an_agreement(valid_to=last),))

    def automated(town: Any, instant: str) -> bool:
        return decided(law, town=town, facts=at(instant)).permits

    assert [automated(beginning, one) for one in (before, first)] == [False, True]
    assert [automated(ending, one) for one in (before, first)] == [True, False]


def of_month(month: str, instant: str = "2026-10-05T09:12:00Z") -> Decision:
    """The Wohngeld question of a benefit month, put at an instant."""
    now = datetime.fromisoformat(instant)
    item = EXCLUSION
    return asked(
        "wohngeld",
        "wohngeld.mietzuschuss",
        _chosen(item, now),
        a_service_of("jobcenter", "ben.sgb2"),
        reference_month=Month.parse(month),
    )


def _chosen(item: Any, made_at: datetime) -> Any:
    return replace(item, choices=(a_choice(made_at=made_at),))


def test_another_benefit_month_changes_names_and_never_the_verdict() -> None:
    """Bürgergeld became Grundsicherungsgeld on 2026-07: by data alone, and for the name alone."""
    verdicts = {of_month(month) for month in ("2026-06", "2026-07", "2026-12", "2027-01")}
    procedure = shipped().catalogue.procedures["sgb2.erstantrag"]
    names = {
        month: procedure.named(Month.parse(month)).title.de.partition(":")[0]
        for month in ("2022-12", "2023-01", "2026-06", "2026-07", "2027-01")
    }

    assert {(one.outcome, one.rule, one.rule_version, one.fields) for one in verdicts} == {
        (Outcome.PERMIT, "R01", "2024-07-24", next(iter(verdicts)).fields)
    }
    assert names == {
        "2022-12": "Arbeitslosengeld II",
        "2023-01": "Bürgergeld",
        "2026-06": "Bürgergeld",
        "2026-07": "Grundsicherungsgeld",
        "2027-01": "Grundsicherungsgeld",
    }


@pytest.mark.parametrize(("before", "first", "day"), MIDNIGHTS)
def test_midnight_moves_the_law_and_no_benefit_month(before: str, first: str, day: date) -> None:
    """What is asked for is a month of the case, whatever day the question is put on."""
    law = a_law(a_rule(modes=(CHOICE,)))

    def months(instant: str) -> Months | None:
        facts = at(instant)
        item = an_item(choices=(a_choice(made_at=facts["now"]),))
        found = decided(law, item, facts=facts)
        assert found.permits, (instant, day)
        return found.months

    assert months(before) == months(first)


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2026-01", "2025-11", "2026-01"),
        ("2026-02", "2025-12", "2026-02"),
        ("2026-03", "2026-01", "2026-03"),
        ("2026-12", "2026-10", "2026-12"),
    ],
)
def test_the_last_months_reach_over_the_turn_of_the_year(month: str, first: str, last: str) -> None:
    law = a_law(a_rule(facts=("upkeep-months",), modes=(DUTY,)))
    town = a_town(retrieval_agreements=(an_agreement(),))

    found = decided(
        law, an_item(fact="upkeep-months"), town=town, reference_month=Month.parse(month)
    )

    assert found.months == Months(Month.parse(first), Month.parse(last))
