"""What operators are told: every finding, every figure and every granted right is where it is said."""

import re
from pathlib import Path

import asyncpg
import pytest

from onceonly.domain.findings import FAULTS, WARNINGS
from onceonly.store.condition import GRANTED
from onceonly.telemetry import REGISTRY

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
RIGHTS = """
    select pg_get_userbyid(one.grantee) as role, relname as name,
        lower(one.privilege_type) as kind
    from pg_class, aclexplode(relacl) as one
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and one.grantee <> relowner
"""


def rows(heading: str) -> set[str]:
    """The codes of a table's first column."""
    found = re.search(rf"^\| {heading} \|.*?\n\n", OPERATIONS, re.M | re.S)
    assert found is not None
    firsts = [line.split("|")[1] for line in found[0].strip().splitlines()[2:]]
    return {code for first in firsts for code in re.findall(r"`([a-z_-]+)`", first)}


def test_every_finding_has_its_row_and_every_row_its_finding() -> None:
    assert rows("Fault") == FAULTS
    assert rows("Warning") == WARNINGS
    assert not FAULTS & WARNINGS


def test_every_code_in_the_program_is_a_known_one() -> None:
    made: set[str] = set()
    for module in (ROOT / "src/onceonly").rglob("*.py"):
        made |= set(re.findall(r'Finding\(\s*"([a-z-]+)"', module.read_text()))

    assert made
    assert made <= FAULTS | WARNINGS


@pytest.mark.parametrize("figure", [one.name for one in REGISTRY.collect()])
def test_every_figure_is_explained(figure: str) -> None:
    assert figure in OPERATIONS


async def test_doctor_knows_every_right_that_migrations_grant(owning: asyncpg.Connection) -> None:
    granted = {(row["role"], row["name"], row["kind"]) for row in await owning.fetch(RIGHTS)}
    known = {
        (role, name, kind)
        for role, rights in GRANTED.items()
        for kind, names in rights.items()
        for name in names.split()
    }

    assert known == granted, "say it in store/condition.py"
