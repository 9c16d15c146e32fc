"""By which certificate: where the hub shows one, nobody gets in without it, nor with another."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate, CertificateBuilder, load_pem_x509_certificates

from onceonly.conformance.checks import (
    NOBODY,
    Came,
    Check,
    DoesNotApply,
    Faults,
    Run,
    Section,
    Trial,
)
from onceonly.domain.offices import TlsFiles
from onceonly.security.tls_files import Credentials, read_credentials

NOTHING, FORGED = "no certificate", "a certificate that nobody issued"
_REFUSALS = (400, 401, 403)


def own(certificate: Path | None, key: Path | None, ca: Path | None) -> Credentials:
    """What the hub shows and trusts in this trial.

    Raises:
        KeyTrouble: a file is missing, open to others, or does not fit.
    """
    named = (None if one is None else str(one.absolute()) for one in (certificate, key, ca))
    # An absolute name leads out of any folder: these are the vendor's own files.
    return read_credentials(Path(), TlsFiles(*named))


@contextmanager
def strangers(credentials: Credentials) -> Iterator[Mapping[str, SSLContext]]:
    """Ways to call that are not the hub's; none where it shows no certificate."""
    if credentials.chain is None:
        yield {}
        return
    shown, *_ = load_pem_x509_certificates(credentials.chain.read_bytes())
    ca = "trusted.pem"
    with TemporaryDirectory() as name:
        folder = Path(name)
        _forge(shown, folder)
        trusted = None
        if credentials.trusts is not None:
            trusted = ca
            (folder / ca).write_bytes(credentials.trusts.read_bytes())
        nothing = read_credentials(folder, TlsFiles(ca=trusted))
        forged = read_credentials(folder, TlsFiles("forged.pem", "forged-key.pem", trusted))
        yield {NOTHING: nothing.context(), FORGED: forged.context()}


def _forge(shown: Certificate, folder: Path) -> None:
    """The hub's certificate once more, word for word, but signed by a key of nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        CertificateBuilder(extensions=list(shown.extensions))
        .subject_name(shown.subject)
        .issuer_name(shown.issuer)
        .public_key(key.public_key())
        .serial_number(shown.serial_number)
        .not_valid_before(shown.not_valid_before_utc)
        .not_valid_after(shown.not_valid_after_utc)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    (folder / "forged.pem").write_bytes(made.public_bytes(Encoding.PEM))
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "forged-key.pem").touch(mode=0o600)
    (folder / "forged-key.pem").write_bytes(written)


def _keeps_out(stranger: str) -> Run:
    """Whoever calls so learns nothing, of nobody: the handshake fails, or all get one answer."""

    async def run(trial: Trial) -> Came:
        if stranger not in trial.hub.strangers:
            return DoesNotApply("the hub shows no certificate: see --certificate")
        about = (trial.someone_with(trial.offer), NOBODY)
        heard = [await trial.hub.ask_as(stranger, trial.question(one)) for one in about]
        faults: Faults = [one.told for one in heard if not (one.hung_up or one.status in _REFUSALS)]
        if not faults and heard[0].body != heard[1].body:
            return ["refused with another body for a known person than for an unknown one"]
        return faults

    return run


BY_WHICH_CERTIFICATE = Section(
    "By which certificate",
    "The certificate",
    (
        Check(
            "no-certificate",
            "Where the hub shows a certificate, nobody gets in without one.",
            "no handshake, or 400, 401 or 403 with the same body for everybody",
            "Have TLS require a certificate of the caller (nginx: `ssl_verify_client on`), and close"
            " every other way to the same address.",
            _keeps_out(NOTHING),
        ),
        Check(
            "certificate-forged",
            "A certificate that nobody issued opens nothing, whatever names stand in it.",
            "no handshake, or 400, 401 or 403 with the same body for everybody",
            "Check the certificate against the authority that issued the hub's, and only then look at"
            " its names.",
            _keeps_out(FORGED),
        ),
    ),
)
