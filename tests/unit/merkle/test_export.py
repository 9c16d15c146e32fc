"""An export read back: whole, or the first entry that is wrong is named."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from conftest import Repeated
from onceonly.merkle.export import NotAnExport, Tampered, Verified, tile_line, verify
from onceonly.merkle.note import Checkpoint, Signer
from onceonly.merkle.tiles import WIDTH, split_hashes
from onceonly.merkle.tree import EMPTY_ROOT, leaf_hash, root_of
from unit.merkle.exports import LOG, an_export, place_of

SIZE = WIDTH * 2 + 40
WHOLE = an_export(SIZE)
TIMES = 12
"""Seven kinds, and an export is long."""

Lines = list[bytes]


def found(lines: Lines, **given: Any) -> int | None:
    """The position that is named."""
    with pytest.raises(Tampered) as raised:
        verify(lines, LOG.verifier, **given)
    return raised.value.position


def changed(position: int, /, **members: Any) -> Lines:
    """The export with other members at a position; None takes one away."""
    lines = list(WHOLE)
    one = json.loads(lines[place_of(position)]) | members
    kept = {name: value for name, value in one.items() if value is not None}
    lines[place_of(position)] = json.dumps(kept, separators=(",", ":")).encode() + b"\n"
    return lines


def readable(draw: Random) -> int:
    """A position whose payload came along."""
    return draw.choice([n for n in range(SIZE) if n % 7 != 6])


def bent(text: str, draw: Random) -> str:
    """A text with one bit of one letter turned."""
    place = draw.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ 1 << draw.randrange(7)) + text[place + 1 :]


def member_bent(name: str) -> Callable[[Random], tuple[Lines, int]]:
    def tamper(draw: Random) -> tuple[Lines, int]:
        position = draw.randrange(SIZE) if name == "commitment" else readable(draw)
        value = json.loads(WHOLE[place_of(position)])[name]
        return changed(position, **{name: bent(value, draw)}), position

    return tamper


def removed(draw: Random) -> tuple[Lines, int]:
    position = draw.randrange(SIZE)
    lines = list(WHOLE)
    del lines[place_of(position)]
    return lines, position


def repeated(draw: Random) -> tuple[Lines, int]:
    position = draw.randrange(SIZE)
    lines = list(WHOLE)
    lines.insert(place_of(position), lines[place_of(position)])
    return lines, position + 1


def swapped(draw: Random) -> tuple[Lines, int]:
    one, other = sorted(draw.sample(range(SIZE), 2))
    lines = list(WHOLE)
    left, right = place_of(one), place_of(other)
    lines[left], lines[right] = lines[right], lines[left]
    return lines, one


def truncated(draw: Random) -> tuple[Lines, int]:
    position = draw.randrange(SIZE)
    return WHOLE[: place_of(position)], position


KINDS = {
    "commitment": member_bent("commitment"),
    "payload": member_bent("payload"),
    "salt": member_bent("salt"),
    "removed": removed,
    "repeated": repeated,
    "swapped": swapped,
    "truncated": truncated,
}


def test_a_whole_export_is_verified_to_its_last_line() -> None:
    told: list[tuple[int, int]] = []

    verified = verify(WHOLE, LOG.verifier, progress=lambda *done: told.append(done))

    head = Checkpoint.parse(json.loads(WHOLE[0])["checkpoint"].partition("\n\n")[0] + "\n")
    assert verified == Verified(head, None, SIZE - SIZE // 7)
    assert told == [(WIDTH, SIZE), (WIDTH * 2, SIZE), (SIZE, SIZE)]


@pytest.mark.parametrize("size", [0, 1, 2, WIDTH - 1, WIDTH, WIDTH + 1, WIDTH * 2])
def test_logs_of_every_size_are_verified(size: int) -> None:
    assert verify(an_export(size), LOG.verifier).head.size == size


def test_an_export_written_anew_by_another_hand_is_the_same_export() -> None:
    other = [json.dumps(json.loads(one), indent=None, sort_keys=True).encode() for one in WHOLE]

    assert verify(other, LOG.verifier) == verify(WHOLE, LOG.verifier)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_done_to_an_entry_is_found_at_its_position(
    kind: str, repeated: Repeated
) -> None:
    draw = Random()  # noqa: S311 -- no secret
    for _ in range(repeated(f"exported logs changed: {kind}", TIMES)):
        lines, position = KINDS[kind](draw)

        assert found(lines) == position


def test_what_was_rewritten_with_its_tile_only_the_root_tells() -> None:
    position = 6  # its payload is destroyed: nothing else could tell
    lines = changed(position, commitment=bytes(32).hex())
    tile = json.loads(lines[WIDTH + 1])
    leaves = split_hashes(b64decode(tile["hashes"]))
    leaves[position] = leaf_hash(bytes(32))
    lines[WIDTH + 1] = tile_line(0, leaves).encode()

    assert found(lines) is None


def test_an_entry_that_goes_by_anothers_id_is_found() -> None:
    other = json.loads(WHOLE[place_of(9)])["entry"]

    assert found(changed(8, entry=other)) == 8


@pytest.mark.parametrize(
    "members",
    [
        {"salt": None},
        {"payload": None},
        {"salt": "00"},
        {"payload": 1},
        {"payload": ""},
        {"position": 4.0},
        {"position": True},
        {"position": "4"},
        {"extra": 1},
        {"entry": "somebody"},
        {"commitment": None},
        {"commitment": 7},
    ],
)
def test_a_line_of_another_form_is_found(members: dict[str, Any]) -> None:
    assert found(changed(4, **members)) == 4


@pytest.mark.parametrize("line", [b"", b"\n", b"[]\n", b"\xff\n", b"{\n", b"[" * 100_000])
def test_a_line_that_cannot_be_read_is_found(line: bytes) -> None:
    lines = list(WHOLE)
    lines[place_of(300)] = line

    assert found(lines) == 300


def test_capitals_and_hidden_bits_are_changes_too() -> None:
    one = json.loads(WHOLE[place_of(2)])
    padded = next(n for n in range(SIZE) if n % 7 != 6 and b'=="}' in WHOLE[place_of(n)])
    payload = json.loads(WHOLE[place_of(padded)])["payload"]
    hidden = payload[:-3] + chr(ord(payload[-3]) + 1) + "=="

    assert found(changed(2, commitment=one["commitment"].upper())) == 2
    assert found(changed(2, salt=one["salt"].upper())) == 2
    assert b64decode(hidden) == b64decode(payload)
    assert found(changed(padded, payload=hidden)) == padded


def test_a_member_that_is_there_twice_is_found() -> None:
    lines = list(WHOLE)
    lines[place_of(5)] = lines[place_of(5)].replace(b"{", b'{"salt":"",', 1)

    assert found(lines) == 5


def test_tile_lines_are_read_as_strictly() -> None:
    place = WIDTH + 1
    whole = json.loads(WHOLE[place])
    for members in (
        {"tile": 1},
        {"root": EMPTY_ROOT.hex()},
        {"hashes": whole["hashes"][:-8]},
        {"hashes": ""},
        {"hashes": b64encode(bytes(31)).decode()},
        {"hashes": b64encode(bytes(32 * 257)).decode()},
    ):
        lines = list(WHOLE)
        lines[place] = json.dumps(whole | members).encode()
        assert found(lines) == WIDTH, members
    assert found(WHOLE[:place] + WHOLE[place + 1 :]) == WIDTH
    assert found(WHOLE[:-1]) == SIZE


def test_more_than_was_signed_is_found() -> None:
    assert found([*WHOLE, WHOLE[-1]]) == SIZE
    assert found([*an_export(0), b"\n"]) == 0


def test_the_earliest_of_several_changes_is_named() -> None:
    lines = changed(10, commitment=bytes(32).hex())
    lines[place_of(6)] = changed(6, commitment=bytes(32).hex())[place_of(6)]

    assert found(lines) == 6


def test_a_head_that_the_key_did_not_sign_names_no_entry() -> None:
    lines = list(WHOLE)
    head = json.loads(lines[0])
    for members in (
        {"origin": "other.example/log/1"},
        {"checkpoint": head["checkpoint"].replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")},
        {"checkpoint": ""},
    ):
        lines[0] = json.dumps(head | members).encode()
        assert found(lines) is None
    other = Signer.of(LOG.name, bytes(32))
    with pytest.raises(Tampered):
        verify(WHOLE, other.verifier)


@pytest.mark.parametrize("first", [b"", b"\n", b"{}", b'{"origin": "x"}', WHOLE[1], b"\xff"])
def test_what_is_no_export_is_said_to_be_none(first: bytes) -> None:
    with pytest.raises(NotAnExport):
        verify([first, *WHOLE[1:]], LOG.verifier)
    with pytest.raises(NotAnExport):
        verify([], LOG.verifier)


@pytest.mark.parametrize("size", [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, SIZE])
def test_an_earlier_head_is_seen_to_be_the_logs_beginning(size: int) -> None:
    whole = [json.loads(one) for one in WHOLE]
    leaves = [leaf_hash(bytes.fromhex(one["commitment"])) for one in whole if "entry" in one]
    before = Checkpoint(LOG.name, size, root_of(leaves[:size]))

    assert verify(WHOLE, LOG.verifier, since=before).head.size == SIZE
    if size:
        other = Checkpoint(LOG.name, size, EMPTY_ROOT)
        assert found(WHOLE, since=other) is None


def test_a_log_shorter_than_what_was_published_lacks_the_next_position() -> None:
    before = Checkpoint(LOG.name, SIZE + 3, EMPTY_ROOT)

    assert found(WHOLE, since=before) == SIZE
