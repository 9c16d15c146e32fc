"""Where tiles are served: one path for each, no path for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.merkle.tiles import WIDTH, Tile, bundle, is_of, path_of, tile_of

TILES = st.builds(Tile, st.integers(0, 63), st.integers(0, 10**12), st.integers(1, WIDTH))


@given(TILES, st.booleans())
def test_a_path_leads_back_to_its_tile(tile: Tile, entries: bool) -> None:  # noqa: FBT001 -- drawn
    one = Tile(0, tile.index, tile.width) if entries else tile

    assert tile_of(path_of(one, entries=entries)) == (one, entries)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(1, 0), "1/000"),
        (Tile(2, 999), "2/999"),
        (Tile(0, 1_000, 7), "0/x001/000.p/7"),
    ],
)
def test_the_specifications_paths_are_ours(tile: Tile, path: str) -> None:
    assert path_of(tile) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "00/000",
        "64/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/x000/000",
        "0/001/000",
        "0/x001/0000",
        "0/x001",
        "-1/000",
        "leaves/000",
        "0/000/",
        "0/../000",
        "0/\u0660\u0660\u0660",
    ],
)
def test_what_is_no_tile_has_no_path(path: str) -> None:
    assert tile_of(path) is None


def test_a_tree_has_its_full_tiles_and_any_width_it_once_had() -> None:
    assert is_of(Tile(0, 0, 3), 3)
    assert not is_of(Tile(0, 0, 4), 3)
    assert not is_of(Tile(0, 0), 255)
    assert is_of(Tile(0, 0), 256)
    assert is_of(Tile(1, 0, 1), 256)
    assert not is_of(Tile(1, 0, 1), 255)


def test_entries_stand_after_their_length() -> None:
    assert bundle([b"ab", b""]) == b"\0\2ab\0\0"
