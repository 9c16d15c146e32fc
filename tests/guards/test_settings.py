"""The environment: every setting documented, every offender named at once, no insecure start."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from onceonly.settings import Settings, SettingsFault, known_names, read_settings

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text("utf-8")
URL = "postgresql://{}:secret@db.example/onceonly"
PRODUCTION = {
    "ONCEONLY_MODE": "production",
    "ONCEONLY_ISSUER": "https://hub.example",
    "ONCEONLY_KEYS_DIR": "/etc/onceonly/keys",
    "ONCEONLY_DATABASE_URL": URL.format("app"),
    "ONCEONLY_OWNER_URL": URL.format("owner"),
    "ONCEONLY_SEQUENCER_URL": URL.format("sequencer"),
    "ONCEONLY_AUDITOR_URL": URL.format("auditor"),
}
ADDRESSES = [name for name in PRODUCTION if name.endswith("_URL")]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without a `.env`."""
    monkeypatch.chdir(tmp_path)


def faults(**environment: str) -> dict[str, str]:
    """What is wrong, by the name of the setting."""
    with pytest.raises(SettingsFault) as raised:
        read_settings(environment)
    return dict(one.split(": ", 1) for one in raised.value.faults)


def of(section: str) -> str:
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", OPERATIONS, re.M | re.S)
    assert found is not None
    return found[1]


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(r"`(ONCEONLY_[A-Z_]+)`", of("Settings")))
    plain = {name for name in known_names() if not name.endswith("_FILE")}

    assert documented == plain
    assert {name.lower().removeprefix("onceonly_") for name in plain} == set(Settings.model_fields)


def test_defaults_are_what_the_document_says() -> None:
    settings = read_settings({})

    assert (settings.mode, settings.host, settings.port) == ("development", "127.0.0.1", 8080)
    assert settings.database_url is None
    assert settings.trace_ratio == 0
    assert settings.trace_url == "http://127.0.0.1:4318/v1/traces"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.keys == settings.data_dir / "keys"


def test_every_offender_is_named_at_once_with_what_it_may_be() -> None:
    found = faults(
        ONCEONLY_PROT="8080",
        ONCEONLY_PORT="99999",
        ONCEONLY_MODE="prod",
        ONCEONLY_ISSUER="hub.example/",
        ONCEONLY_NOW="yesterday",
        ONCEONLY_DATABASE_URL="mysql://root:secret@db",
        ONCEONLY_PORT_FILE="/nowhere",
        OTHER="ignored",
    )

    assert found.keys() == {
        f"ONCEONLY_{name}"
        for name in ("PROT", "PORT", "MODE", "ISSUER", "NOW", "DATABASE_URL", "PORT_FILE")
    }
    assert "1 to 65535" in found["ONCEONLY_PORT"]
    assert "production" in found["ONCEONLY_MODE"]
    assert "ONCEONLY_PORT" in found["ONCEONLY_PROT"]
    assert "secret" not in str(found)


@pytest.mark.parametrize("ratio", ["-0.1", "1.01", "nan", "inf", "", "half"])
def test_a_ratio_lies_between_nothing_and_all(ratio: str) -> None:
    found = faults(ONCEONLY_TRACE_RATIO=ratio)

    assert found == {"ONCEONLY_TRACE_RATIO": "must be 0 to 1; 0 is off"}


@pytest.mark.parametrize(
    "url",
    ["", "collector:4318", "ftp://collector/v1/traces", "http://", "http://me:secret@collector/v1",
     "http://collector/v1/traces?key=secret", "http://[collector/v1/traces"],
)  # fmt: skip
def test_a_collectors_address_holds_no_secret(url: str) -> None:
    found = faults(ONCEONLY_TRACE_URL=url)

    assert found.keys() == {"ONCEONLY_TRACE_URL"}
    assert "secret" not in str(found)


@pytest.mark.parametrize("port", ["0", "-1", "65536", "8080.5", "", "http"])
def test_a_port_is_a_port(port: str) -> None:
    assert faults(ONCEONLY_PORT=port).keys() == {"ONCEONLY_PORT"}


@pytest.mark.parametrize(
    "now",
    ["2026-10-05", "2026-10-05T09:00:00", "2026-10-05T09:00:00Z@", "2026-10-05T09:00:00Z@now"],
)
def test_a_played_day_is_one_or_two_instants(now: str) -> None:
    assert faults(ONCEONLY_NOW=now).keys() == {"ONCEONLY_NOW"}


@pytest.mark.parametrize(
    "written", [b"{}", b"{}\n", b"{}\r\n", b"\xef\xbb\xbf{}", b"\xef\xbb\xbf{}\r\n"]
)
def test_a_secret_in_a_file_is_read_without_the_end_of_its_line(
    tmp_path: Path, written: bytes
) -> None:
    file = tmp_path / "url"
    file.write_bytes(written.replace(b"{}", URL.format("app").encode()))

    settings = read_settings({"ONCEONLY_DATABASE_URL_FILE": str(file)})

    assert settings.database_url == URL.format("app")


def test_a_blank_inside_a_secret_is_the_secrets_own(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://app: secret @db.example/onceonly \n")

    settings = read_settings({"ONCEONLY_DATABASE_URL_FILE": str(file)})

    assert settings.database_url == "postgresql://app: secret @db.example/onceonly "


@pytest.mark.parametrize("name", ADDRESSES)
def test_both_forms_of_a_secret_at_once_are_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "url"
    file.write_text(URL.format("app"))

    found = faults(**{name: URL.format("app"), f"{name}_FILE": str(file)})

    assert found.keys() == {f"{name}_FILE"}


def test_a_file_that_cannot_be_read_is_an_offender(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\xff")

    for file in (tmp_path / "nowhere", tmp_path, binary):
        found = faults(ONCEONLY_OWNER_URL_FILE=str(file))
        assert found.keys() == {"ONCEONLY_OWNER_URL_FILE"}


def test_dotenv_stands_below_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONCEONLY_PORT=9001\nONCEONLY_HOST=::1\n")

    settings = read_settings({"ONCEONLY_PORT": "9002"})

    assert (settings.host, settings.port) == ("::1", 9002)


def test_an_unknown_name_in_dotenv_is_an_offender_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONCEONLY_PROT=9001\n")

    assert faults().keys() == {"ONCEONLY_PROT"}


def test_production_starts_with_everything_in_place() -> None:
    assert read_settings(PRODUCTION).production


Change = Callable[[dict[str, str]], object]


def without(name: str) -> Change:
    return lambda given: given.pop(name)


ROWS: dict[str, list[tuple[Change, set[str]]]] = {
    "one of the four database addresses is unset": [(without(name), {name}) for name in ADDRESSES],
    "two of the addresses have the same user": [
        (
            lambda given: given.update(ONCEONLY_AUDITOR_URL=given["ONCEONLY_OWNER_URL"]),
            {"ONCEONLY_AUDITOR_URL"},
        )
    ],
    "`ONCEONLY_ISSUER` is unset or no `https://` URL": [
        (lambda given: given.pop("ONCEONLY_ISSUER"), {"ONCEONLY_ISSUER"}),
        (
            lambda given: given.update(ONCEONLY_ISSUER="http://hub.example"),
            {"ONCEONLY_ISSUER"},
        ),
    ],
    "`ONCEONLY_KEYS_DIR` is unset": [
        (lambda given: given.pop("ONCEONLY_KEYS_DIR"), {"ONCEONLY_KEYS_DIR"})
    ],
    "`ONCEONLY_NOW` is set": [
        (lambda given: given.update(ONCEONLY_NOW="2026-10-05T09:00:00Z"), {"ONCEONLY_NOW"})
    ],
}
"""What production refuses, row by row of the table in `docs/operations.md`."""


def test_the_table_of_what_production_refuses_is_tested_whole() -> None:
    rows = re.findall(r"^\| (.*?) \| .* \|$", of("What production refuses"), re.M)

    assert rows == ["Combination", "---", *ROWS]


@pytest.mark.parametrize("row", ROWS)
def test_production_refuses_each_row_alone_and_development_does_not(row: str) -> None:
    for change, expected in ROWS[row]:
        given = dict(PRODUCTION)
        change(given)
        assert faults(**given).keys() == expected
        read_settings(given | {"ONCEONLY_MODE": "development"})


def test_production_names_all_it_refuses_at_once() -> None:
    found = faults(ONCEONLY_MODE="production", ONCEONLY_NOW="2026-10-05T09:00:00Z")

    assert found.keys() == {*ADDRESSES, "ONCEONLY_ISSUER", "ONCEONLY_KEYS_DIR", "ONCEONLY_NOW"}
