"""TLS towards offices' systems: each fault is named, mended by its own remedy's words, and gone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from authorities import Authority, put
from cli.seeding import Installation, OfficeSystem, Told
from scenarios.documents import Document
from scenarios.stand import free_port

TLS = {"certificate": "hub.pem", "key": "hub-key.pem", "ca": "ca.pem"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def folder(well: Installation, authority: Authority) -> Path:
    """The hub's files for the municipality, in good order."""
    folder = Path(well.settings["KEYS_DIR"]) / "tls/musterkreis"
    authority.issue().write(folder, TLS["certificate"], TLS["key"])
    put(folder / TLS["ca"], authority.pem)
    return folder


class Reached:
    """The offices' systems by TLS: one that wants a certificate, at the same address again."""

    def __init__(self, well: Installation, document: Document, authority: Authority) -> None:
        self._authority = authority
        self._port = free_port()
        for service in document["data_services"]:
            service["connector"] |= {"base_url": f"https://127.0.0.1:{self._port}", "tls": TLS}
        well.apply(document)

    @contextmanager
    def answering(self, at: Path, *, days: float = 90) -> Iterator[None]:
        """It shows a certificate that lasts so many days."""
        tls = self._authority.asks(at, self._authority.issue(days=days))
        with OfficeSystem(self._port, tls).answering():
            yield


@pytest.fixture
def reached(well: Installation, document: Document, authority: Authority) -> Reached:
    return Reached(well, document, authority)


def test_the_hubs_own_certificate_that_ends(
    well: Installation, authority: Authority, folder: Path, reached: Reached, tmp_path: Path
) -> None:
    def look(days: float) -> Told:
        authority.issue(days=days).write(folder, TLS["certificate"], TLS["key"])
        return well.look()

    with reached.answering(tmp_path):
        ended, ending, mended = look(-1), look(10), look(90)

    assert (ended.status, ending.status, mended.status) == (1, 0, 0)
    for told, code in ((ended, "certificate-ended"), (ending, "certificate-ending")):
        assert told.remedies.keys() == {code}
        assert f"musterkreis/jobcenter: the hub's own {folder / TLS['certificate']} end" in told.out
        assert f"in the place of {folder / TLS['certificate']} and its key" in told.remedies[code]
    assert mended.well


def test_an_offices_certificate_that_ends(
    well: Installation, folder: Path, reached: Reached, tmp_path: Path
) -> None:
    def look(days: float) -> Told:
        with reached.answering(tmp_path, days=days):
            return well.look()

    ended, ending, mended = look(-1), look(10), look(90)

    assert folder.exists()
    assert (ended.status, ending.status, mended.status) == (1, 0, 0)
    for told, code in ((ended, "certificate-ended"), (ending, "certificate-ending")):
        assert told.remedies == {code: "renew it where TLS ends for that address"}
        assert "musterkreis/jobcenter: its TLS certificate end" in told.out
    assert mended.well


SPOILT: Mapping[str, Callable[[Path, Authority], object]] = {
    "chmod 0600": lambda folder, _: (folder / TLS["key"]).chmod(0o640),
    "put it there": lambda folder, _: (folder / TLS["key"]).unlink(),
    "put them there": lambda folder, _: put(folder / TLS["certificate"], b"none"),
    "put one there": lambda folder, _: put(folder / TLS["key"], b"none"),
    "put both there": lambda folder, one: put(folder / TLS["key"], one.issue().key()),
    "openssl pkey": lambda folder, one: put(folder / TLS["key"], one.issue().locked()),
}
"""What helps -> what is wrong with the hub's own files."""


def test_files_that_are_of_no_use(
    well: Installation, authority: Authority, folder: Path, reached: Reached, tmp_path: Path
) -> None:
    with reached.answering(tmp_path):
        for helps, spoil in SPOILT.items():
            authority.issue().write(folder, TLS["certificate"], TLS["key"])
            spoil(folder, authority)
            ill = [one for one in well.examine() if one.what.startswith("musterkreis/jobcenter: ")]

            assert [one.code for one in ill] == ["tls-files-unusable"]
            assert str(folder) in ill[0].what
            assert helps in ill[0].remedy
            if helps == "chmod 0600":
                well.mend(ill[0].remedy)
                assert well.look().well


def test_a_side_that_is_not_believed(
    well: Installation, authority: Authority, folder: Path, reached: Reached, tmp_path: Path
) -> None:
    short, another = Authority(days=10), Authority("Another")
    with reached.answering(tmp_path):
        put(folder / TLS["ca"], another.pem)
        by_us = well.look()
        put(folder / TLS["ca"], authority.pem)
        another.issue().write(folder, TLS["certificate"], TLS["key"])
        by_them = well.look()
        authority.issue().write(folder, TLS["certificate"], TLS["key"])
        put(folder / TLS["ca"], authority.pem + short.pem)
        mended = well.look()

    assert (by_us.status, by_them.status) == (1, 1)
    assert by_us.remedies.keys() == by_them.remedies.keys() == {"provider-distrusted"}
    assert "TLS with its system fails, its certificate is not believed: " in by_us.out
    assert "the handshake" in by_them.out
    assert mended.well
