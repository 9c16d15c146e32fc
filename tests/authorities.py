"""Authorities of TLS as data centres have them, made for a test: what they issue, and forgeries."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HUB, SYSTEM = "hub.musterkreis.example", "fachverfahren.musterkreis.example"


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, PEM."""

    certificate: bytes
    private: ec.EllipticCurvePrivateKey

    def key(self, encryption: KeySerializationEncryption | None = None) -> bytes:
        form = (Encoding.PEM, PrivateFormat.PKCS8)
        return self.private.private_bytes(*form, encryption or NoEncryption())

    def locked(self) -> bytes:
        return self.key(BestAvailableEncryption(b"nobody knows"))

    def write(self, folder: Path, certificate: str, key: str, *, mode: int = 0o600) -> None:
        """Put both into files, each whole at once."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(folder / key, self.key(), mode=mode)
        put(folder / certificate, self.certificate)


def put(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file beside and move it to its place."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}")
    beside.write_bytes(content)
    beside.chmod(mode)
    beside.replace(file)


class Authority:
    """Issues certificates; its own as PEM."""

    def __init__(
        self, name: str = "Muster-CA", *, days: float = 365, above: "Authority | None" = None
    ) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        signing, issuer = (self._key, self._name) if above is None else (above._key, above._name)
        made = _begun(self._name, issuer, self._key, days).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.pem = made.sign(signing, hashes.SHA256()).public_bytes(Encoding.PEM)

    def issue(self, name: str = HUB, *, days: float = 90, host: str = "127.0.0.1") -> Issued:
        """A certificate for both sides of TLS; `days` until its end, negative: it has ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(host))]
        except ValueError:
            names = [x509.DNSName(host)]
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        made = (
            _begun(_named(name), self._name, key, days)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        )
        return Issued(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM), key)

    def asks(
        self,
        folder: Path,
        shown: Issued,
        *,
        verify: ssl.VerifyMode = ssl.CERT_REQUIRED,
        most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    ) -> ssl.SSLContext:
        """A server's side that shows this and wants a certificate of this authority."""
        shown.write(folder, "server.pem", "server-key.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
        context.load_verify_locations(cadata=self.pem.decode())
        context.verify_mode = verify
        context.maximum_version = most
        return context


def _begun(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: float
) -> x509.CertificateBuilder:
    end = datetime.now(UTC) + timedelta(days=days)  # noqa: TID251 -- TLS knows no other clock
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=500))
        .not_valid_after(end)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
