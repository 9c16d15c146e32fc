"""`decide`: a dry run against an echo of the same body, and the law alone by processor time."""

import asyncio
import gc
import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bench.exchange import municipality, question
from bench.figures import ROUNDS, SECONDS, Figure, figure, ratio
from bench.ground import Ground, ground
from bench.load import Call, rate
from onceonly.domain.decision import Facts, Question
from onceonly.domain.hypotheses import Hypothesis, posed
from onceonly.domain.judge import decide
from onceonly.domain.offices import Origin
from onceonly.domain.rules import Law
from onceonly.readers.rules import read_law

GOAL, A_SECOND, LOADED_MS = 0.6, 50_000, 300
DAY = date(2026, 10, 5)
REPEATS = 2_000

CASES = (
    Hypothesis("but", "but.sgb2", "ben.sgb2", DAY, agreed=True),
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ben.sgb2", DAY, chosen=True),
    Hypothesis("kita", "kita.beitragserlass", "ben.sgb2", DAY, profile="P2", chosen=True),
    Hypothesis("familienkasse", "kinderzuschlag.antrag", "ben.wohngeld", DAY, chosen=True),
    Hypothesis(
        "jobcenter", "sgb2.erstantrag", "alien.status", DAY, asked="azr", nationalities=("UA",)
    ),
    Hypothesis("but", "but.bkgg", "ben.kindergeld", DAY, assertions=("named-official",)),
    Hypothesis("auslaenderbehoerde", "aufenthalt.titel", "ben.sgb2", DAY, nationalities=("IR",)),
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ben.sgb2", DAY),
)
"""Permits by duty, choice and regulation, cut and whole; a refusal; a choice that is missing."""

OTHERS = (
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ben.sgb2", DAY, refused=True),
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ben.sgb2", DAY, origin=Origin.SUBMITTED),
    Hypothesis("but", "but.sgb2", "ben.sgb2", DAY),
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ben.sgb2", DAY, norm="sgbx-67a-2-3-1"),
    Hypothesis(
        "jobcenter", "sgb2.erstantrag", "alien.status", DAY, asked="azr", nationalities=("BG",)
    ),
    Hypothesis("wohngeld", "wohngeld.mietzuschuss", "ast.konto", DAY),
)
"""What is rarer: a choice refused, a consent that is missing, two answers by hand, two more noes."""


def measured(directory: Path) -> list[Figure]:
    """Interleaved rounds of dry run and echo; then the judge by itself, and reading the law."""
    with ground(directory, municipality, floor=True, low="bench.echo:app") as stand:
        figures = [asyncio.run(_dry_run(stand))]
    return [*figures, *_judging(), figure("law, read", _loads(), unit="ms", goal=str(LOADED_MS))]


def _judging() -> list[Figure]:
    """Both mixes, every case in turn; each by itself is printed beside them."""
    law = read_law()
    cases, others = ([posed(one, law) for one in some] for some in (CASES, OTHERS))
    gc.collect()
    gc.freeze()
    for asked, facts in (*cases, *others):
        said = decide(asked, facts, law)
        one = max(_a_second([(asked, facts)], law) for _ in range(ROUNDS))
        print(f"  {one:7.0f}/s at best: {said.outcome} {said.rule} {said.reason or ''}")
    usual = [_a_second(cases, law) for _ in range(ROUNDS)]
    every = [_a_second([*cases, *others], law) for _ in range(ROUNDS)]
    return [
        figure("decide, alone", usual, unit="/s", goal=f"{A_SECOND:,}"),
        figure("decide, alone, with the rarer verdicts", every, unit="/s", goal=f"{A_SECOND:,}"),
    ]


def _a_second(cases: Sequence[tuple[Question, Facts]], law: Law) -> float:
    """By processor time: whoever else is on the machine disturbs that less."""
    began = time.process_time()
    for _ in range(REPEATS):
        for asked, facts in cases:
            decide(asked, facts, law)
    return REPEATS * len(cases) / (time.process_time() - began)


def _loads() -> list[float]:
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        read_law()
        took.append((time.process_time() - began) * 1000)
    return took


async def _dry_run(stand: Ground) -> Figure:
    body = json.dumps(question(time.strftime("%Y-%m"))).encode()
    headers = {"authorization": f"Bearer {stand.token()}", "content-type": "application/json"}

    def hub(_: int) -> Call:
        return f"{stand.hub}/v1/decisions", headers, body

    def floor(_: int) -> Call:
        return f"{stand.floor}/echo", headers, body

    rounds: list[tuple[float, float]] = []
    await rate(hub, seconds=1, wanted=200)
    await rate(floor, seconds=1, wanted=200)
    for _ in range(ROUNDS):
        ours = await rate(hub, seconds=SECONDS, wanted=200)
        theirs = await rate(floor, seconds=SECONDS, wanted=200)
        rounds.append((ours, theirs))
    return ratio("decide, dry run", rounds, of="echo", goal=GOAL)
