"""`onceonly export-openapi`: the document integrators generate their clients from."""

import json
from pathlib import Path
from typing import Annotated

import typer

from onceonly.api.collection import collection
from onceonly.app import bare_application, document


def export_openapi(
    file: Annotated[
        Path | None, typer.Argument(help="Where it goes; standard output if absent.")
    ] = None,
    *,
    bruno: Annotated[
        Path | None, typer.Option(help="Directory for the same calls as a Bruno collection.")
    ] = None,
) -> None:
    """Write the OpenAPI document."""
    described = document(bare_application())
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    if file is not None:
        file.write_text(text, encoding="utf-8")
    elif bruno is None:
        typer.echo(text, nl=False)
    if bruno is not None:
        _write(bruno, collection(described))


def _write(directory: Path, files: dict[str, str]) -> None:
    """Every file, and none that was left of operations that are gone."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in directory.rglob("*.bru"):
        if path.relative_to(directory).as_posix() not in files:
            path.unlink()
