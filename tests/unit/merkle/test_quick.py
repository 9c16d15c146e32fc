"""Positions judged quickly: what is as written is known, and nothing else passes for it."""

from random import Random

import pytest

from onceonly.merkle.export import verify
from onceonly.merkle.quick import leaves_of
from onceonly.merkle.tiles import WIDTH
from onceonly.merkle.tree import leaf_hash
from unit.merkle.exports import LOG, an_export, place_of

SIZE = 2 * WIDTH
FIRST = WIDTH
OPEN = an_export(SIZE, closed_every=SIZE + 1)
MIXED = an_export(SIZE)


def tile(lines: list[bytes]) -> list[bytes]:
    """The positions of the second tile, whose numbers are equally long."""
    return lines[place_of(FIRST) : place_of(FIRST) + WIDTH]


@pytest.mark.parametrize(("export", "clear"), [(OPEN, WIDTH), (MIXED, 219)])
def test_what_is_as_written_is_known_at_once(export: list[bytes], clear: int) -> None:
    lines = tile(export)

    found = leaves_of(lines, FIRST)

    committed = [bytes.fromhex(one.decode().split('"')[9]) for one in lines]
    assert found == ([leaf_hash(one) for one in committed], clear)


def test_numbers_that_grow_longer_are_read_with_care_and_are_whole() -> None:
    assert leaves_of(OPEN[1 : 1 + WIDTH], 0) is None
    assert verify(OPEN, LOG.verifier).readable == SIZE


@pytest.mark.parametrize("export", [OPEN, MIXED])
def test_no_bit_of_a_line_can_be_turned(export: list[bytes]) -> None:
    draw = Random(7)  # noqa: S311 -- no secret
    whole = leaves_of(tile(export), FIRST)
    assert whole is not None

    for _ in range(300):
        lines = tile(export)
        at = draw.randrange(WIDTH)
        line = bytearray(lines[at])
        line[draw.randrange(len(line))] ^= 1 << draw.randrange(8)
        lines[at] = bytes(line)
        found = leaves_of(lines, FIRST)
        # The id of a closed position is nobody's word but the line's own.
        bare = len(lines[at]) == len(b'{"position":256,"entry":"') + 119
        assert found is None or found[0] != whole[0] or bare, lines[at]


@pytest.mark.parametrize(
    ("written", "forged"),
    [
        (b'","salt":"', b'","sale":"'),
        (b'"}\n', b'"]\n'),
        (b'"}\n', b'"} \n'),
        (b'"}\n', b'","payload":""}\n'),
        (b'{"position":300,', b'{"position":0300,'),
        (b'{"position":300,', b'{"position":301,'),
    ],
)
def test_another_form_is_not_known(written: bytes, forged: bytes) -> None:
    lines = tile(OPEN)
    lines[44] = lines[44].replace(written, forged)

    assert leaves_of(lines, FIRST) is None


def test_capitals_and_hidden_bits_are_not_known() -> None:
    for ending in (b'=="}\n', b'="}\n'):
        at = next(
            n
            for n, line in enumerate(tile(OPEN))
            if line.endswith(ending) and not line.endswith(b"=" + ending)
        )
        lines = tile(OPEN)
        line = bytearray(lines[at])
        line[-len(ending) - 1] += 1
        lines[at] = bytes(line)
        assert leaves_of(lines, FIRST) is None
    for name in (b"commitment", b"salt"):
        lines = tile(OPEN)
        begin = lines[9].index(b'"%s":"' % name) + len(name) + 4
        lines[9] = lines[9][:begin] + lines[9][begin : begin + 64].upper() + lines[9][begin + 64 :]
        assert leaves_of(lines, FIRST) is None


def test_a_payload_of_another_entry_or_of_two_is_not_known() -> None:
    lines = tile(OPEN)
    entry = lines[3].split(b'"')[5]
    lines[3] = lines[3].replace(entry, entry[::-1], 1)

    assert leaves_of(lines, FIRST) is None
