"""S01: a consent taken back at any moment, while somebody else reads as fast as they can."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from conftest import Repeated
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.named import yilmaz
from scenarios.kreis import Kreis, a_case, problem
from scenarios.test_s01_consents import (
    answered,
    asked,
    at_home,
    ended,
    office,
    question,
    slow,
)

__all__ = ["office"]

GOEKCE = yilmaz("2026-10").adults[0]
TAKES_S = 0.3


@contextmanager
def polling(office: Clerk, retrieval: Retrieval) -> Iterator[list[tuple[float, int]]]:
    """Read the evidence again and again; when each look began, and its status."""
    seen, over = list[tuple[float, int]](), Event()

    def look() -> None:
        while not over.is_set():
            began = time.monotonic()
            seen.append((began, office.read(retrieval).status_code))
            time.sleep(0.02)

    reader = Thread(target=look)
    reader.start()
    yield seen
    over.set()
    reader.join()


def test_whoever_reads_all_the_time_reads_nothing_once_it_is_taken_back(
    kreis: Kreis, office: Clerk, repeated: Repeated
) -> None:
    for _ in range(repeated("withdrawals while another client reads all the time", 3)):
        case = a_case()
        consent = asked(office, case)
        answered(kreis, consent, "grant")
        with slow(kreis, TAKES_S):
            posted = office.post(
                "/evidence-requests",
                question(case, consent),
                prefer="wait=0",
                **{"idempotency-key": case},
            )
            (retrieval,) = posted.json()["retrievals"]
            with polling(office, retrieval) as seen:
                time.sleep(random.uniform(0, 2 * TAKES_S))  # noqa: S311 -- no secret
                withdrawn = answered(kreis, consent, "withdrawal")
                over = time.monotonic()
                late = ended(office, retrieval)
                time.sleep(TAKES_S)
        again = [
            at_home(kreis, GOEKCE, "POST", f"/consents/{consent}/{word}", {})
            for word in ("grant", "refusal")
        ]

        afterwards = {status for began, status in seen if began > over}
        assert withdrawn["state"] == "withdrawn"
        assert afterwards
        assert afterwards <= {409, 410}
        assert {status for _, status in seen} <= {200, 409, 410}
        was_read = 200 in {status for _, status in seen}
        assert was_read or (late["state"], late["problem"]) == (
            "discarded",
            "withdrawn-before-delivery",
        )
        assert [problem(one) for one in again] == ["out-of-turn"] * 2
        assert {one.json()["state"] for one in again} == {"withdrawn"}
