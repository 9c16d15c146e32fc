"""`onceonly export-openapi`: the document integrators generate their clients from."""

import json
from pathlib import Path
from typing import Annotated

import typer

from onceonly.app import bare_application, document


def export_openapi(
    file: Annotated[
        Path | None, typer.Argument(help="Where it goes; standard output if absent.")
    ] = None,
) -> None:
    """Write the OpenAPI document."""
    text = json.dumps(document(bare_application()), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
