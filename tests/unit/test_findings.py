"""When something counts as wrong, as nearly wrong, or as nothing: at its limit and beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_municipality, an_agreement
from onceonly.domain.calendar import midnight
from onceonly.domain.findings import (
    FAULTS,
    SOON,
    WAITS_TOO_LONG,
    Finding,
    certificate_findings,
    disk_findings,
    ending_findings,
    endings,
    log_findings,
    session_findings,
    waited,
)
from onceonly.domain.offices import RetrievalAgreement, key_end

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def codes(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings]


@pytest.mark.parametrize(
    ("free", "found"), [(100, []), (10, []), (9, ["disk-filling"]), (3, ["disk-filling"]), (2, ["disk-full"]), (0, ["disk-full"])]
)  # fmt: skip
def test_a_disk_is_told_of_before_it_is_full(free: int, found: list[str]) -> None:
    assert codes(disk_findings("keys", free=free, total=100)) == found


@pytest.mark.parametrize(
    ("taken", "most", "of_user", "found"),
    [
        (10, 100, -1, []),
        (80, 100, -1, []),
        (81, 100, -1, ["sessions-short"]),
        (89, 100, -1, ["sessions-few"]),
        (10, 100, 11, ["sessions-few"]),
        (10, 100, 12, []),
    ],
)
def test_sessions_are_told_of_before_they_run_out(
    taken: int, most: int, of_user: int, found: list[str]
) -> None:
    assert codes(session_findings(taken=taken, most=most, of_user=of_user, user="u")) == found


@pytest.mark.parametrize("led", [True, False])
def test_a_backlog_is_one_after_a_minute_and_says_whether_anybody_works(led: bool) -> None:  # noqa: FBT001 -- a parameter
    late = WAITS_TOO_LONG + timedelta(seconds=1)

    assert log_findings(waiting=0, since=None, led=led) == []
    assert log_findings(waiting=9, since=WAITS_TOO_LONG, led=led) == []
    assert codes(log_findings(waiting=9, since=late, led=led)) == [
        "backlog" if led else "worker-missing"
    ]


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900)))
def test_an_entrys_id_says_how_long_it_has_waited(long: timedelta) -> None:
    at = int((NOW - long).timestamp() * 1000)
    first = UUID(int=at << 80 | 0x7 << 76 | 0b10 << 62)

    since = waited(first, NOW)

    assert since is not None
    assert timedelta(0) <= since - long <= timedelta(milliseconds=1) or since == timedelta(0)
    assert waited(None, NOW) is None


def until(days: int, **changes: object) -> RetrievalAgreement:
    return an_agreement(valid_to=TODAY + timedelta(days=days), **changes)


@pytest.mark.parametrize(
    ("days", "found"),
    [(-1, ["agreement-ended"]), (0, ["agreement-ending"]), (28, ["agreement-ending"]), (31, [])],
)
def test_an_agreement_is_told_of_a_month_before_its_last_day_is_over(
    days: int, found: list[str]
) -> None:
    municipality = a_municipality(agreements=[until(days)])

    assert codes(ending_findings(municipality, NOW)) == found


@pytest.mark.parametrize(
    ("later", "goes_on"),
    [
        ({"valid_from": TODAY + timedelta(days=6)}, True),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TODAY + timedelta(days=7)}, False),
        ({"valid_from": TODAY, "valid_to": TODAY + timedelta(days=5)}, False),
        ({"valid_from": TODAY, "evidence_types": ()}, False),
        ({"valid_from": TODAY, "procedures": ()}, False),
        ({"valid_from": TODAY, "provider": "wohngeld"}, False),
    ],
)
def test_an_agreement_goes_on_only_in_one_that_has_all_of_it_without_a_gap(
    later: dict[str, object],
    goes_on: bool,  # noqa: FBT001 -- a parameter
) -> None:
    follows = an_agreement(**{"valid_to": None, **later})
    municipality = a_municipality(agreements=[until(5), follows])

    first = [one for one in endings(municipality) if one.at == midnight(TODAY + timedelta(days=6))]

    assert (first == []) is goes_on


def test_a_client_is_told_of_when_its_last_key_ends_and_not_before() -> None:
    municipality = a_municipality(agreements=[])
    client = municipality.clients["but-fachverfahren"]
    soon, later = (int((NOW + timedelta(days=days)).timestamp()) for days in (5, 300))

    def with_keys(*ends: int | None) -> list[str]:
        keys = tuple({"kid": str(end)} | ({} if end is None else {"exp": end}) for end in ends)
        clients = {client.client_id: replace(client, keys=keys)}
        return codes(ending_findings(replace(municipality, clients=clients), NOW))

    assert with_keys(soon) == ["client-key-ending"]
    assert with_keys(int(NOW.timestamp())) == ["client-key-ended"]
    assert with_keys(soon, later) == with_keys(soon, None) == with_keys(None) == with_keys() == []
    assert key_end({"exp": soon}) == NOW + timedelta(days=5)
    assert key_end({}) is None


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (timedelta(0), ["certificate-ended"]),
        (timedelta(seconds=1), ["certificate-ending"]),
        (SOON, ["certificate-ending"]),
        (SOON + timedelta(seconds=1), []),
    ],
)
def test_a_certificate_is_told_of_before_it_ends(left: timedelta, found: list[str]) -> None:
    assert codes(certificate_findings("x", NOW + left, NOW)) == found
    assert certificate_findings("x", None, NOW) == []


def test_a_fault_is_grave_and_a_warning_is_not() -> None:
    assert all(Finding(code, "", "").grave for code in FAULTS)
    assert not Finding("disk-filling", "", "").grave
