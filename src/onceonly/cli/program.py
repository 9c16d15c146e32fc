"""The `onceonly` command: every word it knows, each read only when it is said."""

import gc
from importlib import import_module
from types import ModuleType
from typing import Annotated

import typer
from typer._click import Command, Context
from typer.core import TyperGroup
from typing_extensions import override

import onceonly

_COMMANDS = {
    "serve": ("serve", "serve"),
    "work": ("work", "work"),
    "migrate": ("migrate", "migrate"),
    "apply": ("apply", "apply"),
    "doctor": ("doctor", "doctor"),
    "demo": ("demo", "demo"),
    "client-key": ("client_key", "client_key"),
    "token": ("token", "token"),
    "conformance": ("conformance", "conformance"),
    "keys": ("keys", "program"),
    "log": ("log", "program"),
    "rules": ("rules", "program"),
    "export-openapi": ("export_openapi", "export_openapi"),
}


class _Words(TyperGroup):
    """Finds a command in the file of its name: starting takes as long as that one needs."""

    @override
    def list_commands(self, ctx: Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in _COMMANDS:
            return None
        file, function = _COMMANDS[cmd_name]
        said = getattr(_read(f"onceonly.cli.{file}"), function)
        if isinstance(said, typer.Typer):
            group = typer.main.get_command(said)
            group.name = cmd_name
            return group
        one = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        one.command(cmd_name)(said)
        return typer.main.get_command(one)


def _read(module: str) -> ModuleType:
    """A module with all it needs; none of it is garbage, so nobody looks for any meanwhile."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


program = typer.Typer(
    name="onceonly",
    cls=_Words,
    help="A municipal once-only hub.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


def main() -> None:
    """Run the command."""
    program()
