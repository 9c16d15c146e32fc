"""HTTP on this machine: without proxies, and without the authorities of TLS, which take long."""

import ssl

import httpx


def client(base_url: str = "", *, timeout: float = 10) -> httpx.Client:
    """A client for the programs of the stand."""
    return httpx.Client(base_url=base_url, trust_env=False, timeout=timeout, verify=_nobody())


def async_client(base_url: str = "", *, timeout: float = 10) -> httpx.AsyncClient:
    """The same for use inside a program."""
    return httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=timeout, verify=_nobody())


def _nobody() -> ssl.SSLContext:
    """Trusts nobody: whoever wants TLS is refused."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
