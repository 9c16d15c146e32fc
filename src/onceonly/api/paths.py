"""Paths: which methods each of them has."""

from fastapi import Request
from starlette.routing import Route


def methods_of(request: Request, *, literally: bool = False) -> str:
    """The methods that this path has; `literally`: by routes whose template it is."""
    path = str(request.scope["path"])
    routes = [one for one in request.app.router.routes if isinstance(one, Route)]
    found = [one for one in routes if one.path == path]
    if not found and not literally:
        found = [one for one in routes if one.path_regex.match(path)]
    return ", ".join(sorted({method for one in found for method in one.methods or ()}))
