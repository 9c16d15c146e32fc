"""Every known failure is held by tests that are there; what only the drill tries, the drill names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/known-failures.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "::" in line]
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
KINDS = 33


def test_each_kind_has_an_outcome_and_a_test() -> None:
    cells = [[one.strip() for one in row.strip("|").split("|")] for row in ROWS]

    assert len(ROWS) >= KINDS
    assert all(len(one) == 3 and all(one) for one in cells)
    assert len({kind for kind, _, _ in cells}) == len(cells)
    assert PAGE.count("::") == len(re.findall(r"`[\w/]+\.py::\w+`", PAGE))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    there = {
        one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert name in there


def test_what_only_a_drill_tries_is_named_by_the_drill_and_by_the_page() -> None:
    drills = {one.name for one in (ROOT / "tests").rglob("drill_*.py")}
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert drills
    assert {one for one in drills if one not in makefile} == set()
    assert {one for one in drills if one not in PAGE} == set()
