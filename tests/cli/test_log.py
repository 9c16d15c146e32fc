"""`onceonly log …`: shown, exported, verified without the hub, proven, recovered."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from builders import NOW
from cli.conftest import Say
from onceonly.embedded import Addresses
from onceonly.merkle.tree import leaf_hash
from onceonly.security.checkpoints import KeptHead, signer
from onceonly.security.keys import KeyFiles
from onceonly.usecases.opening import open_world
from onceonly.usecases.sequencing import take_in
from scenarios.documents import Document
from scenarios.stand import free_port

ISSUER = "http://127.0.0.1:8080"


def as_owner(addresses: Addresses, *statements: str) -> None:
    """What somebody with the database in their hands does."""

    async def run() -> None:
        owner = await asyncpg.connect(addresses.owner)
        for one in statements:
            await owner.execute(one)
        await owner.close()

    asyncio.run(run())


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    """The installation's keys."""
    return KeyFiles(tmp_path / "keys", create=True)


@pytest.fixture
def sequence(addresses: Addresses, keys: KeyFiles) -> Callable[[], int]:
    """What a worker does within a second."""

    async def taken() -> int:
        url = addresses.sequencer
        async with open_world(
            url, keys=keys, issuer=ISSUER, clock=lambda: NOW, sequencer=url
        ) as world:
            return await take_in(world)

    return lambda: asyncio.run(taken())


@pytest.fixture
def sequenced(
    say: Say, sequence: Callable[[], int], keys: KeyFiles, municipality_file: None, tmp_path: Path
) -> None:
    """A file is in force, the log was looked at, and both have their positions; `key` is there."""
    assert municipality_file is None
    assert say("apply", "kreis.yaml").status == 0
    assert say("log", "show").status == 0
    assert sequence() == 2
    (tmp_path / "key").write_text(signer(keys, "127.0.0.1:8080/log/1").verifier.line() + "\n")


@pytest.fixture
def exported(say: Say, sequenced: None, tmp_path: Path) -> Path:
    """An export of it."""
    assert sequenced is None
    assert say("log", "export", "export.jsonl").status == 0
    return tmp_path / "export.jsonl"


def test_an_export_is_verified_with_nothing_but_itself_and_the_key(
    bare: Say, exported: Path
) -> None:
    said = bare("log", "verify", str(exported), "--key", "key")

    assert (said.status, said.err) == (0, "")
    assert "2 entries of 127.0.0.1:8080/log/1 are as they were signed; 2 of them" in said.out
    assert exported.stat().st_mode & 0o777 == 0o600


def test_an_export_on_standard_output_is_the_same(say: Say, exported: Path) -> None:
    said = say("log", "export")

    assert said.out == exported.read_text()
    head, first, second, tile = [json.loads(line) for line in said.out.splitlines()]
    assert head.keys() == {"origin", "checkpoint", "municipality"}
    assert (head["origin"], head["municipality"]) == ("127.0.0.1:8080/log/1", None)
    assert first.keys() == {"position", "entry", "commitment", "salt", "payload"}
    assert (first["position"], second["position"]) == (0, 1)
    assert (tile.keys(), tile["tile"]) == ({"tile", "hashes", "root"}, 0)


def test_one_flipped_byte_is_named_by_its_position_last(bare: Say, exported: Path) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"commitment":"', b'"commitment":"0', 1)[:-4] + lines[2][-3:]
    exported.write_bytes(b"".join(lines))

    said = bare("log", "verify", str(exported), "--key", "key")

    assert said.status == 1
    assert said.out.splitlines()[-1].startswith("position 1: ")


def test_what_was_seen_before_must_be_the_beginning(
    say: Say, exported: Path, keys: KeyFiles, sequence: Callable[[], int]
) -> None:
    tmp_path = exported.parent
    kept = KeptHead(keys).read()
    assert kept is not None
    (tmp_path / "before").write_text(kept.note)
    assert sequence() == 1  # the export's own reading
    assert say("log", "export", "later.jsonl").status == 0
    later = KeptHead(keys).read()
    assert later is not None
    (tmp_path / "after").write_text(later.note)

    good = say("log", "verify", "later.jsonl", "--key", "key", "--since", "before")
    cut = say("log", "verify", str(exported), "--key", "key", "--since", "after")

    assert good.status == 0, good.out
    assert (cut.status, cut.out.splitlines()[-1][:12]) == (1, "position 2: ")


def test_what_cannot_be_read_is_wrong_use(bare: Say, exported: Path) -> None:
    assert exported.is_file()
    for words in (
        ("missing.jsonl", "--key", "key"),
        ("export.jsonl", "--key", "missing"),
        ("export.jsonl", "--key", "export.jsonl"),
        ("key", "--key", "key"),
        ("export.jsonl", "--key", "key", "--since", "key"),
        ("export.jsonl", "--key", "key", "--leaf", "nothing"),
        ("export.jsonl",),
    ):
        assert bare("log", "verify", *words).status == 2, words


@pytest.mark.usefixtures("sequenced")
def test_what_is_shown_has_its_position_and_the_look_is_an_entry(say: Say) -> None:
    said = say("log", "show", "--json")

    shown = [json.loads(line) for line in said.out.splitlines()]
    assert [one["event"] for one in shown] == ["configuration:changed", "log:read", "log:read"]
    assert sorted(str(one["position"]) for one in shown) == ["0", "1", "None"]


def test_a_municipality_is_exported_alone(
    say: Say,
    exported: Path,
    document: Document,
    write: Callable[[Document], str],
    sequence: Callable[[], int],
) -> None:
    document["municipality"] = {"code": "anderswo", "name": "Anderswo", "ars": "099990000001"}
    document["clients"] = []
    write(document)
    assert say("apply", "kreis.yaml").status == 0
    assert sequence() == 2

    assert say("log", "export", "--municipality", "anderswo", "export.jsonl").status == 0
    said = say("log", "verify", str(exported), "--key", "key")
    unknown = say("log", "export", "--municipality", "nirgends")

    assert "4 entries of 127.0.0.1:8080/log/1 are as they were signed; 1 of them" in said.out
    assert json.loads(exported.read_text().splitlines()[0])["municipality"] == "anderswo"
    assert unknown.status == 1


def test_a_proof_is_verified_by_the_leaf_alone(
    say: Say, bare: Say, exported: Path, tmp_path: Path
) -> None:
    first = json.loads(exported.read_text().splitlines()[1])
    leaf = leaf_hash(bytes.fromhex(first["commitment"])).hex()

    proof = say("log", "prove", first["entry"])
    (tmp_path / "proof").write_text(proof.out)
    good = bare("log", "verify", "proof", "--key", "key", "--leaf", leaf)
    other = bare("log", "verify", "proof", "--key", "key", "--leaf", leaf[::-1])
    unknown = say("log", "prove", "01990000-0000-7000-8000-000000000001")

    assert (good.status, other.status, unknown.status) == (0, 1, 1)
    assert "position 0 of 127.0.0.1:8080/log/1, of 2" in good.out


@pytest.mark.usefixtures("exported")
def test_a_changed_row_is_named_and_the_export_fails(say: Say, addresses: Addresses) -> None:
    as_owner(
        addresses,
        "set onceonly.municipality = '1'",
        "update log_entry set sealed = set_byte(sealed, 100, get_byte(sealed, 100) # 1)"
        " where event = 'configuration:changed'",
    )

    exported = say("log", "export")
    shown = say("log", "show")

    assert (exported.status, shown.status) == (1, 1)
    assert "position " in exported.err
    assert "changed since they were written" in shown.err


@pytest.mark.usefixtures("sequenced")
@pytest.mark.parametrize("name", ["names.key", "log.key"])
@pytest.mark.parametrize("word", ["serve", "work", "migrate"])
def test_a_key_that_the_database_was_used_with_is_not_made_anew(
    say: Say, keys: KeyFiles, word: str, name: str
) -> None:
    (keys.directory / name).unlink(missing_ok=True)

    said = say(word)

    assert said.status == 1
    assert f"{name} is not there, and the database was used with it; restore it" in said.err
    assert not (keys.directory / name).exists()


@pytest.mark.usefixtures("sequenced")
def test_a_log_behind_what_was_published_is_not_gone_on_with(
    say: Say, addresses: Addresses
) -> None:
    nothing = say("log", "recover")
    as_owner(addresses, "delete from log_checkpoint", "delete from log_leaf")

    refused = [say("serve", "--port", str(free_port())), say("work")]
    recovered = say("log", "recover")

    assert (nothing.status, "nothing to recover" in nothing.out) == (0, True)
    assert [one.status for one in refused] == [1, 1]
    assert all("run `onceonly log recover`" in one.err for one in refused)
    assert (recovered.status, "generation 2 has begun" in recovered.out) == (0, True)
