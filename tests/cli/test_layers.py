"""`onceonly rules sign`, and `apply` with files of rules: two signatures, or nothing of it counts."""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from builders import NOW
from cli.conftest import Said, Say
from onceonly.security.keys import KeyFiles
from onceonly.telemetry import set_up_logs
from onceonly.usecases.opening import open_world
from scenarios.documents import Document

Write = Callable[[Document | str], str]
NARROWING = """\
rules:
  - {rule: R01, drop_modes: [may], reason: "Das Wohngeldamt fragt hier nur, wer es waehlt."}
"""


@pytest.fixture
def approvers(tmp_path: Path) -> Mapping[str, str]:
    """Two approvers with a key file each; their public keys by name."""
    keys = {}
    for name in ("dpo", "leitung"):
        key = Ed25519PrivateKey.generate()
        (tmp_path / f"{name}.pem").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        keys[name] = f"ed25519:{base64.b64encode(raw).decode()}"
    return keys


@pytest.fixture
def file(write: Write, document: Document, approvers: Mapping[str, str], tmp_path: Path) -> str:
    """A municipality file that names a narrowing, and the narrowing, signed by nobody."""
    (tmp_path / "enger.yaml").write_text(NARROWING)
    named = [{"name": name, "key": key} for name, key in approvers.items()]
    return write(document | {"approvers": named, "layers": {"narrowing": "enger.yaml"}})


def sign(say: Say, name: str, *, key: str | None = None) -> Said:
    return say("rules", "sign", "enger.yaml", "--name", name, "--key", key or f"{name}.pem")


def test_a_narrowing_counts_when_two_have_signed_it(
    say: Say, file: str, approvers: Mapping[str, str]
) -> None:
    unsigned = say("apply", file)
    first = sign(say, "dpo")
    twice = (sign(say, "dpo"), say("apply", file))[1]
    sign(say, "leitung")
    both = say("apply", file)
    events = [json.loads(line) for line in say("log", "show", "--json").out.splitlines()]

    assert unsigned.status == 1
    assert "layers.narrowing: enger.yaml is signed by 0" in unsigned.err
    assert unsigned.err.startswith("kreis.yaml:")
    assert first.out == f"enger.yaml.signatures: signed by dpo, {approvers['dpo']}\n"
    assert (twice.status, "is signed by 1" in twice.err) == (1, True)
    assert both.status == 0, both.err
    assert "+ layers[narrowing]" in both.out
    (changed,) = [one["payload"] for one in events if one["event"] == "rules:changed"]
    (layer,) = changed["layers"]
    assert (layer["kind"], layer["signed_by"]) == ("narrowing", ["dpo", "leitung"])


def test_a_name_alone_proves_nothing(say: Say, file: str) -> None:
    sign(say, "dpo")
    sign(say, "leitung", key="dpo.pem")
    sign(say, "fremd", key="leitung.pem")

    said = say("apply", file)

    assert (said.status, "is signed by 1" in said.err) == (1, True)


def test_a_change_undoes_the_signatures_and_a_comment_does_not(
    say: Say, file: str, tmp_path: Path
) -> None:
    for name in ("dpo", "leitung"):
        sign(say, name)
    layer = tmp_path / "enger.yaml"
    layer.write_text("# Erläuterung für die Akte\n" + NARROWING.replace("[may]", "[ may ]"))
    assert say("apply", file).status == 0

    layer.write_text(NARROWING.replace("R01", "R22"))
    said = say("apply", file)

    assert (said.status, "is signed by 0" in said.err) == (1, True)
    assert say("apply", "--dry-run", file).status == 1


def test_without_the_layer_in_the_file_it_is_switched_off(
    say: Say, file: str, write: Write, document: Document
) -> None:
    for name in ("dpo", "leitung"):
        sign(say, name)
    say("apply", file)

    said = say("apply", write(document))

    assert "- layers[narrowing]" in said.out


def test_the_law_is_shown_as_a_municipality_has_it(
    say: Say, file: str, settings: Mapping[str, str]
) -> None:
    case = (
        *("rules", "simulate", "--asking", "wohngeld", "--procedure", "wohngeld.mietzuschuss"),
        *("--evidence", "ben.sgb2", "--profile", "WOG", "--agreement", "--norm", "sgbx-67a-2-3-1"),
    )
    here = ("--municipality", "musterkreis")
    for name in ("dpo", "leitung"):
        sign(say, name)
    before = say("rules", "show", "R01", *here)
    say("apply", file)
    table, row, tried = (
        say("rules", "table", *here, "--consumer", "wohngeld.mietzuschuss"),
        say("rules", "show", "R01", *here),
        say(*case, *here),
    )
    shipped = say("rules", "table", "--consumer", "wohngeld.mietzuschuss"), say(*case)

    assert before.status == 2
    assert "musterkreis: no municipality is in force under that code" in before.err
    assert "R01   | choice/choice may/agreement" in shipped[0].out
    assert "R01   | choice/choice |" in table.out
    assert "way 2" not in row.out
    assert "permit: -, row R01, may/agreement" in shipped[1].out
    assert "permit" not in tried.out
    assert [one.err for one in (table, row, tried)] == ["", "", ""]

    asyncio.run(_rewritten(settings["OWNER_URL"], "R01", "R999"))
    unfit = say("rules", "table", *here)
    assert unfit.status == 0
    assert unfit.err.startswith("musterkreis: narrowing: rules[0].rule: `R999`")
    assert "nothing moves there" in unfit.err
    assert "permit" not in say(*case, *here).out


def test_doctor_names_what_of_a_layer_is_not_of_this_law(
    say: Say, file: str, settings: Mapping[str, str]
) -> None:
    for name in ("dpo", "leitung"):
        sign(say, name)
    say("apply", file)
    before = say("doctor", file).out

    # As an earlier version's law had it, which knew a row R999.
    asyncio.run(_rewritten(settings["OWNER_URL"], "R01", "R999"))
    after = say("doctor")
    say("apply", file)

    assert "layer-unfit" not in before
    assert "file-faults" not in before
    assert after.status == 1
    assert "fault layer-unfit: musterkreis: narrowing: rules[0].rule: `R999`" in after.out
    assert "layer-unfit" not in say("doctor", file).out


def test_a_process_that_starts_says_that_a_layer_is_not_of_its_law(
    say: Say, file: str, settings: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("dpo", "leitung"):
        sign(say, name)
    say("apply", file)
    set_up_logs()
    asyncio.run(_started(settings))
    before = capsys.readouterr().err

    asyncio.run(_rewritten(settings["OWNER_URL"], "R01", "R999"))
    asyncio.run(_started(settings))

    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert before == ""
    assert (said["level"], said["event"]) == ("error", "layers fit no more")
    assert (said["municipality"], said["count"]) == (1, 1)


async def _started(settings: Mapping[str, str]) -> None:
    keys = KeyFiles(Path(settings["KEYS_DIR"]), create=False)
    url, issuer = settings["DATABASE_URL"], "https://hub.example"
    async with open_world(url, keys=keys, issuer=issuer, clock=lambda: NOW):
        pass


async def _rewritten(owner: str, old: str, new: str) -> None:
    """Every document of a configuration, with one word for another."""
    connection = await asyncpg.connect(owner)
    await connection.execute("set onceonly.municipality = '1'")
    await connection.execute(
        "update configuration set document = replace(document::text, $1, $2)::jsonb",
        f'"{old}"',
        f'"{new}"',
    )
    await connection.close()


@pytest.mark.parametrize("text", ["", "rules: {", "- R01\n"])
def test_what_is_no_file_of_rules_is_not_signed(
    say: Say, file: str, tmp_path: Path, text: str
) -> None:
    (tmp_path / "enger.yaml").write_text(text)

    said = sign(say, "dpo")

    assert said.status == 1
    assert not (tmp_path / "enger.yaml.signatures").exists()
    assert say("apply", file).status == 1


def test_another_kind_of_key_is_refused(say: Say, file: str, tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "other.pem").write_bytes(other)

    refused = [sign(say, "dpo", key=key) for key in ("other.pem", "fehlt.pem", file)]

    assert [one.status for one in refused] == [2, 2, 2]
    assert all("no private Ed25519 key" in one.err for one in refused)
    assert say("rules", "sign", "fehlt.yaml", "--name", "dpo", "--key", "dpo.pem").status == 2
    assert sign(say, "d p o", key="dpo.pem").status == 2
