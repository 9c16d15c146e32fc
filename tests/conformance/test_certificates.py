"""A provider that is reached by certificates: held to them, and told apart from one that is lenient."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from authorities import Authority, put
from conformance.spoiling import DOORS, HUBS
from conformance.trials import a_port, now
from conformance.vendor import serving
from onceonly.conformance.about import About
from onceonly.conformance.access import WHO_ASKS
from onceonly.conformance.asking import PlayedHub
from onceonly.conformance.certificates import own, strangers
from onceonly.conformance.checks import Trial
from onceonly.conformance.issuer import Issuer
from onceonly.conformance.suite import SECTIONS, try_out
from onceonly.connectors.rest import open_transport
from onceonly.domain.rules import Law
from onceonly.security.ids import Ids

CHECKS = {check.name: check for section in SECTIONS for check in section.checks}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@asynccontextmanager
async def a_trial(
    about: About,
    law: Law,
    authority: Authority,
    folder: Path,
    *,
    verify: ssl.VerifyMode = ssl.CERT_REQUIRED,
    hub: Callable[..., Any] | None = None,
) -> AsyncIterator[Trial]:
    """A trial by mTLS."""
    authority.issue().write(folder, "hub.pem", "hub-key.pem")
    put(folder / "ca.pem", authority.pem)
    credentials = own(folder / "hub.pem", folder / "hub-key.pem", folder / "ca.pem")
    tls = authority.asks(folder, authority.issue(), verify=verify)
    with a_port() as port:
        pass
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        provider = stack.enter_context(serving(url, hub=hub, tls=tls))
        others = stack.enter_context(strangers(credentials))
        ways = {name: open_transport(tls=context) for name, context in others.items()}
        transport = open_transport(tls=credentials.context())
        for one in (transport, *ways.values()):
            stack.push_async_callback(one.aclose)
        issuer = Issuer(url, audience=provider, municipality="musterkreis", clock=now)
        await stack.enter_async_context(issuer.publishing("127.0.0.1", port))
        played = PlayedHub(provider, issuer, transport, timeout_s=about.timeout_s, strangers=ways)
        new_id = Ids(now)
        yield Trial(about, law, played, now, lambda: str(new_id()), patience_s=(0.0, 1.1))


async def test_who_wants_both_holds_every_check_of_both(
    about: About, law: Law, authority: Authority, tmp_path: Path
) -> None:
    async with a_trial(about, law, authority, tmp_path) as trial:
        report = await try_out(trial, lambda _, __: None)

    assert [(one.check.name, one.came) for one in report.findings if one.result == "broken"] == []
    assert {one.check.name: one.result for one in report.findings}.items() >= {
        **dict.fromkeys(DOORS, "held"),
        "no-token": "held",
    }.items()
    assert report.authenticated_by == ("certificate", "bearer")
    assert "The hub authenticated by certificate and bearer." in report.summary()


@pytest.mark.parametrize("name", DOORS)
async def test_who_lets_strangers_in_breaks_what_forbids_it(
    about: About, law: Law, authority: Authority, tmp_path: Path, name: str
) -> None:
    async with a_trial(about, law, authority, tmp_path, verify=DOORS[name]) as trial:
        came = await CHECKS[name].run(trial)

    assert isinstance(came, list)
    assert came


async def test_who_only_asks_for_a_certificate_still_refuses_a_forged_one(
    about: About, law: Law, authority: Authority, tmp_path: Path
) -> None:
    async with a_trial(about, law, authority, tmp_path, verify=ssl.CERT_OPTIONAL) as trial:
        assert await CHECKS["certificate-forged"].run(trial) == []


class _Blind:
    """Looks at no token."""

    def __init__(self, *_: str) -> None:
        pass

    def sent(self, _: str) -> bool:
        return True


async def test_who_believes_the_certificate_alone_is_asked_for_no_token(
    about: About, law: Law, authority: Authority, tmp_path: Path
) -> None:
    async with a_trial(about, law, authority, tmp_path, hub=_Blind) as trial:
        came = {check.name: await check.run(trial) for check in WHO_ASKS.checks}
        report = await try_out(trial, lambda _, __: None)

    unapplied = {name for name, one in came.items() if not isinstance(one, list)}
    assert unapplied == came.keys() - {"token-believed", "token-again", "key-renewed"}
    assert report.authenticated_by == ("certificate",)
    assert report.count("broken") == 0


async def test_a_token_is_checked_where_the_certificate_is_not_enough(
    about: About, law: Law, authority: Authority, tmp_path: Path
) -> None:
    spoilt = HUBS["token-municipality"]
    async with a_trial(about, law, authority, tmp_path, hub=spoilt) as trial:
        came = await CHECKS["token-municipality"].run(trial)

    assert isinstance(came, list)
    assert came
