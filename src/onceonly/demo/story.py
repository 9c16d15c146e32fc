"""The story, played through the public API, told step by step, and what is on record of it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from onceonly.demo import consents, daycare, exchange, housing, maintenance, proof
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.stand import Stand
from onceonly.demo.told import Say, Told

_ANSWERED = ("question:permitted", "answer:received")
_COLLECTED = ("evidence:released", "evidence:read", "evidence:destroyed")
_PREVIEWED = ("preview:shown", "use:decided")


def play(stand: Stand, say: Say) -> None:
    """Play the story.

    Raises:
        Trouble: something is not as the story tells it.
    """
    told = Told(stand, say)
    cut, refused = exchange.play(told)
    hers, his = housing.play(told)
    copied, stopped = consents.play(told)
    waived = daycare.play(told)
    advanced = maintenance.play(told)
    told.chapter("What remains")
    _destroyed(told, cut)
    _on_record(
        told,
        (
            ("BuT asked, cut to what is necessary", cut, (*_ANSWERED, *_COLLECTED)),
            ("BuT asked, refused", refused, ("question:refused",)),
            ("Gökçe looked and said use", hers, (*_ANSWERED, *_PREVIEWED, *_COLLECTED)),
            ("Davor looked and said no", his, (*_ANSWERED, *_PREVIEWED)),
            ("The copy of the lease, by consent", copied, (*_ANSWERED, *_COLLECTED)),
            ("The copy, its consent taken back", stopped, (_ANSWERED[0], "evidence:discarded")),
            ("Olena's Kita fee", waived, (*_ANSWERED, *_PREVIEWED, *_COLLECTED)),
            ("Jakob's advance", advanced, (*_ANSWERED, *_PREVIEWED, *_COLLECTED)),
        ),
    )
    proof.play(told)


def _destroyed(told: Told, retrieval: Retrieval) -> None:
    told.step("The BuT office has filed the evidence and says so; the hub destroys its copy.")
    clerk = Clerk(told.stand, exchange.OFFICE)
    told.check(clerk.confirm(retrieval).is_success, "the receipt was refused")
    again = clerk.read(retrieval)
    told.check(again.status_code == httpx.codes.GONE, "the evidence is still there")
    told.line(f"Reading it again: {again.status_code} {again.json()['title']}")


def _on_record(told: Told, wanted: Iterable[tuple[str, Retrieval, tuple[str, ...]]]) -> None:
    told.step("What is on record (`onceonly log show`; that it was read is an entry too):")
    by_retrieval: dict[str, list[dict[str, Any]]] = {}
    for line in told.stand.onceonly("log", "show", "--json").splitlines():
        entry = json.loads(line)
        by_retrieval.setdefault(entry["retrieval"], []).append(entry)
    for title, retrieval, events in wanted:
        told.line(f"{title}:")
        entries = by_retrieval.get(retrieval["id"], [])
        for entry in entries:
            told.line(f"  {entry['at']}  {entry['event']:<18} {_summary(entry['payload'])}")
        found = {entry["event"] for entry in entries}
        told.check(set(events) <= found, f"not on record: {sorted(set(events) - found)}")
        told.check(
            retrieval["log"]["question"] in {entry["entry"] for entry in entries},
            "the retrieval names an entry that is not there",
        )


def _summary(payload: Mapping[str, Any]) -> str:
    words = ("consumer", "evidence_type", "outcome", "rule", "reason", "state")
    return " ".join(f"{one}={payload[one]}" for one in words if payload.get(one) is not None)
