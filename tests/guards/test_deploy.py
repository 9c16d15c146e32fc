"""What is handed to operators fits the program: figures, alarms, settings, the catalogue's page."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import Metric

from onceonly import __version__
from onceonly.cli.program import _COMMANDS
from onceonly.cli.surroundings import FILES_WANTED
from onceonly.settings import known_names, read_settings
from onceonly.store.condition import GRANTED
from onceonly.telemetry import REGISTRY

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text("utf-8"))
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus-alerts.yml").read_text("utf-8"))[
        "groups"
    ]
    for rule in group["rules"]
]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
PUBLICCODE: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
QUERIES = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(alert["expr"] for alert in ALERTS),
]
_ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def series(one: Metric) -> set[str]:
    return {one.name + ending for ending in _ENDINGS[one.type]}


SERIES = {name for one in REGISTRY.collect() for name in series(one)}
LABELS = {
    label for one in REGISTRY._collector_to_names for label in getattr(one, "_labelnames", ())
} | {"le", "job", "instance"}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_figures_and_labels_that_there_are(query: str) -> None:
    asked = set(re.findall(r"onceonly_[a-z_]+", query))
    grouped = {
        name.strip() for group in re.findall(r"by \(([^)]*)\)", query) for name in group.split(",")
    }
    filtered = set(re.findall(r"[{,]\s*([a-z_]+)\s*=", query))

    assert asked
    assert asked <= SERIES
    assert grouped | filtered <= LABELS


def test_every_figure_is_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])

    assert [one.name for one in REGISTRY.collect() if one.name not in shown] == []


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = DASHBOARD["panels"]

    assert len({one["id"] for one in panels}) == len(panels)
    assert len({(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels}) == len(panels)


def test_every_alarm_has_its_row_and_every_row_its_alarm() -> None:
    rows = set(re.findall(r"^\| `(Onceonly[A-Za-z]+)` \|", OPERATIONS, re.M))

    assert rows == {one["alert"] for one in ALERTS}
    assert all(one["annotations"]["remedy"] for one in ALERTS)
    assert {one["labels"]["severity"] for one in ALERTS} <= {"warning", "critical"}


def test_compose_sets_what_the_program_reads_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, service in COMPOSE["services"].items():
        ours = {
            key: str(value)
            for key, value in service.get("environment", {}).items()
            if key.startswith("ONCEONLY_")
        }
        assert ours.keys() <= set(known_names())
        if name != "postgres":
            assert service["command"][0] in _COMMANDS
            filled = {key: re.sub(r"\$\{[^}]*\}", "x", value) for key, value in ours.items()}
            assert read_settings(filled).database_url is not None


def test_compose_names_services_and_volumes_that_there_are() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_publiccode_has_what_the_standard_requires() -> None:
    said = PUBLICCODE

    assert re.fullmatch(r"0(\.\d+)?(\.\d+)?", said["publiccodeYmlVersion"])
    assert said.keys() >= {
        *("name", "url", "platforms", "developmentStatus", "softwareType", "description"),
        *("legal", "maintenance", "localisation"),
    }
    assert urlsplit(said["url"]).scheme == "https"
    assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert said["softwareType"] == "standalone/backend"
    assert said["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert said["legal"]["license"] == "EUPL-1.2"
    assert isinstance(said["localisation"]["localisationReady"], bool)
    assert set(said["localisation"]["availableLanguages"]) == said["description"].keys()
    assert said["softwareVersion"] == __version__
    assert date.fromisoformat(str(said["releaseDate"])) > date(2026, 1, 1)


@pytest.mark.parametrize("language", ["de", "en"])
def test_publiccode_describes_itself_within_the_standards_lengths(language: str) -> None:
    said = PUBLICCODE["description"][language]

    assert len(said["shortDescription"]) <= 150
    assert 150 <= len(said["longDescription"]) <= 10_000
    assert said["features"]


@pytest.mark.parametrize("word", ["serve", "work"])
def test_a_unit_runs_a_command_and_lets_it_finish_what_it_began(word: str) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((ROOT / f"deploy/onceonly-{word}.service").read_text("utf-8"))
    service = unit["Service"]

    assert word in _COMMANDS
    assert service["ExecStart"].split()[-1] == word
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) >= 45
    assert int(service["LimitNOFILE"]) >= FILES_WANTED
    assert service["StandardError"] == "journal"


def test_the_program_by_hand_is_the_units_program_account_and_settings() -> None:
    by_hand = (ROOT / "deploy/onceonly").read_text("utf-8")
    for word in ("serve", "work"):
        unit = (ROOT / f"deploy/onceonly-{word}.service").read_text("utf-8")
        said = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line)

        assert f". {said['EnvironmentFile']}\n" in by_hand
        program = said["ExecStart"].split()[0].removesuffix("/bin/onceonly")
        words = f'runuser -u {said["User"]} -- "${{PROGRAM:-{program}}}/bin/onceonly" "$@"'
        assert words in by_hand
        assert f"ulimit -n {said['LimitNOFILE']}\n" in by_hand
    assert os.access(ROOT / "deploy/onceonly", os.X_OK)
    subprocess.run(["/bin/sh", "-n", ROOT / "deploy/onceonly"], check=True)


def test_roles_are_those_that_the_migrations_grant_to_each_with_its_user() -> None:
    made = (ROOT / "deploy/roles.sql").read_text("utf-8")
    users = dict(re.findall(r"create role (hub_\w+) login(?: in role (\w+))?;", made))

    assert set(re.findall(r"create role (\w+) nologin;", made)) == set(GRANTED)
    assert sorted(users.values()) == sorted(["", *GRANTED])
    for user in users:
        assert f"'postgresql://{user}:" in OPERATIONS
        assert f"`\\password {user}`" in OPERATIONS


def test_the_example_of_an_environment_names_settings_that_production_takes(tmp_path: Path) -> None:
    lines = (ROOT / "deploy/environment.example").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name in [one for one in given if one.endswith("_FILE")]:
        file = tmp_path / name
        file.write_text(f"postgresql://{name.lower()}:secret@db.example/onceonly\n")
        given[name] = str(file)

    assert given.keys() <= set(known_names())
    assert read_settings(given).production


def test_lines_that_go_to_a_file_go_on_at_its_end_when_it_is_cut(tmp_path: Path) -> None:
    """`logrotate` with `copytruncate`: nothing is written over, and no hole stays."""
    file, copy = tmp_path / "log", tmp_path / "log.1"
    said = "set_up_logs(); [log.info('said', count=n) or sys.stdin.readline() for n in range(4)]"
    program = f"import sys; from onceonly.telemetry import log, set_up_logs; {said}"
    with file.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", program], stderr=out, stdin=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        for round_ in range(4):
            while len(file.read_bytes().splitlines()) != (round_ if round_ < 2 else round_ - 2) + 1:
                time.sleep(0.02)
            if round_ == 1:
                shutil.copy(file, copy)
                os.truncate(file, 0)
            process.stdin.write("\n")
            process.stdin.flush()
        process.wait(timeout=60)
        process.stdin.close()

    counts = [
        json.loads(line)["count"] for one in (copy, file) for line in one.read_text().splitlines()
    ]
    assert counts == [0, 1, 2, 3]
    assert b"\0" not in file.read_bytes()
