"""`onceonly log verify`: an export and a public key; neither hub, nor database, nor settings."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from onceonly.cli.endings import WRONG_USE, fail
from onceonly.merkle import export
from onceonly.merkle.bundle import LogProof, Unproven
from onceonly.merkle.note import Checkpoint, Unsigned, VerifierKey
from onceonly.merkle.tiles import WIDTH

TOLD_EVERY = 100_000
"""Entries between two words of progress."""


def verify(
    *,
    file: Annotated[Path, typer.Argument(help="The export; with --leaf, a proof.")],
    key: Annotated[Path, typer.Option(help="File with the log's public key, as /v1/log/key.")],
    since: Annotated[
        Path | None, typer.Option(help="A head seen earlier, with which the log must begin.")
    ] = None,
    leaf: Annotated[
        str | None, typer.Option(help="A leaf hash in hex: verify a proof of it instead.")
    ] = None,
) -> None:
    """Find every entry that was changed, removed, repeated, reordered or cut off."""
    verifier = _key(key)
    if leaf is not None:
        _verify_proof(file, verifier, leaf)
        return
    before = None if since is None else _head(since, verifier)
    try:
        with file.open("rb") as lines:
            found = export.verify(_bounded(lines), verifier, since=before, progress=_tell)
    except OSError:
        fail(f"{file} cannot be read; name a readable export", status=WRONG_USE)
    except export.NotAnExport as error:
        fail(f"{file}: {error}", status=WRONG_USE)
    except export.Tampered as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    typer.echo(
        f"{found.head.size} entries of {found.head.origin} are as they were signed;"
        f" {found.readable} of them in clear"
    )


def _bounded(lines: BinaryIO) -> Iterator[bytes]:
    """Lines, none longer than any entry can be: a file without line ends must not fill memory."""
    return iter(partial(lines.readline, export.LONGEST_LINE), b"")


def _tell(done: int, of: int) -> None:
    if done % TOLD_EVERY < WIDTH and done >= TOLD_EVERY:
        sys.stderr.write(f"{done} of {of} entries\n")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{file} cannot be read; name a readable file", status=WRONG_USE)


def _key(file: Path) -> VerifierKey:
    try:
        return VerifierKey.parse(_text(file))
    except ValueError as error:
        fail(f"{file}: {error}", status=WRONG_USE)


def _head(file: Path, key: VerifierKey) -> Checkpoint:
    try:
        return Checkpoint.opened(_text(file), key)
    except Unsigned as error:
        fail(f"{file}: {error}", status=WRONG_USE)


def _verify_proof(file: Path, key: VerifierKey, leaf: str) -> None:
    try:
        proof, hashed = LogProof.parse(_text(file)), bytes.fromhex(leaf)
    except ValueError as error:
        fail(f"{file}, --leaf: {error}", status=WRONG_USE)
    try:
        head = proof.verify(hashed, key)
    except Unproven as error:
        typer.echo(f"position {proof.index}: {error}")
        raise typer.Exit(1) from None
    typer.echo(f"the leaf stands at position {proof.index} of {head.origin}, of {head.size}")
