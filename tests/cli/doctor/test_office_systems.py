"""Offices' systems: each fault is named, mended by its own remedy's words, and gone."""

import pytest

from cli.seeding import Installation, OfficeSystem
from scenarios.documents import Document
from scenarios.stand import free_port


@pytest.mark.parametrize(
    ("status", "code", "helps"),
    [
        (401, "provider-refuses", "/.well-known/jwks.json"),
        (500, "provider-unwell", "its system's log"),
    ],
)
def test_an_offices_system_that_says_no(
    well: Installation, office: OfficeSystem, status: int, code: str, helps: str
) -> None:
    office.status = status

    ill = well.look()
    office.status = 200

    assert ill.status == 1
    assert "musterkreis/jobcenter: its system" in ill.out
    assert helps in ill.remedies[code]
    assert well.look().well


def test_an_offices_system_that_is_away(well: Installation, document: Document) -> None:
    port = free_port()
    for service in document["data_services"]:
        service["connector"]["base_url"] = f"http://127.0.0.1:{port}"
    well.apply(document)

    ill = well.look()
    with OfficeSystem(port).answering():
        mended = well.look()

    assert ill.status == 1
    assert "have the office start it" in ill.remedies["provider-away"]
    assert mended.well
