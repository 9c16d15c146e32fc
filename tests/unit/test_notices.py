"""Notices: known, of the right kind, and to be shown on the day of the act."""

from datetime import date

import pytest

from onceonly.domain.catalogue import Title
from onceonly.domain.notices import LAPSED, UNKNOWN, Notice, fault_of, suits

TEXTS = Title("Wahl", "Choice")
SHORT = Notice("short", "choice", TEXTS, "", date(2026, 3, 1), date(2026, 3, 31))
GENERAL = Notice("general", "consent", TEXTS, "", date(2026, 1, 1))
WARNING = Notice("warning", "consent", TEXTS, "", date(2026, 1, 1), provider_kinds=("border",))
HEALTH = Notice("health", "consent", TEXTS, "", date(2026, 1, 1), special_categories=True)
ALL = {one.id: one for one in (SHORT, GENERAL, WARNING, HEALTH)}


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (date(2026, 2, 28), LAPSED),
        (date(2026, 3, 1), None),
        (date(2026, 3, 31), None),
        (date(2026, 4, 1), LAPSED),
    ],
)
def test_both_ends_of_its_days_are_included(day: date, fault: str | None) -> None:
    assert fault_of(ALL, "short", kind="choice", day=day) == fault


@pytest.mark.parametrize("named", ["nowhere", "general"])
def test_an_act_under_no_text_or_anothers_is_unknown(named: str) -> None:
    assert fault_of(ALL, named, kind="choice", day=date(2026, 3, 1)) == UNKNOWN


@pytest.mark.parametrize(
    ("named", "towards", "special", "suited"),
    [
        ("general", "upkeep", False, True),
        ("general", "border", False, False),
        ("warning", "border", False, True),
        ("warning", "upkeep", False, True),
        ("general", None, True, False),
        ("health", "upkeep", True, True),
        ("health", "border", True, False),
        ("nowhere", "upkeep", False, False),
    ],
)
def test_a_text_suits_where_it_says_what_must_be_known(
    named: str, towards: str | None, *, special: bool, suited: bool
) -> None:
    assert suits(ALL, named, provider_kind=towards, special=special) is suited
