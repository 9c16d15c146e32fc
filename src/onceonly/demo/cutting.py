"""Leaving only the asked fields, as a providing office does it before anything is sent.

Paths are dotted, `[]` follows a list: `kdu_ct.rent`, `mehrbedarf[].amount_ct`. A person inside an
evidence (`child.ref`) is sent by names and birth date: only the hub knows the request's ref.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Tree = dict[str, "Tree"]
NAMES = ("family_name", "given_names", "date_of_birth")


def cut(record: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """What of `record` was asked for; a field without value stays away."""
    return _keep(record, _tree(fields))


def paths(content: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The leaf paths of a content, spelled as the catalogue spells them, each once."""
    found: dict[str, None] = {}
    for name, value in content.items():
        many = isinstance(value, list)
        path = f"{prefix}{name}{'[]' if many else ''}"
        for part in value if many else [value]:
            found |= dict.fromkeys(paths(part, f"{path}.") if isinstance(part, dict) else [path])
    return list(found)


def _tree(fields: Iterable[str]) -> Tree:
    tree: Tree = {}
    for field in fields:
        *containers, leaf = field.split(".")
        branch = tree
        for name in containers:
            branch = branch.setdefault(name.removesuffix("[]"), {})
        for name in NAMES if leaf == "ref" else (leaf.removesuffix("[]"),):
            branch.setdefault(name, {})
    return tree


def _keep(record: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    kept = ((name, _value(record.get(name), branch)) for name, branch in tree.items())
    return {name: value for name, value in kept if value not in (None, {}, [])}


def _value(value: Any, branch: Tree) -> Any:  # noqa: ANN401 -- a JSON value
    if not branch:
        return value
    if isinstance(value, list):
        return [_keep(part, branch) for part in value]
    return _keep(value, branch) if isinstance(value, dict) else None
