"""Names that say nothing are not given: not to a module, not to a class."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "migrations", "bench", "fuzz")
FORBIDDEN = (
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "base",
    "misc",
    "handler",
    "processor",
    "service",
    "repository",
)
# A data service is the contract's word for what an office offers (`data_services`).
OF_THE_CONTRACT = {"DataService"}
LONGEST_MODULE = 360
"""Lines; a module that passes about 300 is split by noun."""


SOURCES = sorted((ROOT / "src").rglob("*.py"))


def modules() -> list[Path]:
    return sorted(one for folder in FOLDERS for one in (ROOT / folder).rglob("*.py"))


def says_nothing(name: str) -> bool:
    words = re.findall(r"[A-Z]?[a-z]+", name)
    return name not in OF_THE_CONTRACT and bool(words) and words[-1].lower() in FORBIDDEN


def classes(module: Path) -> list[str]:
    tree = ast.parse(module.read_text())
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("name", ["DataService", "Database", "usecases", "retrievals"])
def test_the_guard_lets_names_be_that_only_sound_so(name: str) -> None:
    assert not says_nothing(name)


@pytest.mark.parametrize("name", ["ConsentManager", "RequestHandler", "string_utils", "base"])
def test_the_guard_sees_names_that_say_nothing(name: str) -> None:
    assert says_nothing(name)


def test_every_module_and_folder_has_a_name_that_says_what_it_is_for() -> None:
    places = {part for one in modules() for part in one.relative_to(ROOT).with_suffix("").parts}

    assert [name for name in sorted(places) if says_nothing(name)] == []


def test_every_class_has_a_name_that_says_what_it_is() -> None:
    named = [(one.name, name) for one in modules() for name in classes(one)]

    assert [pair for pair in named if says_nothing(pair[1])] == []


def test_no_module_has_grown_past_one_noun() -> None:
    grown = {str(one.relative_to(ROOT)): len(one.read_text().splitlines()) for one in SOURCES}

    assert {name: count for name, count in grown.items() if count > LONGEST_MODULE} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [one for one in modules() if not ast.get_docstring(ast.parse(one.read_text()))]

    assert [str(one.relative_to(ROOT)) for one in silent] == []
