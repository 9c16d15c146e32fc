"""The law is a folder without Python, and the code above it names no benefit and no norm."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from onceonly.domain.catalogue import CHAIN
from onceonly.readers.rules import read_law

SOURCE = Path(str(files("onceonly")))
FLOORS = ("domain", "usecases", "store", "api")
MODULES = sorted(path for floor in FLOORS for path in (SOURCE / floor).rglob("*.py"))
LAW = read_law()
CODES = LAW.catalogue.evidence_types.keys() | LAW.catalogue.procedures.keys()
PROFILES = {
    profile for one in LAW.catalogue.evidence_types.values() for profile in one.profiles
} - {*CHAIN, "D"}
BENEFITS = {
    word.casefold()
    for procedure in LAW.catalogue.procedures.values()
    for naming in procedure.namings
    for word in re.findall(r"\w+", naming.title.de)
    if re.fullmatch(r"\w+(geld|zuschlag|zuschuss|vorschuss|sicherung|jugendhilfe)", word)
} | {
    part
    for code in CODES
    for part in code.split(".")
    if re.fullmatch(r"sgb\d+|\w*geld|kiz|uvg|asylblg|bafoeg|bkgg|estg", part)
}
_CODE = re.compile(rf"(?<![\w.])({'|'.join(re.escape(code) for code in sorted(CODES))})(?![\w.])")


def _documentation(tree: ast.Module) -> set[ast.AST]:
    """Docstrings, strings under assignments, and worked examples: they decide nothing."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        if isinstance(node, ast.Assign | ast.AnnAssign) and "EXAMPLE" in ast.unparse(
            node.targets[0] if isinstance(node, ast.Assign) else node.target
        ):
            found |= set(ast.walk(node))
    return found


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    documentation = _documentation(tree)
    for node in ast.walk(tree):
        if node in documentation or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def _identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for name in ("id", "attr", "name", "arg", "asname"):
            found = getattr(node, name, None)
            if isinstance(found, str):
                yield getattr(node, "lineno", 0), found


def _law_in(text: str) -> str | None:
    """What of the law a string names."""
    code = _CODE.search(text)
    if code is not None:
        return code[0]
    if text in PROFILES or text in LAW.office_kinds:
        return text
    words = {word.casefold() for word in re.findall(r"[\w-]+", text)}
    return "§" if "§" in text else next(iter(words & BENEFITS), None)


def test_the_law_holds_no_python() -> None:
    assert not [*(SOURCE / "law").rglob("*.py"), *(SOURCE / "law").rglob("*.pyc")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_benefit_type_procedure_or_norm_stands_in_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    named = [(line, _law_in(text)) for line, text in _strings(tree)]
    called = [
        (line, name)
        for line, name in _identifiers(tree)
        if set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).casefold().split("_")) & BENEFITS
    ]

    assert [(line, found) for line, found in named if found is not None] == []
    assert called == []


@pytest.mark.parametrize(
    "text", ["§ 67f SGB X", "ben.sgb2", "ask ben.wohngeld now", "Bürgergeld:", "WOG", "jobcenter"]
)
def test_the_guard_sees_law_in_a_string(text: str) -> None:
    assert _law_in(text) is not None


@pytest.mark.parametrize("text", ["sgb8-62-3", "evidence.request", "state", "P1", "month"])
def test_the_guard_lets_the_form_of_the_law_pass(text: str) -> None:
    assert _law_in(text) is None
