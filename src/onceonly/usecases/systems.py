"""Whether each office's system answers, knows the hub, and how long TLS holds on both sides."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext

import httpx

from onceonly.connectors.looking import certificate_end, shows_nothing, status_of
from onceonly.connectors.rest import open_transport
from onceonly.domain.findings import Finding, certificate_findings
from onceonly.domain.offices import Configuration, ConnectorSettings
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.security.tls_files import Credentials, folder_of, read_credentials, renewal
from onceonly.security.tokens import ProviderBearer
from onceonly.usecases.condition import Examined


async def system_findings(
    configurations: list[Configuration], keys: KeyFiles, what: Examined
) -> list[Finding]:
    """What is wrong with the ways to offices' systems, and with the hub's own TLS."""
    bearer = ProviderBearer(keys, what.issuer, what.clock)
    systems = dict.fromkeys(
        (one.code, service.office, service.connector)
        for one in configurations
        for service in one.data_services
    )
    transport = open_transport()

    async def look(code: str, office: str, settings: ConnectorSettings) -> list[Finding]:
        try:
            if not keys.signs:
                return []  # told as a missing key; looking makes none
            shown = bearer.of(settings.base_url, municipality=code)
        except KeyTrouble:
            return []
        name = f"{code}/{office}"
        if settings.tls is None:
            return await _look(name, settings.base_url, transport, bearer=shown, what=what)
        try:
            own = read_credentials(folder_of(keys.directory, code), settings.tls)
            way = open_transport(tls=own.context())
        except KeyTrouble as trouble:
            return [_unusable(name, str(trouble))]
        if (of_no_use := own.trouble(what.real_now())) is not None:
            await way.aclose()
            return _ends_of(name, own, what) or [_unusable(name, of_no_use)]
        try:
            found = await _look(
                name, settings.base_url, way, bearer=shown, what=what, show=own.show
            )
        finally:
            await way.aclose()
        return found + _ends_of(name, own, what)

    try:
        own = asyncio.ensure_future(certificate_end(what.issuer))
        looks = await asyncio.gather(*[look(*one) for one in systems])
        end = await own
    finally:
        await transport.aclose()
    found = dict.fromkeys(one for each in looks for one in each)
    return [*found, *certificate_findings("ONCEONLY_ISSUER", end, what.real_now())]


def tls_troubles(configuration: Configuration, directory: Path, real_now: datetime) -> list[str]:
    """What is wrong with files that a municipality file names for TLS, by office, as lines."""
    found: dict[str, None] = {}
    for service in configuration.data_services:
        files = service.connector.tls
        if files is None:
            continue
        try:
            own = read_credentials(folder_of(directory, configuration.code), files)
            trouble = own.trouble(real_now)
        except KeyTrouble as error:
            trouble = str(error)
        if trouble is not None:
            found[f"{configuration.code}/{service.office}: {trouble}"] = None
    return list(found)


async def _look(
    name: str,
    base_url: str,
    transport: httpx.AsyncBaseTransport,
    *,
    bearer: str,
    what: Examined,
    show: Callable[[SSLContext], None] = shows_nothing,
) -> list[Finding]:
    status, end = await asyncio.gather(
        status_of(transport, f"{base_url.rstrip('/')}/v1/health", bearer=bearer),
        certificate_end(base_url, show=show),
    )
    ends = certificate_findings(name, end, what.real_now())
    if isinstance(status, str) and any(one.grave for one in ends):
        return ends  # that is why
    return _of_office(name, status) + ends


def _ends_of(name: str, own: Credentials, what: Examined) -> list[Finding]:
    found: list[Finding] = []
    for file, end in own.ends.items():
        of, helps = f"the hub's own {file}", renewal(file, own=file == own.chain)
        found += certificate_findings(name, end, what.real_now(), what=of, remedy=helps)
    return found


def _unusable(name: str, trouble: str) -> Finding:
    said, _, remedy = trouble.rpartition("; ")
    return Finding("tls-files-unusable", f"{name}: {said}", remedy)


def _of_office(name: str, status: int | str | None) -> list[Finding]:
    if status == HTTPStatus.OK:
        return []
    if status is None:
        return [
            Finding(
                "provider-away",
                f"{name}: its system does not answer",
                "have the office start it, or mend its base_url and run `onceonly apply FILE`",
            )
        ]
    if isinstance(status, str):
        return [
            Finding(
                "provider-distrusted",
                f"{name}: TLS with its system fails, {status}",
                "have the office mend its certificate or believe the hub's; or mend base_url or"
                " tls in the file and run `onceonly apply FILE`",
            )
        ]
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return [
            Finding(
                "provider-refuses",
                f"{name}: its system does not believe the hub's bearer ({status})",
                "have it read the hub's keys anew at /.well-known/jwks.json, and look at its clock",
            )
        ]
    return [
        Finding(
            "provider-unwell",
            f"{name}: its system answers {status} to GET /v1/health",
            "have the office look at its system's log",
        )
    ]
