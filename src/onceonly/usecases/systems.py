"""Whether each office's system answers, knows the hub, and how long its TLS holds."""

import asyncio
from http import HTTPStatus

from onceonly.connectors.looking import certificate_end, status_of
from onceonly.connectors.rest import open_transport
from onceonly.domain.findings import Finding, certificate_findings
from onceonly.domain.offices import Configuration
from onceonly.security.keys import KeyFiles, KeyTrouble
from onceonly.security.tokens import ProviderBearer
from onceonly.usecases.condition import Examined


async def system_findings(
    configurations: list[Configuration], keys: KeyFiles, what: Examined
) -> list[Finding]:
    """Whether each office's system answers, knows the hub's keys, and how long its TLS holds."""
    bearer = ProviderBearer(keys, what.issuer, what.clock)
    systems = {
        (one.code, service.office, service.connector.base_url)
        for one in configurations
        for service in one.data_services
    }
    transport = open_transport()

    async def look(code: str, office: str, base_url: str) -> list[Finding]:
        try:
            if not keys.signs:
                return []  # told as a missing key; looking makes none
            shown = bearer.of(base_url, municipality=code)
        except KeyTrouble:
            return []
        url = f"{base_url.rstrip('/')}/v1/health"
        status, end = await asyncio.gather(
            status_of(transport, url, bearer=shown), certificate_end(base_url)
        )
        return _of_office(f"{code}/{office}", status) + certificate_findings(
            f"{code}/{office}", end, what.real_now()
        )

    try:
        own = asyncio.ensure_future(certificate_end(what.issuer))
        looks = await asyncio.gather(*[look(*one) for one in sorted(systems)])
        end = await own
    finally:
        await transport.aclose()
    found = [one for each in looks for one in each]
    return found + certificate_findings("ONCEONLY_ISSUER", end, what.real_now())


def _of_office(name: str, status: int | None) -> list[Finding]:
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
