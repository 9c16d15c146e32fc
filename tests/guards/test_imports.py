"""Imports run down the stairs: the contracts of `pyproject.toml`, and the law is data."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_import_contract_is_broken() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}  # noqa: TID251 -- a child's

    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_law_holds_no_program() -> None:
    assert list((ROOT / "src/onceonly/law").rglob("*.py")) == []
