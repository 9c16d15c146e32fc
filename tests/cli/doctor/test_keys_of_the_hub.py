"""Keys: each fault is named, mended by its own remedy's words, and gone."""

import secrets
from pathlib import Path

import pytest

from cli.seeding import Installation


def test_keys_that_are_open_to_others(well: Installation) -> None:
    keys = Path(well.settings["KEYS_DIR"])
    for one, mode in ((keys / "names.key", 0o640), (keys, 0o750)):
        one.chmod(mode)
        ill = well.look()
        well.mend(ill.remedies["keys-unusable"])

        assert ill.status == 1
        assert well.look().well


def test_a_keys_directory_that_is_not_there(well: Installation, production: dict[str, str]) -> None:
    keys = Path(well.settings["KEYS_DIR"])
    aside = keys.rename(keys.with_name("aside"))

    ill = well.look(**production)
    aside.rename(keys)

    assert ill.status == 1
    assert "make it, owned by the hub's user, mode 0700" in ill.remedies["keys-unusable"]
    assert well.look(**production).well


@pytest.mark.parametrize("name", ["names.key", "log.key", "token.pem"])
def test_a_key_that_is_gone(well: Installation, name: str) -> None:
    key = Path(well.settings["KEYS_DIR"]) / name
    aside = key.rename(key.with_name("aside"))

    ill = well.look()
    assert not key.exists(), "who looks makes nothing"
    aside.rename(key)

    assert ill.status == 1
    assert "restore it from the backup" in ill.remedies["key-missing"]
    assert well.look().well


def test_a_log_key_of_another_installation(well: Installation) -> None:
    key = Path(well.settings["KEYS_DIR"]) / "log.key"
    before = key.read_bytes()
    key.write_bytes(secrets.token_bytes(32))

    ill = well.look()
    key.write_bytes(before)

    assert ill.status == 1
    assert "restore log.key" in ill.remedies["key-foreign"]
    assert well.look().well


def test_a_days_key_that_is_gone(well: Installation) -> None:
    (key,) = Path(well.settings["KEYS_DIR"]).glob("days/configuration/*.key")
    aside = key.rename(key.with_name("aside"))

    ill = well.look()
    aside.rename(key)

    assert ill.status == 1
    assert f"days/configuration/{key.name} is not there" in ill.out
    assert "restore it" in ill.remedies["day-key-missing"]
    assert well.look().well
