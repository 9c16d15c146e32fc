"""Files for TLS towards an office's system: read whole, fitting together, taken anew when exchanged."""

import ssl
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorities import Authority, put
from onceonly.domain.offices import TlsFiles
from onceonly.security.secret_files import KeyTrouble
from onceonly.security.tls_files import FollowedFiles, read_credentials

FILES = TlsFiles("hub.pem", "hub-key.pem", "ca.pem")
ONE, OTHER = Authority(), Authority("Other-CA")


class Ticks:
    """A clock of one's own: nothing is waited for."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 2
        return self.at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ONE.issue().write(tmp_path, "hub.pem", "hub-key.pem")
    put(tmp_path / "ca.pem", ONE.pem)
    return tmp_path


def followed(folder: Path, *, ahead: timedelta = timedelta(0)) -> FollowedFiles:
    """Files as a process follows them whose clock is so far ahead."""

    def clock() -> float:
        return time.time() + ahead.total_seconds()

    return FollowedFiles(folder, FILES, clock=clock, tick=Ticks())


def looked(files: FollowedFiles) -> ssl.SSLContext | None:
    """What they give after whoever calls has looked, if there was anything to look at."""
    if files.moved():
        files.look()
    return files.context()


def test_a_context_checks_certificate_and_name_and_speaks_nothing_old(folder: Path) -> None:
    for files in (FILES, TlsFiles(ca="ca.pem"), TlsFiles("hub.pem", "hub-key.pem")):
        context = read_credentials(folder, files).context()

        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_with_an_authority_of_its_own_no_other_is_trusted(folder: Path) -> None:
    context = read_credentials(folder, FILES).context()

    assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "Muster-CA"),),)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(folder: Path, mode: int) -> None:
    (folder / "hub-key.pem").chmod(mode)

    with pytest.raises(KeyTrouble, match=f"open to others; chmod 0600 {folder}/hub-key.pem"):
        read_credentials(folder, FILES)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_a_file_holds_is_named_and_never_quoted(junk: bytes) -> None:
    for name in ("hub.pem", "hub-key.pem", "ca.pem"):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            ONE.issue().write(folder, "hub.pem", "hub-key.pem")
            put(folder / "ca.pem", ONE.pem)
            put(folder / name, junk)

            with pytest.raises(KeyTrouble) as caught:
                read_credentials(folder, FILES)

            told = str(caught.value)
            assert name in told
            assert "; " in told
            assert len(junk) < 4 or junk.hex() not in told
            assert caught.value.__cause__ is None


def test_a_chain_ends_with_the_first_of_it_and_authorities_with_the_last(folder: Path) -> None:
    above = Authority("Above", days=40)
    between = Authority("Between", days=20, above=above)
    own = between.issue(days=300)
    own.write(folder, "hub.pem", "hub-key.pem")
    put(folder / "hub.pem", own.certificate + between.pem)
    put(folder / "ca.pem", above.pem + ONE.pem)
    now = datetime.now(UTC)  # noqa: TID251 -- TLS knows no other clock

    found = read_credentials(folder, FILES)

    left = {file.name: round((end - now) / timedelta(days=1)) for file, end in found.ends.items()}
    assert left == {"hub.pem": 20, "ca.pem": 365}
    assert found.trouble(now) is None
    assert "hub.pem ended on" in str(found.trouble(now + timedelta(days=21)))
    assert "good from" in str(found.trouble(now - timedelta(days=480)))


def test_files_that_stay_are_looked_at_once_and_a_context_is_kept(folder: Path) -> None:
    files = followed(folder)
    first = looked(files)
    for name in ("hub.pem", "hub-key.pem", "ca.pem"):
        put(folder / name, (folder / name).read_bytes())

    assert first is not None
    assert files.moved()
    assert looked(files) is first
    assert not files.moved()


def test_half_an_exchange_changes_nothing_and_a_whole_one_is_taken(folder: Path) -> None:
    files = followed(folder)
    first = looked(files)
    following = ONE.issue()

    put(folder / "hub-key.pem", following.key())
    half = looked(files), files.trouble
    put(folder / "hub.pem", following.certificate)
    whole = looked(files), files.trouble

    assert half[0] is first
    assert "is not the key of" in str(half[1])
    assert whole[0] not in (None, first)
    assert whole[1] is None


@pytest.mark.parametrize("name", ["hub.pem", "hub-key.pem", "ca.pem"])
def test_a_file_that_goes_ends_no_call_and_is_told(folder: Path, name: str) -> None:
    files = followed(folder)
    first = looked(files)
    kept = (folder / name).read_bytes()

    (folder / name).unlink()
    gone = looked(files), files.trouble
    put(folder / name, kept)

    assert gone[0] is first
    assert f"{name} is not there" in str(gone[1])
    assert looked(files) is first
    assert files.trouble is None


def test_what_has_ended_is_shown_to_nobody_until_the_next_is_there(folder: Path) -> None:
    files = followed(folder, ahead=timedelta(days=100))

    ended = looked(files), files.trouble
    ONE.issue(days=300).write(folder, "hub.pem", "hub-key.pem")
    mended = looked(files), files.trouble

    assert ended[0] is None
    assert "hub.pem ended on" in str(ended[1])
    assert mended[0] is not None
    assert mended[1] is None


def test_an_authority_that_is_taken_out_is_trusted_no_more(folder: Path) -> None:
    files = followed(folder)
    looked(files)
    put(folder / "ca.pem", OTHER.pem)

    context = looked(files)

    assert context is not None
    assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "Other-CA"),),)]
