"""Files, law, what ends: each fault is named, mended by its remedy's words, and gone."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.seeding import Installation
from scenarios.documents import Document


def test_a_file_that_is_not_what_is_in_force(well: Installation, document: Document) -> None:
    name = well.write(document | {"offices": [*document["offices"], _AN_OFFICE]})

    ill = well.look(name)
    well.mend(ill.remedies["file-differs"])

    assert (ill.status, well.look().status) == (1, 0)
    assert well.look(name).well


_AN_OFFICE = {"code": "kita", "name": "Kita", "kind": "kita", "procedures": []}


def test_a_file_with_faults(well: Installation, document: Document) -> None:
    bad = well.look(well.write("offices: 7\n"))
    missing = well.look("nowhere.yaml")

    assert (bad.status, missing.status) == (1, 1)
    assert "kreis.yaml:1:" in bad.out
    assert "name a readable file" in missing.remedies["file-faults"]
    assert well.look(well.write(document)).well


@pytest.mark.parametrize(("days", "code"), [(-2, "agreement-ended"), (10, "agreement-ending")])
def test_an_agreement_that_nothing_follows(
    well: Installation, document: Document, days: int, code: str
) -> None:
    today = datetime.now(UTC).date()  # noqa: TID251 -- as the hub's day
    last = today + timedelta(days=days)
    first, *others = document["retrieval_agreements"]
    ends = first | {"valid_to": last.isoformat()}
    document["retrieval_agreements"] = [ends, *others]
    well.apply(document)

    ill = well.look()
    follows = first | {"valid_from": (last + timedelta(days=1)).isoformat()}
    document["retrieval_agreements"] = [ends, follows, *others]
    well.write(document)
    well.mend(ill.remedies[code])

    assert ill.status == (1 if days < 0 else 0)
    assert well.look().well


@pytest.mark.parametrize(("days", "code"), [(-1, "client-key-ended"), (10, "client-key-ending")])
def test_a_clients_last_key_that_ends(
    well: Installation, document: Document, days: int, code: str
) -> None:
    (key,) = document["clients"][0]["jwks"]["keys"]
    at = datetime.now(UTC) + timedelta(days=days)  # noqa: TID251 -- as the hub's day
    key["exp"] = int(at.timestamp())
    well.apply(document)

    ill = well.look()
    made = well.say("client-key", f"new{days}.json")
    document["clients"][0]["jwks"]["keys"].append(json.loads(made.out))
    well.apply(document)

    assert "`onceonly client-key`" in ill.remedies[code]
    assert ill.status == (1 if days < 0 else 0)
    assert well.look().well


def test_a_retention_outside_its_bounds(well: Installation, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    shutil.copytree(root / "src/onceonly", tmp_path / "src/onceonly")
    shutil.copytree(root / "migrations", tmp_path / "migrations")
    law = tmp_path / "src/onceonly/law/retention.yaml"
    text = law.read_text("utf-8")
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        **{f"ONCEONLY_{name}": value for name, value in well.settings.items()},
        "PYTHONPATH": str(tmp_path / "src"),
    }

    def look() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "onceonly", "doctor"]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
        )

    setting = next(line for line in text.splitlines() if "setting:" in line)
    law.write_text(text.replace(setting, setting.partition("setting:")[0] + "setting: P99Y", 1))
    ill = look()
    law.write_text(text)

    assert ill.returncode == 1
    assert "fault law-faults: " in ill.stdout
    assert "retention.yaml" in ill.stdout
    assert "law-faults" not in look().stdout
