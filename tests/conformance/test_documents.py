"""What a vendor reads says what the suite and the example do."""

import ast
import re
import sys
from pathlib import Path

import pytest

from conformance.vendor import EXAMPLE, ROOT
from onceonly.conformance.suite import SECTIONS

PAGE = (ROOT / "docs/provide.md").read_text("utf-8")
CHECKS = {check.name: check.says for section in SECTIONS for check in section.checks}


def test_the_page_lists_every_check_in_order() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE, re.MULTILINE)

    assert listed == list(CHECKS.items())


def test_the_page_has_the_heading_to_which_each_section_of_a_report_leads() -> None:
    headings = re.findall(r"^#+ (?:\d\. )?(.+?)(?: \(.+\))?$", PAGE, re.MULTILINE)

    assert {section.see for section in SECTIONS} <= set(headings)


@pytest.mark.parametrize("file", [ROOT / "docs/provide.md", EXAMPLE / "README.md"])
def test_every_link_of_the_page_leads_somewhere(file: Path) -> None:
    links = [
        one for one in re.findall(r"\]\(([^)]+)\)", file.read_text("utf-8")) if "://" not in one
    ]

    assert links
    assert [one for one in links if not (file.parent / one).resolve().exists()] == []


def test_the_example_needs_the_library_it_names_and_nothing_else() -> None:
    tree = ast.parse((EXAMPLE / "provider.py").read_text("utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    named = re.findall(r"^[a-z-]+", (EXAMPLE / "requirements.txt").read_text(), re.MULTILINE)

    assert imported - sys.stdlib_module_names == set(named)
