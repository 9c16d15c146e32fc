"""`onceonly conformance`: a vendor's provider held to the protocol, with what to do where it fails."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from onceonly.cli.endings import FOUND_A_FAULT, WRONG_USE, fail
from onceonly.conformance.about import EXAMPLE, About, AboutFaults, read_about
from onceonly.conformance.asking import PlayedHub
from onceonly.conformance.certificates import own, strangers
from onceonly.conformance.checks import GATES, Section, Trial
from onceonly.conformance.issuer import Issuer
from onceonly.conformance.junit import as_junit
from onceonly.conformance.report import Finding, Report
from onceonly.conformance.suite import try_out
from onceonly.connectors.rest import open_transport
from onceonly.domain.rules import Law
from onceonly.readers.rules import read_law
from onceonly.security.ids import Ids
from onceonly.security.secret_files import KeyTrouble
from onceonly.security.tls_files import Credentials

_HUB = "the hub"


def conformance(
    *,
    url: Annotated[
        str | None, typer.Argument(help="Base URL of the provider, without `/v1`.")
    ] = None,
    about: Annotated[
        Path | None, typer.Option(help="What it answers and about whom; see --show-about.")
    ] = None,
    issuer: Annotated[
        str, typer.Option(help="The hub that the provider is told to believe; served here.")
    ] = "http://127.0.0.1:8099",
    listen: Annotated[
        str, typer.Option(help="Address on which the issuer's keys are served.")
    ] = "127.0.0.1",
    key: Annotated[
        Path | None, typer.Option(help="Private JWK to sign by; a throw-away one if absent.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM chain that the hub shows; the way is mTLS then.")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option(help="PEM private key of --certificate.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="PEM authorities to trust, and no others.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
    junit: Annotated[
        Path | None, typer.Option(help="Write the report as JUnit XML, too: for a build server.")
    ] = None,
    show_about: Annotated[
        bool, typer.Option("--show-about", help="Print a file for --about to start from.")
    ] = False,
) -> None:
    """Hold a provider to the protocol; exit 0 when it passes, 1 when it does not."""
    if show_about:
        typer.echo(EXAMPLE.read_text("utf-8"), nl=False)
        return
    if url is None:
        fail("name the provider's base URL: onceonly conformance URL", status=WRONG_USE)
    port = _port(url, issuer)
    shown = _shown(url, certificate, certificate_key, ca)
    law = read_law()
    told = _about(about, law)
    played = Issuer(
        issuer.rstrip("/"),
        audience=url,
        municipality=told.municipality,
        clock=_now,
        private=_private(key),
    )
    try:
        report = asyncio.run(_tried(url, told, law, played, shown, (listen, port), quiet=as_json))
    except OSError:
        fail(f"port {port} of {listen} is taken; name another --issuer", status=WRONG_USE)
    typer.echo(
        json.dumps(report.as_json(url), ensure_ascii=False, indent=2)
        if as_json
        else f"\n{report.summary()}"
    )
    if junit is not None:
        _write(junit, as_junit(report, url))
    if report.verdict != "passed":
        raise typer.Exit(FOUND_A_FAULT)


async def _tried(  # noqa: PLR0917 -- everything a trial hangs on
    url: str,
    about: About,
    law: Law,
    issuer: Issuer,
    shown: Credentials,
    at: tuple[str, int],
    *,
    quiet: bool,
) -> Report:
    headings: list[str] = []

    def tell(section: Section, finding: Finding) -> None:
        # Behind a closed gate the same would be said of every check.
        if quiet or finding.follows in GATES:
            return
        if section.heading not in headings:
            headings.append(section.heading)
            typer.echo(f"\n{section.heading} (docs/provide.md, {section.see})")
        typer.echo("\n".join(finding.lines()))

    if not quiet:
        by = (
            "a bearer"
            if shown.chain is None
            else f"a bearer and the certificate {shown.chain.name}"
        )
        typer.echo(f"Provider {url}, asked as {issuer.url} for {about.municipality} by {by}")
    async with AsyncExitStack() as stack:
        others = stack.enter_context(strangers(shown))
        contexts = {_HUB: shown.context(), **others}
        ways = {name: open_transport(tls=context) for name, context in contexts.items()}
        for one in ways.values():
            stack.push_async_callback(one.aclose)
        await stack.enter_async_context(issuer.publishing(*at))
        hub = ways.pop(_HUB)
        played = PlayedHub(url, issuer, hub, timeout_s=about.timeout_s, strangers=ways)
        new_id = Ids(_now)
        return await try_out(Trial(about, law, played, _now, lambda: str(new_id())), tell)


def _write(file: Path, page: bytes) -> None:
    try:
        file.write_bytes(page)
    except OSError:
        fail(f"{file} cannot be written; name another --junit", status=WRONG_USE)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _port(url: str, issuer: str) -> int:
    for name, given in (("URL", url), ("--issuer", issuer)):
        if not _is_address(given):
            fail(f"{name} is no http(s)://host:port; write one", status=WRONG_USE)
    port = urlsplit(issuer).port
    if port is None:
        fail("--issuer names no port; the keys are served at it", status=WRONG_USE)
    return port


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # Reading the port checks its range.
        return parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _shown(url: str, certificate: Path | None, key: Path | None, ca: Path | None) -> Credentials:
    if (certificate is None) != (key is None):
        fail("--certificate and --certificate-key go together", status=WRONG_USE)
    if (certificate or ca) and not url.startswith("https://"):
        fail("--certificate and --ca are for https://; write the URL so", status=WRONG_USE)
    try:
        shown = own(certificate, key, ca)
    except KeyTrouble as trouble:
        fail(str(trouble), status=WRONG_USE)
    if (ended := shown.trouble(_now())) is not None:
        fail(ended, status=WRONG_USE)
    return shown


def _about(file: Path | None, law: Law) -> About:
    try:
        text = EXAMPLE.read_text("utf-8") if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{file} is no readable file; start from --show-about", status=WRONG_USE)
    try:
        return read_about(text, law)
    except AboutFaults as found:
        fail("\n".join(f"{file}:{one}" for one in found.faults), status=WRONG_USE)


def _private(file: Path | None) -> dict[str, object] | None:
    if file is None:
        return None
    try:
        private: object = json.loads(file.read_text())
    except (OSError, ValueError):
        private = None
    if not isinstance(private, dict) or not {"kid", "d"} <= private.keys():
        fail(f"{file} is no private JWK; make one with `onceonly client-key`", status=WRONG_USE)
    return private
