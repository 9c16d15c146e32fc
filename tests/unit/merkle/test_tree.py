"""Trees and proofs against published vectors, and against the RFC's own words run slowly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.merkle.proof import (
    consistency_spans,
    continues,
    includes,
    inclusion_spans,
)
from onceonly.merkle.tiles import WIDTH, Frontier, Tile, edge, hash_of, needed
from onceonly.merkle.tree import EMPTY_ROOT, leaf_hash, root_of
from unit.merkle import naive

# The reference tree of RFC 6962's own implementations: eight leaves, the root of each beginning.
LEAVES = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(one)
    for one in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
PATHS = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
LARGE = WIDTH + 77


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(n.to_bytes(4, "big")) for n in range(count)]


def stored(count: int) -> dict[tuple[int, int], list[bytes]]:
    """Every tile of a tree, full and partial, by level and index."""
    found: dict[tuple[int, int], list[bytes]] = {}
    level, hashes = 0, leaves(count)
    while hashes:
        for begin in range(0, len(hashes), WIDTH):
            found[level, begin // WIDTH] = hashes[begin : begin + WIDTH]
        full = len(hashes) // WIDTH
        hashes = [root_of(found[level, index]) for index in range(full)]
        level += 1
    return found


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_published_roots_are_ours(size: int) -> None:
    assert root_of([leaf_hash(one) for one in LEAVES[:size]]) == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_published_paths_are_ours_and_lead_to_the_root(index: int, size: int) -> None:
    hashes = {(0, 0): [leaf_hash(one) for one in LEAVES]}

    path = [hash_of(one, hashes) for one in inclusion_spans(index, size)]

    assert tuple(one.hex() for one in path) == PATHS[index, size]
    leaf = leaf_hash(LEAVES[index])
    assert includes(leaf, index=index, size=size, path=path, root=ROOTS[size])


@given(st.integers(1, LARGE), st.data())
def test_a_path_is_the_rfcs_and_nothing_else_leads_to_the_root(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    entries = [n.to_bytes(4, "big") for n in range(size)]
    root = naive.mth(entries)

    spans = inclusion_spans(index, size)
    tiles = stored(size)
    path = [hash_of(one, tiles) for one in spans]

    assert path == naive.path(index, entries)
    leaf = leaf_hash(entries[index])
    assert includes(leaf, index=index, size=size, path=path, root=root)
    assert {(one.level, one.index) for one in needed(spans, size)} <= tiles.keys()
    assert all(len(tiles[one.level, one.index]) == one.width for one in needed(spans, size))
    other = data.draw(st.integers(0, size).filter(lambda one: one != index))
    assert not includes(leaf, index=other, size=size, path=path, root=root)
    assert not includes(leaf, index=index, size=size, path=[*path, root], root=root)
    assert not includes(leaf_hash(b"other"), index=index, size=size, path=path, root=root)
    if path:
        assert not includes(leaf, index=index, size=size, path=path[:-1], root=root)
        place = data.draw(st.integers(0, len(path) - 1))
        bent = [*path[:place], EMPTY_ROOT, *path[place + 1 :]]
        assert not includes(leaf, index=index, size=size, path=bent, root=root)


@given(st.integers(1, LARGE), st.data())
def test_a_consistency_proof_is_the_rfcs_and_tells_another_beginning(
    new: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, new))
    entries = [n.to_bytes(4, "big") for n in range(new)]
    old_root, new_root = naive.mth(entries[:old]), naive.mth(entries)
    tiles = stored(new)

    path = [hash_of(one, tiles) for one in consistency_spans(old, new)]

    assert path == naive.proof(old, entries)
    assert continues(old=old, new=new, old_root=old_root, new_root=new_root, path=path)
    assert not continues(old=old, new=new, old_root=EMPTY_ROOT, new_root=new_root, path=path)
    assert not continues(old=old, new=new, old_root=old_root, new_root=EMPTY_ROOT, path=path)
    assert not continues(old=old, new=new, old_root=old_root, new_root=new_root, path=[*path, b""])
    if path:
        short = path[:-1]
        assert not continues(old=old, new=new, old_root=old_root, new_root=new_root, path=short)
    assert not continues(old=new + 1, new=new, old_root=old_root, new_root=new_root, path=path)


def test_an_empty_tree_begins_every_other_and_says_so_without_a_path() -> None:
    root = root_of(leaves(3))

    assert continues(old=0, new=3, old_root=EMPTY_ROOT, new_root=root, path=[])
    assert not continues(old=0, new=3, old_root=root, new_root=root, path=[])
    assert not continues(old=0, new=3, old_root=EMPTY_ROOT, new_root=root, path=[root])
    assert not continues(old=1, new=3, old_root=EMPTY_ROOT, new_root=root, path=[])


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_spans(index, size)
        assert not includes(EMPTY_ROOT, index=index, size=size, path=[], root=EMPTY_ROOT)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="no such trees"):
            consistency_spans(old, new)


@given(st.lists(st.integers(0, 2 * WIDTH + 3), max_size=3))
def test_a_tree_grown_in_pieces_is_the_tree_and_its_tiles_are_the_stored_ones(
    pieces: list[int],
) -> None:
    every = leaves(sum(pieces))
    tiles = stored(len(every))
    frontier, begin = Frontier(0, []), 0
    full = []

    for piece in pieces:
        full += frontier.add(every[begin : begin + piece])
        begin += piece
        assert frontier.root() == root_of(every[:begin])

    assert {(one.level, one.index): one.hashes for one in full} == {
        place: b"".join(hashes) for place, hashes in tiles.items() if len(hashes) == WIDTH
    }
    assert all(one.root == root_of(tiles[one.level, one.index]) for one in full)
    partial = {one: tiles[one.level, one.index] for one in edge(len(every))}
    again = Frontier.of_tiles(len(every), partial)
    assert again.root() == frontier.root()
    more = leaves(WIDTH)
    assert (again.add(more), again.root()) == (frontier.add(more), frontier.root())


def test_a_whole_tile_may_be_added_by_its_root_where_a_tile_begins() -> None:
    every = leaves(WIDTH * 2)
    frontier = Frontier(0, [])

    frontier.add(every[:WIDTH])
    frontier.add_tile(root_of(every[WIDTH:]))

    assert frontier.root() == root_of(every)
    frontier.add(every[:1])
    with pytest.raises(ValueError, match="whole tile"):
        frontier.add_tile(EMPTY_ROOT)


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    assert edge(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert edge(256) == [Tile(1, 0, 1)]
    assert edge(0) == []
