"""`docs/legal.md` leads a lawyer to what is there: every module, file and test it names exists."""

import ast
import re
from pathlib import Path

import pytest

from onceonly.readers.rules import read_law

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/legal.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| Norm") and "---" not in line
]
_PLACE = re.compile(r"`((?:law|domain|usecases|store|readers|connectors|api|security)/[\w./-]*)`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_norm_leads_to_what_carries_it_and_to_a_test(row: list[str]) -> None:
    norm, demands, where, test = row

    assert norm.startswith(("§", "Art."))
    assert demands
    places, tests = _PLACE.findall(where), _TEST.findall(test)
    assert places
    assert tests
    for place in places:
        found = ROOT / "src/onceonly" / place
        assert found.exists() or found.with_suffix(".py").exists(), place
    for file, name in tests:
        assert (ROOT / file).exists(), file
        assert not name or name in functions(ROOT / file), name


def test_every_statute_by_which_a_row_carries_or_denies_is_there() -> None:
    first = [mode.law[0] for row in read_law().rules for mode in row.modes]
    first += [row.law[0] for row in read_law().rules if row.law]
    statutes = {re.sub(r"^(§+|Art\.) .*?(?=[A-Z][\w/]{2,}|AO$|SGB)", "", norm) for norm in first}
    norms = " ".join(row[0] for row in ROWS)

    assert {one for one in statutes if one.split()[0] not in norms} == set()
