"""YAML files, read member by member; every fault is collected with its line, none stops the reading.

Plain YAML: `true`, `false`, `null` and digits are what they look like, all else is text. Repeated
and unknown members are faults.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Self, TypeVar

import yaml
from typing_extensions import override

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import FormerName, Title

Folder = Traversable | Path
_T = TypeVar("_T")


def _untagged(_loader: object, *_node: object) -> str:
    return ""


# libyaml where PyYAML was built with it: ten times as fast. Tags are never looked at, a member is
# read in the form that is asked of it: guessing them is half the time of reading the law.
_LOADER = type(
    "PlainLoader",
    (yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader,),
    dict.fromkeys(("resolve", "descend_resolver", "ascend_resolver"), _untagged),
)
_TEXT, _MAPPING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:map"
_NOTHING = ("null", "~", "")


@dataclass(frozen=True, slots=True)
class LawFault:
    """What is wrong in which file, and what to do about it."""

    file: str
    line: int
    path: str
    what: str
    remedy: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.what}, {self.remedy}"


class LawFaults(Exception):
    """The files are no law: every fault at once."""

    def __init__(self, faults: Collection[LawFault]) -> None:
        super().__init__("\n".join(str(one) for one in faults))
        self.faults = tuple(faults)


class Members:
    """One mapping of a file; members are taken by name, and `close` faults what nobody took."""

    def __init__(self, node: yaml.Node, *, file: str, path: str, faults: list[LawFault]) -> None:
        self.file, self.path, self.faults = file, path, faults
        self._line = node.start_mark.line + 1
        self._nodes: dict[str, yaml.Node] = {}
        self._taken: set[str] = set()
        if not isinstance(node, yaml.MappingNode):
            self.fault("", "is not a mapping", "write members as `name: value`")
            return
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in self._nodes:
                self.fault(name, "stands here twice", "keep one")
            self._nodes[name] = value

    @classmethod
    def empty(cls, file: str, faults: list[LawFault]) -> Self:
        """The members of a file that is not there."""
        mark = yaml.Mark(file, 0, 0, 0, None, 0)
        return cls(yaml.MappingNode(_MAPPING, [], mark, mark), file=file, path="", faults=faults)

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    @property
    def names(self) -> tuple[str, ...]:
        """Its members' names, in the file's order."""
        return tuple(self._nodes)

    def fault(self, name: str, what: str, remedy: str) -> None:
        """Note a fault of a member, or of the whole."""
        node = self._nodes.get(name)
        line = self._line if node is None else node.start_mark.line + 1
        path = ".".join(part for part in (self.path, name) if part) or "(all)"
        self.faults.append(LawFault(self.file, line, path, what, remedy))

    def close(self) -> None:
        """Fault the members that nobody took."""
        for name in self._nodes.keys() - self._taken:
            self.fault(name, "is not a member of this", "remove it or mend its spelling")

    def optional(self, name: str) -> str | None:
        """A text, or None where the member is absent or null."""
        node = self._take(name)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode):
            self.fault(name, "is not a text", "write one value")
            return None
        return None if _is_null(node) else str(node.value)

    def text(self, name: str) -> str:
        """A text that must be there."""
        found = self.optional(name)
        if found is None:
            self.fault(name, "is missing", "add it")
        return found or ""

    def flag(self, name: str) -> bool:
        """`true` or `false`; false where absent."""
        found = self.optional(name)
        if found not in (None, "true", "false"):
            self.fault(name, "is neither true nor false", "write true or false")
        return found == "true"

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        return self._read(name, int, "a whole number")

    def day(self, name: str) -> date | None:
        """A day `YYYY-MM-DD`, or None."""
        return self._read(name, date.fromisoformat, "a day YYYY-MM-DD")

    def month(self, name: str) -> Month | None:
        """A month `YYYY-MM`, or None."""
        return self._read(name, Month.parse, "a month YYYY-MM")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where absent."""
        return tuple(
            str(one.value) if isinstance(one, yaml.ScalarNode) else self._no_text(name)
            for one in self._items(name)
        )

    def bounds(self, name: str) -> tuple[int | None, int | None] | None:
        """Least and greatest whole number, `null` for open; None where absent."""
        if name not in self:
            return None
        found = [
            int(one.value) if isinstance(one, yaml.ScalarNode) and one.value.isdecimal() else None
            for one in self._items(name)
        ]
        if len(found) != 2:  # noqa: PLR2004 -- least and greatest
            self.fault(name, "has not two ends", "write [least, greatest], null for open")
            return None
        return found[0], found[1]

    def word(self, name: str, known: Collection[str], kind: str) -> str:
        """A text out of a closed list."""
        return self._known(name, self.text(name), known, kind)

    def words(self, name: str, known: Collection[str], kind: str) -> tuple[str, ...]:
        """A list of texts out of a closed list."""
        return tuple(self._known(name, one, known, kind) for one in self.texts(name))

    def title(self, name: str = "") -> Title:
        """German and English; without a name, this mapping itself is the title."""
        inner = self if not name else self.inner(name)
        if inner is None:
            self.fault(name, "is missing", "add {de: …, en: …}")
            return Title("", "")
        title = Title(inner.text("de"), inner.text("en"))
        inner.close()
        return title

    def former_names(self) -> tuple[FormerName, ...]:
        """The names under `also_called`, each until a month's end."""
        found: list[FormerName] = []
        for one in self.each("also_called"):
            until = one.month("until")
            if until is None:
                one.fault("until", "is missing", "add the last month")
            else:
                found.append(FormerName(one.text("de"), until))
            one.close()
        return tuple(found)

    def inner(self, name: str) -> "Members | None":
        """A mapping inside this one, or None."""
        node = self._take(name)
        return None if node is None or _is_null(node) else self._open(node, name)

    def each(self, name: str) -> tuple["Members", ...]:
        """The mappings of a list."""
        return tuple(self._open(one, f"{name}[{at}]") for at, one in enumerate(self._items(name)))

    def named(self) -> Iterator[tuple[str, "Members"]]:
        """Every member of this mapping as a mapping, with its name."""
        for name, node in self._nodes.items():
            self._taken.add(name)
            yield name, self._open(node, name)

    def lists(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """A mapping of names to lists of texts, empty where absent."""
        inner = self.inner(name)
        return {} if inner is None else {one: inner.texts(one) for one in inner.names}

    def explained(self, name: str) -> tuple[str, ...]:
        """Words of a list, or the names of a mapping that explains each."""
        if isinstance(self._nodes.get(name), yaml.MappingNode):
            inner = self.inner(name)
            return () if inner is None else inner.names
        return self.texts(name)

    def _take(self, name: str) -> yaml.Node | None:
        self._taken.add(name)
        return self._nodes.get(name)

    def _open(self, node: yaml.Node, name: str) -> "Members":
        path = ".".join(part for part in (self.path, name) if part)
        return Members(node, file=self.file, path=path, faults=self.faults)

    def _items(self, name: str) -> list[yaml.Node]:
        node = self._take(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(name, "is not a list", "write [one, two]")
            return []
        return list(node.value)

    def _no_text(self, name: str) -> str:
        self.fault(name, "holds something else than texts", "write texts only")
        return ""

    def _read(self, name: str, read: Callable[[str], _T], form: str) -> _T | None:
        found = self.optional(name)
        try:
            return None if found is None else read(found)
        except ValueError:
            self.fault(name, f"is not {form}", f"write {form}")
            return None

    def _known(self, name: str, found: str, known: Collection[str], kind: str) -> str:
        if found not in known:
            self.fault(name, f"`{found}` is no known {kind}", "mend the spelling or add it there")
        return found


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NOTHING


def files(folder: Folder) -> list[tuple[str, bytes]]:
    """Every file of a folder and the folders in it: path inside it, content; sorted by path."""
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += [(f"{entry.name}/{name}", content) for name, content in files(entry)]
        else:
            found.append((entry.name, entry.read_bytes()))
    return sorted(found)


def document(name: str, content: bytes, faults: list[LawFault]) -> Members | None:
    """One file as a mapping; a list at its top is the member `all`. None and a fault: no YAML."""
    try:
        node = yaml.compose(content.decode(), Loader=_LOADER)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        faults.append(LawFault(name, line, "(all)", "is no YAML", "mend it near this line"))
        return None
    if node is None:
        faults.append(LawFault(name, 1, "(all)", "is empty", "fill or remove it"))
        return None
    if isinstance(node, yaml.SequenceNode):
        key = yaml.ScalarNode(_TEXT, "all", node.start_mark, node.end_mark)
        node = yaml.MappingNode(_MAPPING, [(key, node)], node.start_mark, node.end_mark)
    return Members(node, file=name, path="", faults=faults)
