"""The `onceonly` command: every word it knows."""

from typing import Annotated

import typer

import onceonly
from onceonly.cli import (
    apply,
    client_key,
    demo,
    doctor,
    export_openapi,
    migrate,
    serve,
    show_log,
    token,
    work,
)

program = typer.Typer(
    name="onceonly",
    help="A municipal once-only hub.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
log = typer.Typer(help="The log of every exchange.", no_args_is_help=True)


def _show(value: bool) -> None:  # noqa: FBT001 -- typer calls it so
    if value:
        typer.echo(onceonly.__version__)
        raise typer.Exit


@program.callback()
def words(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A municipal once-only hub."""


program.command("serve")(serve.serve)
program.command("work")(work.work)
program.command("migrate")(migrate.migrate)
program.command("apply")(apply.apply)
program.command("doctor")(doctor.doctor)
program.command("demo")(demo.demo)
program.command("client-key")(client_key.client_key)
program.command("token")(token.token)
program.command("export-openapi")(export_openapi.export_openapi)
log.command("show")(show_log.show)
program.add_typer(log, name="log")


def main() -> None:
    """Run the command."""
    program()
