"""What a sweep of the law found, in lines that a change of law shows in: `python -m unit.summing`."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from onceonly.domain.decision import Decision
from onceonly.domain.offices import Origin
from onceonly.readers.rules import read_law
from unit.circumstances import (
    Cell,
)
from unit.sweep import Sweep

Decided = Mapping[Cell, Decision]


def summary(decided: Decided) -> str:
    """Everything that is not a plain no, grouped: who is asked, how much, on what ground, answer.

    A circumstance is shown where it makes a difference. `*`: a copy the office was handed; `+`:
    with everything stated that rows ask for. The number behind `#` stands for the whole answer.
    """
    tables: dict[tuple[str, ...], dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell, decision in decided.items():
        if decision.rule is None and decision.reason in ("no-rule", "not-necessary"):
            continue
        common = decided.get(replace(cell, about="")) if cell.about else None
        if common is None or said(common) != said(decision):
            head = (cell.kind, cell.evidence_type, cell.fact, cell.role, cell.about)
            tables[*head, cell.procedure][_answer(decision)].append(cell)
    merged: dict[tuple[tuple[str, ...], str], list[str]] = defaultdict(list)
    for key, answers in tables.items():
        lines = sorted(f"  {_asked(cells)} -> {answer}" for answer, cells in answers.items())
        merged[key[:-1], "\n".join(lines)].append(key[-1])
    blocks = sorted(
        f"{kind}: {' '.join(procedures)}: {' '.join(one for one in head if one)}\n{lines}"
        for ((kind, *head), lines), procedures in merged.items()
    )
    return "\n".join(blocks) + "\n"


def _answer(decision: Decision) -> str:
    known = (decision.outcome.value, decision.reason, decision.rule)
    right = f"{decision.mode or '-'}/{decision.automation or '-'}"
    much = f"{decision.profile} {len(decision.fields)}" if decision.profile else ""
    mark = f"#{crc32(said(decision).encode()) & 0xFFFF:04x}"
    return " ".join(one for one in (*known, right, much, mark) if one)


def _asked(cells: list[Cell]) -> str:
    """Whom, how much and on what ground: products of lists, as few as can be."""
    by_who: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        who = f"{cell.provider}{'*' if cell.origin is Origin.SUBMITTED else ''}"
        by_who[who][f"{cell.ground}{'+' if cell.says else ''}"].append(cell.profile)
    alike: dict[str, list[str]] = defaultdict(list)
    for who, grounds in by_who.items():
        profiles: dict[str, list[str]] = defaultdict(list)
        for ground, some in grounds.items():
            profiles[" ".join(some)].append(ground)
        alike[", ".join(f"{' '.join(on)}: {much}" for much, on in profiles.items())].append(who)
    return "; ".join(f"{' '.join(whom)} ({how})" for how, whom in alike.items())


def said(decision: Decision) -> str:
    """A decision in one line: everything but the words."""
    months = decision.months
    parts = [
        decision.outcome.value,
        decision.reason or "",
        decision.rule or "",
        decision.rule_version or "",
        f"{decision.mode or '-'}/{decision.automation or '-'}",
        decision.profile or "",
        ",".join(decision.fields),
        "" if months is None else f"{months.first or ''}..{months.last or ''}",
        "+".join(decision.obligations),
        " ".join(f"{one.act}:{one.by}" for one in decision.required),
        " ".join(f"{one.kind}:{one.what or one.of or ''}" for one in decision.alternatives),
        decision.retention,
        decision.purpose_code or "",
        "; ".join(decision.law),
    ]
    return "|".join(parts)


def main() -> None:
    """Write the committed summary anew."""
    sweep = Sweep(read_law())
    decided = {cell: sweep.decide(cell) for cell in sweep.cells()}
    Path(__file__).with_name("sweep.txt").write_text(summary(decided), "utf-8")


if __name__ == "__main__":
    main()
