"""When entries are due: by class and day, floor and ceiling both binding."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onceonly.domain.consents import last_day
from onceonly.domain.retention import Period, due_before, ended_before, is_lawful
from onceonly.domain.rules import RetentionClass
from onceonly.readers.rules import read_law
from unit.shipped import shipped

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
PERIODS = st.builds(Period, st.integers(0, 24), st.integers(0, 40))


def a_class(floor: str, ceiling: str, setting: str | None = None) -> RetentionClass:
    return RetentionClass("c", floor, ceiling, setting or ceiling, ("§ 1 X",))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P0D", Period(0, 0)),
        ("P6M", Period(6, 0)),
        ("P2Y", Period(24, 0)),
        ("P1Y2M3D", Period(14, 3)),
        ("PT72H", Period(0, 3)),
        ("PT1H", Period(0, 1)),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P-1D", None),
        ("6M", None),
        ("life-of:case", None),
    ],
)
def test_durations_are_months_and_days(text: str, period: Period | None) -> None:
    assert Period.parse(text) == period


@pytest.mark.parametrize(
    ("day", "period", "due"),
    [
        (date(2026, 5, 1), Period(6, 0), date(2026, 11, 1)),
        (date(2026, 8, 31), Period(6, 0), date(2027, 2, 28)),
        (date(2024, 2, 29), Period(24, 0), date(2026, 2, 28)),
        (date(2026, 12, 31), Period(0, 1), date(2027, 1, 1)),
    ],
)
def test_a_day_is_due_the_period_later(day: date, period: Period, due: date) -> None:
    assert period.after(day) == due


@given(DAYS, PERIODS)
def test_what_lies_before_the_first_kept_day_is_due_and_nothing_else(
    today: date, period: Period
) -> None:
    text = f"P{period.months}M{period.days}D"

    first = due_before({"c": a_class("P0D", text)}, today)["c"]

    for n in range(-3, 4):
        day = first + timedelta(days=n)
        assert (day < first) == (day < today and period.after(day) <= today)


def test_what_ends_with_something_else_is_due_on_no_day() -> None:
    classes = {"case": a_class("P0D", "life-of:case"), "plain": a_class("P0D", "P6M")}

    assert due_before(classes, date(2026, 11, 25)).keys() == {"plain"}


@example(date(2024, 1, 1), 0, 366, Period(0, 0))
@given(DAYS, st.integers(0, 366), st.integers(0, 366), PERIODS)
def test_no_entry_of_a_consent_goes_before_its_record(
    begins: date, until_the_entry: int, until_the_end: int, period: Period
) -> None:
    # It ends on its last day at the latest, and each of its entries was written before that.
    ends = min(begins + timedelta(days=until_the_entry + until_the_end), last_day(begins))
    entry = min(begins + timedelta(days=until_the_entry), ends)
    kept = a_class("life-of:consent", "x", f"life-of:consent+P{period.months}M{period.days}D")

    def goes(today: date) -> tuple[bool, bool]:
        record, entries = ended_before(kept, today), due_before({"c": kept}, today)["c"]
        assert record is not None
        return ends < record, entry < entries

    gone = period.after(ends)
    for today in (gone - timedelta(days=1), gone, period.after(last_day(entry))):
        record, said = goes(today)
        assert record or not said


def test_what_has_no_end_of_its_own_is_never_due_after_it() -> None:
    for setting in ("P6M", "life-of:case", "life-of:procedure+P1Y"):
        assert ended_before(a_class("P0D", setting), date(2026, 11, 25)) is None


@pytest.mark.parametrize(
    ("floor", "setting", "ceiling", "lawful"),
    [
        ("P0D", "P6M", "P6M", True),
        ("P0D", "P3M", "P6M", True),
        ("P0D", "P7M", "P6M", False),
        ("P2Y", "P1Y", "P2Y", False),
        ("P2Y", "P24M", "P2Y", True),
        ("P0D", "P180D", "P6M", True),
        ("P0D", "P184D", "P6M", False),
        ("P0D", "sometimes", "P6M", False),
        ("life-of:procedure", "life-of:procedure+P5Y", "life-of:procedure+P10Y", True),
        ("life-of:procedure", "life-of:procedure+P11Y", "life-of:procedure+P10Y", False),
        ("life-of:procedure", "life-of:case+P5Y", "life-of:procedure+P10Y", False),
        ("life-of:procedure", "P5Y", "life-of:procedure+P10Y", False),
        ("life-of:consent", "life-of:case", "life-of:case", True),
        ("life-of:consent", "life-of:consent+P4Y", "life-of:case", True),
        ("life-of:consent", "life-of:consent+P4Y1D", "life-of:case", False),
        ("life-of:consent+P5Y", "life-of:consent+P4Y", "life-of:case", False),
        ("life-of:procedure", "life-of:procedure+P1Y", "life-of:case", False),
        ("P0D", "P5Y", "life-of:case", False),
        ("life-of:nothing", "life-of:nothing", "life-of:nothing", False),
        ("life-of:case", "life-of:case+P", "life-of:case+P", False),
    ],
)
def test_a_setting_lies_within_floor_and_ceiling(
    floor: str, setting: str, ceiling: str, *, lawful: bool
) -> None:
    assert is_lawful(a_class(floor, ceiling, setting)) == lawful


def test_the_shipped_settings_are_lawful() -> None:
    assert all(is_lawful(one) for one in read_law().retention.values())


EVER_SHIPPED = frozenset(
    [
        "agreement-79",
        "azr",
        "bmg-34a",
        "choice-67f",
        "choice-67f-after-notice",
        "choice-record",
        "choice-record-after-notice",
        "configuration",
        "consent-record",
        "datenabgleich",
        "dry-run",
        "famkakigabrv",
        "idnr",
        "internal-67c",
        "manual",
        "no-result",
        "notification",
        "own-statute",
        "payload",
        "protection-flag-bmg-51",
        "protection-flag-bmg-52",
        "protection-flag-pstg-64",
        "refusal-of-choice",
        "refused",
        "sozkigabv",
        "sozkigabv-documentation",
        "task",
    ]
)
"""Classes under which some hub may keep something. A new one is added, none is ever taken away."""


def test_what_is_kept_under_a_class_that_shipped_once_still_has_its_day() -> None:
    assert set(shipped().retention) == EVER_SHIPPED
