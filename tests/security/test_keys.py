"""Key files: made once whoever comes first, readable by one user, gone when destroyed."""

import os
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from onceonly.security.keys import KeyFiles, KeyTrouble

DAY = date(2026, 11, 25)
RACER = """
import sys
from datetime import date
from pathlib import Path
from onceonly.security.keys import KeyFiles

keys = KeyFiles(Path(sys.argv[1]), create=True)
print("ready", flush=True)
sys.stdin.readline()
for n in range(20):
    print(keys.secret(f"s{n}").hex(), keys.day_key("evidence", date(2026, 11, 1 + n)).hex())
print(keys.signing_key().kid)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def files(directory: Path) -> list[Path]:
    return [one for one in directory.rglob("*") if one.is_file()]


def test_a_secret_is_the_same_for_every_process(directory: Path) -> None:
    one = KeyFiles(directory, create=True)
    other = KeyFiles(directory, create=False)

    assert one.secret("names") == other.secret("names")
    assert len(one.secret("names")) == 32
    assert one.secret("names") != one.secret("log")


def test_every_file_and_folder_is_its_owners_alone(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    keys.make()
    keys.day_key("evidence", DAY)

    modes = {one: stat.S_IMODE(one.stat().st_mode) for one in [directory, *directory.rglob("*")]}
    assert {mode for one, mode in modes.items() if one.is_dir()} == {0o700}
    assert {mode for one, mode in modes.items() if one.is_file()} == {0o600}
    assert len(files(directory)) == 4
    assert keys.faults() == []


def test_processes_that_race_for_a_key_all_read_the_winners(directory: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for one in racers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in racers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()

    told = {one.communicate()[0] for one in racers}

    assert len(told) == 1
    assert len(set(told.pop().split())) == 41
    assert not [one for one in files(directory) if one.name.startswith(".")]


def test_a_file_that_is_there_is_never_written_over(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    (directory / "names.key").write_bytes(b"x" * 32)
    (directory / "names.key").chmod(0o600)

    assert keys.secret("names") == b"x" * 32


def test_production_does_not_make_the_directory(directory: Path) -> None:
    with pytest.raises(KeyTrouble, match="0700"):
        KeyFiles(directory, create=False)

    assert not directory.exists()


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
def test_a_directory_open_to_others_is_refused(directory: Path, mode: int) -> None:
    directory.mkdir()
    directory.chmod(mode)

    with pytest.raises(KeyTrouble, match="chmod 0700"):
        KeyFiles(directory, create=True)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["names.key", "token.pem"])
def test_a_file_open_to_others_is_refused_and_told_with_its_remedy(
    directory: Path, name: str, mode: int
) -> None:
    KeyFiles(directory, create=True).make()
    (directory / name).chmod(mode)
    keys = KeyFiles(directory, create=True)

    with pytest.raises(KeyTrouble, match=f"chmod 0600 .*{name}"):
        keys.make()
    (fault,) = keys.faults()
    assert f"chmod 0600 {directory / name}" in fault


def test_a_days_key_open_to_others_is_refused(directory: Path) -> None:
    KeyFiles(directory, create=True).day_key("evidence", DAY)
    (directory / f"days/evidence/{DAY}.key").chmod(0o644)
    keys = KeyFiles(directory, create=True)

    with pytest.raises(KeyTrouble, match="chmod 0600"):
        keys.day_key("evidence", DAY)
    with pytest.raises(KeyTrouble, match="chmod 0600"):
        keys.read_day_key("evidence", DAY)


def test_a_folder_of_days_open_to_others_is_told(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    keys.day_key("evidence", DAY)
    (directory / "days/evidence").chmod(0o755)

    (fault,) = keys.faults()

    assert f"chmod 0700 {directory / 'days/evidence'}" in fault


def test_a_vanished_directory_is_a_fault_and_no_crash(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    directory.rmdir()

    assert len(keys.faults()) == 1
    with pytest.raises(KeyTrouble, match="cannot be made"):
        keys.secret("names")


def test_what_belongs_to_another_user_is_told(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyFiles(directory, create=True)
    keys.make()
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)

    told = [fault.partition(" ")[0] for fault in keys.faults() if "another user" in fault]

    assert told == [str(one) for one in (directory, *sorted(files(directory)))]


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_damaged_secret_is_refused(directory: Path, content: bytes) -> None:
    keys = KeyFiles(directory, create=True)
    (directory / "names.key").write_bytes(content)
    (directory / "names.key").chmod(0o600)

    with pytest.raises(KeyTrouble, match="32 bytes"):
        keys.secret("names")


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ec.generate_private_key(ec.SECP256K1())),
        pem(rsa.generate_private_key(65537, 2048)),
        pem(P256, BestAvailableEncryption(b"secret")),
    ],
)
def test_a_signing_key_that_is_none_is_refused(directory: Path, content: bytes) -> None:
    keys = KeyFiles(directory, create=True)
    (directory / "token.pem").write_bytes(content)
    (directory / "token.pem").chmod(0o600)

    with pytest.raises(KeyTrouble, match="restore it"):
        keys.signing_key()


def test_only_public_halves_are_published(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    (published,) = keys.public_jwks()

    assert published.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert published["kid"] == keys.signing_key().kid
    assert "PRIVATE" not in repr(keys.signing_key())


def test_days_and_purposes_have_keys_of_their_own(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    tomorrow = DAY + timedelta(days=1)

    assert len({keys.day_key(of, on) for of in ("a", "b") for on in (DAY, tomorrow)}) == 4
    assert KeyFiles(directory, create=False).day_key("a", DAY) == keys.day_key("a", DAY)


def test_reading_a_days_key_never_makes_one(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)

    assert keys.read_day_key("evidence", DAY) is None
    assert files(directory) == []
    assert keys.day_key("evidence", DAY) == keys.read_day_key("evidence", DAY)


def test_days_before_a_day_are_destroyed_and_no_others(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    for purpose in ("evidence", "question"):
        for n in range(4):
            keys.day_key(purpose, DAY + timedelta(days=n))

    gone = keys.destroy_days("evidence", DAY + timedelta(days=2))

    assert gone == [DAY, DAY + timedelta(days=1)]
    assert keys.read_day_key("evidence", DAY) is None
    assert keys.read_day_key("evidence", DAY + timedelta(days=2)) is not None
    assert keys.read_day_key("question", DAY) is not None
    assert keys.destroy_days("evidence", DAY + timedelta(days=2)) == []
    assert keys.destroy_days("never", DAY) == []


def test_a_key_that_another_process_destroyed_is_gone_here_too(directory: Path) -> None:
    serving, working = (KeyFiles(directory, create=True) for _ in range(2))
    key = serving.day_key("evidence", DAY)

    working.destroy_days("evidence", DAY + timedelta(days=1))

    serving.day_key("evidence", DAY + timedelta(days=4))
    assert key not in serving._known.values()
    assert serving.read_day_key("evidence", DAY) is None


def test_nothing_is_sealed_under_a_key_whose_file_is_gone(directory: Path) -> None:
    serving, working = (KeyFiles(directory, create=True) for _ in range(2))
    gone = serving.day_key("evidence", DAY)
    (directory / f"days/evidence/{DAY}.key").unlink()

    fresh = serving.day_key("evidence", DAY)

    assert fresh != gone
    assert working.read_day_key("evidence", DAY) == fresh


def test_a_copy_a_killed_writer_left_is_destroyed_with_its_day(directory: Path) -> None:
    keys = KeyFiles(directory, create=True)
    keys.day_key("evidence", DAY)
    left = directory / f"days/evidence/.{DAY}.key.4711.0badcafe"
    left.hardlink_to(directory / f"days/evidence/{DAY}.key")
    stray = directory / "days/evidence/README"
    stray.write_text("not ours")

    assert keys.destroy_days("evidence", DAY + timedelta(days=1)) == [DAY]
    assert files(directory) == [stray]
