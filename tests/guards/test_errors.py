"""Every way to fail has a kind, a title, a status and a page that says what to do."""

import re
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from onceonly.api.problems import STATUS
from onceonly.domain.errors import HubError, ProviderError

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LAW = ROOT / "src/onceonly/law"
PAGES = {page.stem: page for page in (DOCS / "problems").glob("*.md")}

OF_RETRIEVALS = frozenset(
    {
        "no-longer-needed",
        "provider-unavailable",
        "provider-refused",
        "provider-unreadable",
        "presumed-lost",
        "refresh-required",
        "withdrawn-before-delivery",
        "no-longer-permitted",
        "preview-unanswered",
        "not-collected",
        "unanswered",
    }
)
"""What a retrieval can end with: states, never answers to a call."""

REASONS = yaml.safe_load((LAW / "reasons.yaml").read_text("utf-8"))
"""Why a decision is not a permit; closed."""


def leaves(of: type[Exception]) -> list[type[Exception]]:
    """The errors that are raised: those with a kind or problem of their own."""
    own = [of] if {"kind", "problem"} & vars(of).keys() else []
    return own + [leaf for one in of.__subclasses__() for leaf in leaves(one)]


HUB = [one for one in leaves(HubError) if issubclass(one, HubError)]
PROVIDER = [one for one in leaves(ProviderError) if issubclass(one, ProviderError)]


def ends(of: type[Exception]) -> list[type[Exception]]:
    below = of.__subclasses__()
    return [end for one in below for end in ends(one)] if below else [of]


@pytest.mark.parametrize("leaf", HUB)
def test_every_leaf_has_its_kind_title_and_status(leaf: type[HubError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", leaf.kind)
    assert leaf.title.endswith(".")
    assert HTTPStatus.BAD_REQUEST <= STATUS[leaf] < HTTPStatus.NOT_IMPLEMENTED or (
        STATUS[leaf] is HTTPStatus.SERVICE_UNAVAILABLE
    )


def test_no_leaf_is_without_a_kind_and_no_kind_has_two() -> None:
    kinds = [one.kind for one in HUB]

    assert set(ends(HubError)) <= set(HUB)
    assert set(ends(ProviderError)) <= set(PROVIDER)
    assert len(kinds) == len(set(kinds))


def test_every_status_belongs_to_a_leaf() -> None:
    assert set(STATUS) == set(HUB)


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert PAGES.keys() == {one.kind for one in HUB} | OF_RETRIEVALS | REASONS.keys()
    assert {one.problem for one in PROVIDER} <= OF_RETRIEVALS


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_says_what_happened_what_to_do_and_shows_one(page: Path) -> None:
    text = page.read_text()

    assert re.findall(r"^## (.*)$", text, re.M) == ["What happened", "What to do", "Example"]
    assert text.startswith(f"# `{page.stem}`\n")
    assert page.stem in text.split("## Example")[1]


@pytest.mark.parametrize("leaf", HUB)
def test_the_page_and_the_code_agree(leaf: type[HubError]) -> None:
    text = PAGES[leaf.kind].read_text()

    assert leaf.title in text
    assert f'"status": {int(STATUS[leaf])}' in text


@pytest.mark.parametrize("reason", REASONS)
def test_the_page_of_a_reason_says_what_the_hub_says_and_by_which_norm(reason: str) -> None:
    text, said = PAGES[reason].read_text(), REASONS[reason]

    assert said["de"] in text
    assert said["en"] in text
    assert all(norm in text for norm in said["law"])
