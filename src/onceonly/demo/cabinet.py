"""An office's own database: whom it knows, what they receive, and every call it has heard.

Calls are kept by `reference` and without a name: the office can show what it was asked and what it
said. People are filled in anew at each start, calls stay.
"""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from onceonly.demo.papers import Case

_TABLES = """
DROP TABLE IF EXISTS name;
DROP TABLE IF EXISTS file;
CREATE TABLE file (number INTEGER PRIMARY KEY, attributes TEXT NOT NULL, papers TEXT NOT NULL);
CREATE TABLE name (family TEXT, given TEXT, file INTEGER NOT NULL);
CREATE INDEX name_by_spelling ON name (family, given);
CREATE TABLE IF NOT EXISTS heard (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, reference TEXT NOT NULL,
    asked TEXT NOT NULL, status INTEGER NOT NULL, sent TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS heard_by_reference ON heard (reference);
"""
# What NFKD does not take apart.
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "’": "'"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One call: `asked` without the person, the `status` answered, the names of what was `sent`."""

    at: str
    reference: str
    asked: Mapping[str, Any]
    status: int
    sent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A file that fits the attributes of a question."""

    papers: Mapping[str, Any]


class Cabinet:
    """The database of one office, a SQLite file of its own."""

    def __init__(self, path: Path, cases: Iterable[Case]) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")
        for number, case in enumerate(cases):
            self._file(number, case)
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, person: Mapping[str, Any]) -> list[Match]:
        """Every file the attributes fit: names in any spelling, birth date, the rest if given."""
        found: dict[int, Match] = {}
        for spelling in _spellings(person):
            rows = self._database.execute(
                "SELECT number, attributes, papers FROM name JOIN file ON file = number "
                "WHERE family = ? AND given = ?",
                spelling,
            )
            for number, attributes, papers in rows:
                if _fits(person, json.loads(attributes)):
                    found[number] = Match(json.loads(papers))
        return list(found.values())

    def _file(self, number: int, case: Case) -> None:
        attributes = case.person.attributes()
        self._database.execute(
            "INSERT INTO file VALUES (?, ?, ?)",
            (number, json.dumps(attributes), json.dumps(case.papers)),
        )
        self._database.executemany(
            "INSERT INTO name VALUES (?, ?, ?)", [(*one, number) for one in _spellings(attributes)]
        )

    def hear(self, call: Heard) -> None:
        """Put a call on record."""
        self._database.execute(
            "INSERT INTO heard (at, reference, asked, status, sent) VALUES (?, ?, ?, ?, ?)",
            (call.at, call.reference, json.dumps(call.asked), call.status, json.dumps(call.sent)),
        )

    def heard(self, reference: str) -> list[dict[str, Any]]:
        """The calls with this reference, oldest first."""
        rows = self._database.execute(
            "SELECT at, reference, asked, status, sent FROM heard WHERE reference = ? "
            "ORDER BY number",
            (reference,),
        )
        return [
            asdict(Heard(at, name, json.loads(asked), status, tuple(json.loads(sent))))
            for at, name, asked, status, sent in rows
        ]


def search_form(text: str | None) -> str:
    """A name without case and marks, so that `Şimşek` is found as `Simsek`."""
    folded = unicodedata.normalize("NFKD", (text or "").casefold()).translate(_LETTERS)
    return "".join(sign for sign in folded if not unicodedata.combining(sign)).strip()


def _spellings(person: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The name and its other spellings: family name and first given name, in search form."""
    return [
        (search_form(one.get("family_name")), search_form((one.get("given_names") or [""])[0]))
        for one in (person, *(person.get("aliases") or ()))
    ]


def _fits(asked: Mapping[str, Any], filed: Mapping[str, Any]) -> bool:
    return (
        _same_day(asked["date_of_birth"], filed["date_of_birth"])
        and _same_if_told(asked.get("place_of_birth"), filed["place_of_birth"])
        and all(
            _same_if_told((asked.get("address") or {}).get(part), filed["address"][part])
            for part in ("street", "house_number", "postal_code")
        )
    )


def _same_if_told(asked: str | None, filed: str) -> bool:
    return asked is None or search_form(asked) == search_form(filed)


def _same_day(asked: str, filed: str) -> bool:
    """Part by part; a `00` on either side is unknown and fits anything."""
    parts = zip(asked.split("-"), filed.split("-"), strict=True)
    return all(one == other or "00" in (one, other) for one, other in parts)
