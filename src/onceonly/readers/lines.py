"""YAML as PyYAML's safe loader reads it, with the line of every value; JSON is read too.

What the loader would change or lose in silence is a fault: repeated members, numbers with leading
zeros or in base 60, lone surrogates. A day (`2026-05-01`) stays the text it is written as.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import yaml
from typing_extensions import override

Path = tuple[str | int, ...]
"""Where in a document: names of members, indexes of list items."""

_MOST_VALUES = 100_000  # aliases of aliases may unfold without end
_DEEPEST = 40
_UNTOLD_NUMBER = re.compile(r"[-+]?(0[0-9_]+(\.[0-9_]*)?|[0-9_]+(:[0-9_.]+)+)")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TAG = "tag:yaml.org,2002:"
_Member = tuple[yaml.ScalarNode, yaml.Node]
_BOOLEANS = yaml.SafeLoader.bool_values


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong where, and what to do about it."""

    line: int
    path: str
    what: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.line}: {self.path}: {self.what}, {self.remedy}"


class Wrong(NamedTuple):
    """A fault before its line is known."""

    path: Path
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file read: plain values (dict, list, str, int, float, bool, None) and their lines.

    `faults` are those of the writing itself; `value` is as much as could be read in spite of them.
    """

    value: object
    lines: Mapping[Path, int]
    faults: tuple[LineFault, ...]

    def line_of(self, path: Path) -> int:
        """Line of the value at this path, or of the nearest thing that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def spelled(path: Path) -> str:
    """A path as people read it: `clients[0].roles[1]`."""
    parts = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path)
    return parts.removeprefix(".") or "(all)"


def read_document(text: str) -> Document:
    """Read one YAML or JSON document; whatever is wrong with its writing is among its faults."""
    reading = _Reading()
    try:
        node = yaml.compose(_as_yaml(text), Loader=yaml.SafeLoader)
        if node is None:
            return _nothing(1, "is empty", "write a municipality into it")
        value = reading.value(node, ())
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return _nothing(line, "holds a character that is no text", "remove it")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"is no YAML here ({error.problem or error.context})"
        return _nothing(1 if mark is None else mark.line + 1, what, "mend it near this line")
    except RecursionError:
        return _nothing(1, "is nested without end", "keep to the members of the schema")
    if reading.full:
        return Document(None, reading.lines, tuple(reading.faults))
    return Document(value, reading.lines, tuple(reading.faults))


def _nothing(line: int, what: str, remedy: str) -> Document:
    return Document(None, {(): line}, (LineFault(line, "(all)", what, remedy),))


def _as_yaml(text: str) -> str:
    """JSON may be indented by tabs, which YAML forbids; inside its strings there is none."""
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return text
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


class _Reading:
    """One walk through a document's nodes: gathers lines and faults."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[LineFault] = []
        self.full = False
        self._left = _MOST_VALUES

    def value(self, node: yaml.Node, path: Path) -> object:
        """The plain value of a node; its lines and faults are noted."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self._overflows(node, path):
            return None
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(one, (*path, at)) for at, one in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._fault(node, path, f"has the tag `{node.tag}`", "write plain values")
        return None

    def _overflows(self, node: yaml.Node, path: Path) -> bool:
        self._left -= 1
        if self._left < 0 or len(path) > _DEEPEST:
            if not self.full:
                self._fault(node, path, "holds too much", "write it without aliases")
            self.full, self._left = True, -1
        return self.full

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, inner in self._members(node, path):
            name = self._text(key, path)
            if name is None:
                continue
            self.lines.setdefault((*path, name), key.start_mark.line + 1)
            found[name] = self.value(inner, (*path, name))
        return found

    def _members(self, node: yaml.MappingNode, path: Path) -> Iterator[_Member]:
        """Its own members, then those it merges (`<<`) and has not itself."""
        seen: set[str] = set()
        merged: list[yaml.Node] = []
        for key, inner in node.value:
            if key.tag == f"{_TAG}merge" and "<<" not in seen:
                seen.add("<<")
                merged += inner.value if isinstance(inner, yaml.SequenceNode) else [inner]
            elif not isinstance(key, yaml.ScalarNode) or key.tag not in (
                f"{_TAG}str",
                f"{_TAG}merge",
            ):
                self._fault(key, path, "a member's name is no text", "write the name in quotes")
            elif key.value in seen:
                remedy = "keep one of the two"
                self._fault(key, (*path, key.value), "stands here twice", remedy)
            else:
                seen.add(key.value)
                yield key, inner
        yield from self._merged(merged, path, seen)

    def _merged(self, merged: list[yaml.Node], path: Path, seen: set[str]) -> Iterator[_Member]:
        for one in merged:
            if not isinstance(one, yaml.MappingNode):
                self._fault(one, path, "merges what is no mapping", "write its members out")
                continue
            for key, inner in self._members(one, path):
                if key.value not in seen:
                    seen.add(key.value)
                    yield key, inner

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        text = str(node.value)
        if node.style is None and _UNTOLD_NUMBER.fullmatch(text):
            self._fault(node, path, "a number like this would be changed", "write it in quotes")
            return text
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return _BOOLEANS.get(text.lower(), text)
            case "int" | "float":
                return self._number(node, path)
            case "str" | "timestamp":
                return self._text(node, path)
            case _:
                self._fault(node, path, f"has the tag `{node.tag}`", "write plain values")
                return None

    def _number(self, node: yaml.ScalarNode, path: Path) -> object:
        """A number; infinity and what is none although it is tagged so are faults."""
        loader = yaml.SafeLoader("")
        try:
            number: object = loader.construct_object(node)
            json.dumps(number, allow_nan=False)
        except (ValueError, OverflowError):
            self._fault(node, path, "is no number", "write a whole number")
            return None
        return number

    def _text(self, node: yaml.ScalarNode, path: Path) -> str | None:
        """A text; JSON's surrogate pairs are joined, whatever no database keeps is a fault."""
        try:
            text = str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            text = "\ud800"
        if _UNPRINTABLE.search(text):
            self._fault(node, path, "holds a character that is no text", "remove it")
            return None
        return text

    def _fault(self, node: yaml.Node, path: Path, what: str, remedy: str) -> None:
        line = node.start_mark.line + 1
        self.faults.append(LineFault(line, spelled(path), what, remedy))
