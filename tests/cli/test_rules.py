"""`onceonly rules …`: the table, a row, a case that never was, and what two laws say otherwise."""

import shutil
from pathlib import Path

import pytest

from cli.conftest import Say
from onceonly.readers.rules import SHIPPED, read_law

AT = ("--at", "2026-10-05")
WOG = (
    *("--asking", "wohngeld", "--procedure", "wohngeld.mietzuschuss", "--evidence", "ben.sgb2"),
    *("--profile", "WOG"),
)


def test_the_table_prints_every_rule(bare: Say) -> None:
    said = bare("rules", "table", *AT)

    assert said.status == 0
    printed = [line.partition(" ")[0] for line in said.out.splitlines()]
    assert printed == [row.id for row in read_law().rules]


def test_the_table_is_of_a_day_and_of_whom_one_asks_for(bare: Say) -> None:
    before = bare("rules", "table", "--at", "2024-07-23")
    wohngeld = bare("rules", "table", *AT, "--consumer", "wohngeld.mietzuschuss")
    one = bare(
        *("rules", "table", *AT, "--consumer", "wohngeld.mietzuschuss"),
        *("--provider", "jobcenter", "--evidence", "ben.sgb2", "--english"),
    )

    assert before.out == ""
    assert "R01 " in wohngeld.out
    assert "R03a" not in wohngeld.out
    ids = [line.partition(" ")[0] for line in one.out.splitlines()]
    assert ids == ["R01", "R109"]


def test_a_row_is_shown_whole(bare: Say) -> None:
    said = bare("rules", "show", "R13")

    assert said.status == 0
    for part in ("Unterhaltsvorschuss", "§ 67f SGB X", "uhvorschg-1-1a", "age: 12, 17", "preview"):
        assert part in said.out


def test_a_row_nobody_knows_is_a_fault_and_a_day_that_is_none_wrong_use(bare: Say) -> None:
    assert bare("rules", "show", "R0").status == 1
    assert bare("rules", "table", "--at", "heute").status == 2
    assert bare("rules", "simulate", *WOG, "--month", "2026-13").status == 2
    unknown = bare("rules", "simulate", *WOG[:5], "ben.nichts", *AT)
    assert (unknown.status, unknown.err.partition(":")[0]) == (2, "ben.nichts")


@pytest.mark.parametrize(
    ("words", "verdict", "last"),
    [
        ((), "choice-required: choice-missing, row R01, choice/choice", "refusal"),
        (("--choice",), "permit: -, row R01, choice/choice", "choice"),
        (("--refused",), "deny: choice-refused, row R01, -/-", "refused_choice"),
        (
            ("--norm", "sgbx-67a-2-3-1"),
            "manual: no-agreement, row R01, may/none",
            "may",
        ),
        (("--norm", "sgbx-67a-2-3-1", "--agreement"), "permit: -, row R01, may/agreement", "may"),
        (("--at", "2024-07-23"), "deny: no-rule, row -, -/-", "refusal"),
    ],
)
def test_a_case_that_never_was_is_decided_with_its_trace(
    bare: Say, words: tuple[str, ...], verdict: str, last: str
) -> None:
    day = () if "--at" in words else AT

    said = bare("rules", "simulate", *WOG, *words, *day)

    lines = said.out.splitlines()
    assert said.status == 0
    assert verdict in lines
    steps = [line.split() for line in lines if line.endswith(("hands on", "answers"))]
    assert [step[0] for step in steps if step[1] == "answers"] == [last]


def test_two_laws_are_compared_thing_by_thing(bare: Say, tmp_path: Path) -> None:
    other = tmp_path / "law"
    shutil.copytree(Path(str(SHIPPED)), other)
    assert bare("rules", "diff", str(other)).status == 0
    changed = other / "rules/R22.yaml"
    changed.write_text(changed.read_text("utf-8").replace("agreement", "none"), "utf-8")
    (other / "rules/R91.yaml").unlink()
    general = other / "rules/R109.yaml"
    general.write_text(general.read_text("utf-8").replace("R91, ", ""), "utf-8")

    said = bare("rules", "diff", str(other))
    broken = other / "words.yaml"
    broken.unlink()

    assert said.status == 1
    assert sorted(said.out.split("\n")) == [
        "",
        "+ rules.R91",
        "~ rules.R109.when",
        "~ rules.R22.modes",
    ]
    assert bare("rules", "diff", str(other)).status == 1
    assert bare("rules", "diff", "nowhere").status == 2
