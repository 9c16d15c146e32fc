"""Seals: equal lengths, one place each, nothing changed unseen, nothing left when a key goes."""

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.errors import LogUnavailable
from onceonly.domain.evidence import SealedEvidence
from onceonly.domain.log import Entry, Event, SealedEntry
from onceonly.security.keys import KeyFiles
from onceonly.security.seals import (
    Broken,
    canonical,
    open_entry,
    open_evidence,
    seal_entry,
    seal_evidence,
)

AT = datetime(2026, 11, 25, 10, 0, 0, 120_000, tzinfo=UTC)
DAY = date(2026, 11, 25)
ENTRY, OTHER, RETRIEVAL = (UUID(int=n) for n in (1, 2, 3))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return KeyFiles(tmp_path_factory.mktemp("seals") / "keys", create=True)


def an_entry(payload: dict[str, object] | None = None, **changes: Any) -> Entry:
    whole: dict[str, Any] = {
        "id": ENTRY,
        "event": Event.QUESTION_PERMITTED,
        "at": AT,
        "day": DAY,
        "retention": "sgb",
        "retrieval": RETRIEVAL,
        "payload": {"provider": "jobcenter"} if payload is None else payload,
    }
    return Entry(**(whole | changes))


def sealed(keys: KeyFiles, payload: dict[str, object] | None = None, **changes: Any) -> SealedEntry:
    return seal_entry(an_entry(payload, **changes), municipality=7, keys=keys)


def held(keys: KeyFiles, plain: bytes = b"evidence") -> SealedEvidence:
    return seal_evidence(
        plain,
        retrieval=RETRIEVAL,
        municipality=7,
        purpose="evidence",
        day=DAY,
        until=AT + timedelta(hours=72),
        keys=keys,
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=5)


@given(OBJECTS)
def test_canonical_json_is_that_of_rfc_8785(payload: dict[str, Any]) -> None:
    assert canonical(payload) == rfc8785.dumps(payload)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_written_as_ecmascript_does(number: float) -> None:
    assert canonical({"n": number}) == rfc8785.dumps({"n": number})


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (72.5, "72.5"),
        (1.0, "1"),
        (-0.0, "0"),
        (-1.5e-7, "-1.5e-7"),
        (1e-6, "0.000001"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"),
        (333333333.33333329, "333333333.3333333"),
    ],
)
def test_numbers_of_the_rfc_are_written_so(number: float, written: str) -> None:
    assert canonical({"n": number}) == f'{{"n":{written}}}'.encode()


def test_members_are_in_the_order_of_utf_16() -> None:
    members = {"\ufb33": 1, "\U0001f600": 2, "€": 3, "1": 4, "\r": 5, "ö": 6}

    assert list(json.loads(canonical(members))) == ["\r", "1", "ö", "€", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogate"):
        canonical({"x": [value]})


def test_an_entry_comes_back_naming_itself(keys: KeyFiles) -> None:
    assert open_entry(sealed(keys), municipality=7, keys=keys) == {
        "entry": str(ENTRY),
        "event": "question:permitted",
        "at": "2026-11-25T10:00:00.120Z",
        "retrieval": str(RETRIEVAL),
        "provider": "jobcenter",
    }


def test_a_payload_may_say_more_of_itself_but_never_be_another_entry(keys: KeyFiles) -> None:
    said: dict[str, object] = {"entry": str(OTHER), "at": "2026-11-25T09:59:00.000Z"}

    opened = open_entry(sealed(keys, said), municipality=7, keys=keys)

    assert opened is not None
    assert (opened["entry"], opened["at"]) == (str(ENTRY), said["at"])


@given(payload=OBJECTS)
def test_every_payload_comes_back(keys: KeyFiles, payload: dict[str, Any]) -> None:
    opened = open_entry(sealed(keys, payload), municipality=7, keys=keys)

    assert opened is not None
    assert canonical({**opened, **payload, "entry": str(ENTRY)}) == canonical(opened)


def test_the_seal_is_laid_out_as_the_contract_says(keys: KeyFiles) -> None:
    one = sealed(keys)
    key = keys.day_key("sgb", DAY)
    aad = ENTRY.bytes + (7).to_bytes(4, "big")

    plain = AESGCM(key).decrypt(one.sealed[:12], one.sealed[12:], aad)

    salt, length = plain[:32], int.from_bytes(plain[32:36], "big")
    payload, zeros = plain[36 : 36 + length], plain[36 + length :]
    assert rfc8785.dumps(json.loads(payload)) == payload
    assert zeros == bytes(len(zeros))
    assert len(plain) % 512 == 0
    assert len(zeros) < 512
    assert one.commitment == hmac.digest(salt, payload, "sha256")


def test_short_payloads_of_any_length_have_seals_of_one_length(keys: KeyFiles) -> None:
    lengths = {len(sealed(keys, {"x": "x" * n}).sealed) for n in range(0, 280, 7)}

    assert lengths == {12 + 512 + 16}


def test_a_payload_takes_as_many_blocks_as_it_needs_and_no_more(keys: KeyFiles) -> None:
    without = len(canonical(open_entry(sealed(keys, {"x": ""}), municipality=7, keys=keys) or {}))

    for n in range(1100):
        plain = len(sealed(keys, {"x": "x" * n}).sealed) - 12 - 16
        assert plain == ceil((32 + 4 + without + n) / 512) * 512


def test_equal_payloads_share_neither_seal_nor_commitment(keys: KeyFiles) -> None:
    one, other = sealed(keys), sealed(keys)

    assert one.sealed != other.sealed
    assert one.commitment != other.commitment


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, id=OTHER),
        lambda one: replace(one, commitment=bytes(32)),
        lambda one: replace(one, sealed=one.sealed[:-1]),
        lambda one: replace(one, sealed=b""),
        lambda one: replace(one, sealed=one.sealed[:-1] + bytes([one.sealed[-1] ^ 1])),
        lambda one: replace(one, sealed=bytes([one.sealed[0] ^ 1]) + one.sealed[1:]),
        lambda one: replace(one, day=DAY + timedelta(days=1)),
        lambda one: replace(one, retention="other"),
    ],
)
def test_an_entry_that_was_changed_or_moved_does_not_open(
    keys: KeyFiles, change: Callable[[SealedEntry], SealedEntry]
) -> None:
    keys.day_key("sgb", DAY + timedelta(days=1))
    keys.day_key("other", DAY)

    with pytest.raises(Broken):
        open_entry(change(sealed(keys)), municipality=7, keys=keys)


def test_an_entry_of_one_municipality_does_not_open_in_another(keys: KeyFiles) -> None:
    with pytest.raises(Broken):
        open_entry(sealed(keys), municipality=8, keys=keys)


def test_an_entry_without_its_commitment_at_hand_opens(keys: KeyFiles) -> None:
    assert open_entry(replace(sealed(keys), commitment=b""), municipality=7, keys=keys)


@given(plain=st.binary(max_size=2000))
def test_held_evidence_comes_back(keys: KeyFiles, plain: bytes) -> None:
    one = held(keys, plain)

    assert open_evidence(one, municipality=7, purpose="evidence", keys=keys) == plain


def test_every_evidence_has_a_data_key_of_its_own(keys: KeyFiles) -> None:
    one, other = held(keys), held(keys)

    with pytest.raises(Broken):
        open_evidence(
            replace(one, wrapped_key=other.wrapped_key),
            municipality=7,
            purpose="evidence",
            keys=keys,
        )
    assert len(one.wrapped_key) == 12 + 32 + 16


@pytest.mark.parametrize(
    ("change", "municipality", "purpose"),
    [
        ({"retrieval": OTHER}, 7, "evidence"),
        ({"day": DAY + timedelta(days=1)}, 7, "evidence"),
        ({"sealed": bytes(40)}, 7, "evidence"),
        ({"wrapped_key": b""}, 7, "evidence"),
        ({}, 8, "evidence"),
        ({}, 7, "question"),
    ],
)
def test_evidence_belongs_to_one_retrieval_municipality_purpose_and_day(
    keys: KeyFiles, change: dict[str, Any], municipality: int, purpose: str
) -> None:
    keys.day_key("evidence", DAY + timedelta(days=1))
    keys.day_key("question", DAY)

    with pytest.raises(Broken):
        open_evidence(
            replace(held(keys), **change), municipality=municipality, purpose=purpose, keys=keys
        )


def test_a_purpose_is_bound_even_where_two_have_one_key(tmp_path: Path) -> None:
    keys = KeyFiles(tmp_path / "keys", create=True)
    one = held(keys)
    days = tmp_path / "keys/days"
    (days / "question").symlink_to(days / "evidence")

    with pytest.raises(Broken):
        open_evidence(one, municipality=7, purpose="question", keys=keys)


def test_what_a_destroyed_key_sealed_is_gone_and_that_is_no_error(tmp_path: Path) -> None:
    keys = KeyFiles(tmp_path / "keys", create=True)
    entry, evidence = sealed(keys), held(keys)

    for purpose in ("sgb", "evidence"):
        keys.destroy_days(purpose, DAY + timedelta(days=1))

    assert open_entry(entry, municipality=7, keys=keys) is None
    assert open_evidence(evidence, municipality=7, purpose="evidence", keys=keys) is None


def test_without_a_key_nothing_is_on_record_and_the_caller_may_come_back(tmp_path: Path) -> None:
    keys = KeyFiles(tmp_path / "keys", create=True)
    (tmp_path / "keys").rmdir()

    with pytest.raises(LogUnavailable):
        sealed(keys)
    with pytest.raises(LogUnavailable):
        held(keys)
