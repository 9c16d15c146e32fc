"""What makes a task arise, at whom, and how often."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.tasks import Happened, Kind, Protecting, Upshot, arising

TODAY = date(2026, 11, 25)
CODES = st.sampled_from(["jobcenter", "meldeamt", "wohngeld", "kita"])
SUBJECTS = st.sampled_from(["aa", "bb"])
UPSHOTS = st.builds(
    Upshot,
    happened=st.sampled_from(Happened),
    provider=CODES,
    retrieval=st.uuids(version=4),
    evidence_type=st.just("ben.sgb2"),
    retention=st.just("no-result"),
    why=st.sampled_from(["", "unknown", "ambiguous", "protected", "entrusted", "outside"]),
    at_provider=SUBJECTS,
    protecting=st.lists(st.builds(Protecting, CODES, SUBJECTS), max_size=4).map(tuple),
)


def none_found(why: str, *protecting: Protecting) -> Upshot:
    return Upshot(
        Happened.NOTHING_FOUND, "jobcenter", UUID(int=1), "ben.sgb2", "no-result", why, "aa",
        protecting,
    )  # fmt: skip


def kinds(upshot: Upshot) -> list[tuple[str, str]]:
    return [(one.office, one.kind.value) for one in arising(upshot, TODAY)]


def test_whoever_is_unknown_makes_no_work() -> None:
    for why in ("", "unknown", "outside", "nothing"):
        assert kinds(none_found(why)) == []


def test_an_office_is_told_what_it_alone_knows() -> None:
    assert kinds(none_found("ambiguous")) == [("jobcenter", "clarify-identity")]
    assert kinds(none_found("entrusted")) == [("jobcenter", "delivery-discarded")]
    assert kinds(none_found("protected")) == [("jobcenter", "check-protection")]


def test_every_office_that_protects_is_told_and_the_asked_one_only_if_it_does() -> None:
    others = Protecting("meldeamt", "cc"), Protecting("wohngeld", "dd")

    assert kinds(none_found("unknown", *others)) == [
        ("meldeamt", "check-protection"),
        ("wohngeld", "check-protection"),
    ]


def test_an_office_that_flags_and_protects_is_told_once() -> None:
    assert kinds(none_found("protected", Protecting("jobcenter", "aa"))) == [
        ("jobcenter", "check-protection")
    ]


@given(UPSHOTS)
def test_an_upshot_of_protection_never_says_what_was_asked(upshot: Upshot) -> None:
    for one in arising(upshot, TODAY):
        tells_nothing = one.reference is None and one.evidence_type is None
        assert tells_nothing is (one.kind is Kind.CHECK_PROTECTION)


@given(UPSHOTS, UPSHOTS)
def test_a_task_that_arises_daily_is_one_for_any_retrieval(one: Upshot, other: Upshot) -> None:
    daily = {Kind.CHECK_PROTECTION, Kind.CORRECT_EVIDENCE}
    mine = {due.once: due for due in arising(one, TODAY)}
    tomorrow = {due.once for due in arising(other, TODAY + timedelta(days=1))}

    for due in arising(other, TODAY):
        if due.kind in daily:
            assert due.once not in tomorrow
        elif one.retrieval != other.retrieval:
            assert due.once not in mine
