"""Ids: UUIDv7 of the clock they are given; traces of nothing but chance."""

import re
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from onceonly.security.ids import Ids, fresh_trace

NOW = datetime(2026, 11, 25, 10, 0, 0, 123_000, tzinfo=UTC)


def test_an_id_is_a_uuid_7_of_the_played_instant() -> None:
    one = Ids(lambda: NOW)()

    assert (one.version, one.variant) == (7, RFC_4122)
    assert one.int >> 80 == int(NOW.timestamp() * 1000)


def test_ids_of_one_millisecond_all_differ() -> None:
    ids = Ids(lambda: NOW)

    assert len({ids() for _ in range(10_000)}) == 10_000


def test_two_processes_of_one_instant_make_different_ids() -> None:
    assert Ids(lambda: NOW)() != Ids(lambda: NOW)()


def test_ids_of_later_milliseconds_are_greater() -> None:
    moments = iter(NOW + timedelta(milliseconds=n) for n in range(100))
    ids = Ids(lambda: next(moments))

    made = [ids() for _ in range(100)]

    assert made == sorted(made)


def test_a_clock_that_was_set_back_gives_ids_all_the_same() -> None:
    moments = iter([NOW, NOW - timedelta(hours=1), NOW])
    ids = Ids(lambda: next(moments))

    assert len({ids(), ids(), ids()}) == 3


def test_every_call_has_a_trace_of_its_own_in_the_standards_form() -> None:
    traces = {fresh_trace() for _ in range(100)}

    assert len(traces) == 100
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", one) for one in traces)
    assert not any("0" * 32 in one or one[36:52] == "0" * 16 for one in traces)
