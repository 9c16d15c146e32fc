"""Pages for people: what a problem means and what to do about it."""

import re
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import HTMLResponse, Response

import onceonly
from onceonly.api.documentation import problems
from onceonly.domain.errors import NotFound

router = APIRouter(tags=["operations"])

_PACKAGE = Path(onceonly.__file__).parent
# Beside the package when it is installed, among the documents of a checkout.
_PAGES = next(
    (one for one in (_PACKAGE / "problems", _PACKAGE.parents[1] / "docs/problems") if one.is_dir()),
    _PACKAGE,
)
_INLINE = re.compile(r"`([^`]+)`")


@router.get(
    "/problems/{kind}",
    operation_id="getProblemPage",
    summary="What a problem means and what to do",
    response_class=HTMLResponse,
    responses=problems(404),
)
async def get_problem_page(
    kind: Annotated[str, InPath(pattern=r"^[a-z-]{1,64}$")],
) -> Response:
    """One page for each kind of problem."""
    page = _PAGES / f"{kind}.md"
    if not page.is_file():
        raise NotFound
    return HTMLResponse(_html(page.read_text("utf-8")))


def problem_kinds() -> list[str]:
    """Every kind that has a page."""
    return sorted(page.stem for page in _PAGES.glob("*.md"))


def _html(markdown: str) -> str:
    """Headings, lists, code and paragraphs: all that these pages use."""
    title = markdown.splitlines()[0].lstrip("# ")
    body = "\n".join(_block(one) for one in markdown.strip().split("\n\n"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<body>{body}</body></html>"
    )


def _block(block: str) -> str:
    if block.startswith("#"):
        level = len(block) - len(block.lstrip("#"))
        return f"<h{level}>{line(block.lstrip('# '))}</h{level}>"
    if block.startswith("```"):
        return f"<pre>{escape(block.strip('`').partition(chr(10))[2])}</pre>"
    if block.startswith("- "):
        items = "".join(f"<li>{line(one.lstrip('- '))}</li>" for one in block.splitlines())
        return f"<ul>{items}</ul>"
    return f"<p>{line(block)}</p>"


def line(text: str) -> str:
    """A line of Markdown as HTML: code is all that is marked up."""
    return _INLINE.sub(r"<code>\1</code>", escape(text))
