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

from onceonly.demo.people import Case

_TABLES = """
DROP TABLE IF EXISTS file;
CREATE TABLE file (family TEXT, given TEXT, attributes TEXT NOT NULL, benefit TEXT);
CREATE INDEX file_by_name ON file (family, given);
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

    benefit: Mapping[str, Any] | None


class Cabinet:
    """The database of one office, a SQLite file of its own."""

    def __init__(self, path: Path, cases: Iterable[Case]) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_TABLES)
        with self._database:
            self._database.executemany("INSERT INTO file VALUES (?, ?, ?, ?)", map(_row, cases))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def find(self, person: Mapping[str, Any]) -> list[Match]:
        """Every file the attributes fit: names in search form, birth date, then the rest if given."""
        rows = self._database.execute(
            "SELECT attributes, benefit FROM file WHERE family = ? AND given = ?", _key(person)
        ).fetchall()
        return [
            Match(None if benefit is None else json.loads(benefit))
            for attributes, benefit in rows
            if _fits(person, json.loads(attributes))
        ]

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


def _key(person: Mapping[str, Any]) -> tuple[str, str]:
    given = person.get("given_names") or [""]
    return search_form(person.get("family_name")), search_form(given[0])


def _row(case: Case) -> tuple[str, str, str, str | None]:
    attributes = case.person.attributes()
    benefit = None if case.benefit is None else json.dumps(case.benefit)
    return *_key(attributes), json.dumps(attributes), benefit


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
