"""`docs/audit-events.md` is the code: every event with its fields, every change with its entry."""

import re
from pathlib import Path

import pytest

from builders import NOW
from guards.test_handlers import ROUTES
from onceonly.domain.events import FIELDS
from onceonly.domain.log import Event
from onceonly.usecases.log import ADMINISTRATION, entry
from onceonly.usecases.world import World

TEXT = (Path(__file__).parents[2] / "docs/audit-events.md").read_text("utf-8")
CODE = re.compile(r"`([^`]+)`")


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by the code in their first cell."""
    below = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in below.splitlines() if line.startswith("| `")]
    return {one[0].strip("`"): one[1:] for one in cells}


def test_every_event_is_listed_with_its_fields_in_the_codes_order() -> None:
    listed = rows("Events")

    assert list(listed) == [one.value for one in Event]
    assert all(len(one[0]) > 10 for one in listed.values())
    for event, fields in FIELDS.items():
        assert CODE.findall(listed[event.value][1]) == sorted(fields), event


def test_every_operation_that_changes_something_names_its_entries() -> None:
    listed = rows("What changes something, and its entry")
    changing = {one.operation_id for one in ROUTES if set(one.methods or ()) - {"GET", "HEAD"}}
    words = {one.value for one in Event} | {"answer:…"}

    assert listed.keys() == changing
    for operation, (cell,) in listed.items():
        assert cell.startswith("none: ") or set(CODE.findall(cell)) <= words, operation
        assert CODE.findall(cell) or cell.startswith("none: "), operation


def test_what_is_not_listed_is_not_said(world: World) -> None:
    with pytest.raises(ValueError, match="log:read: name"):
        entry(
            Event.LOG_READ,
            {"reader": "test", "name": "Erika"},
            world,
            municipality=1,
            at=NOW,
            retention=ADMINISTRATION,
        )
