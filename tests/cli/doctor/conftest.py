"""One installation in good order for all faults: each is put in, named, mended, and gone."""

from collections.abc import Iterator
from copy import deepcopy

import pytest

from cli.seeding import Installation, OfficeSystem, an_installation, name_of
from conftest import Server
from onceonly.security.jose import generate_client_key
from scenarios.documents import BUT, JOBCENTER, Document, a_file


@pytest.fixture(scope="package")
def office() -> Iterator[OfficeSystem]:
    with OfficeSystem().answering() as one:
        yield one


@pytest.fixture(scope="package")
def a_document(office: OfficeSystem) -> Document:
    keys = {client_id: generate_client_key()[1] for client_id in (BUT, JOBCENTER)}
    return a_file(f"http://127.0.0.1:{office.port}", keys)


@pytest.fixture
def document(a_document: Document) -> Document:
    """A municipality file whose offices' systems answer; one's own to change."""
    return deepcopy(a_document)


@pytest.fixture(scope="package")
def installation(
    server: Server, a_document: Document, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Every fault is put into the same one, and mended: migrated, applied, all in the log."""
    with an_installation(server, tmp_path_factory.mktemp("doctor")) as one:
        assert one.say("migrate").status == 0
        one.apply(a_document)
        seen = one.look()
        assert (seen.well, seen.status) == (True, 0), seen.out
        yield one


@pytest.fixture
def well(installation: Installation, a_document: Document) -> Iterator[Installation]:
    """An installation in good order, at the end too."""
    before = dict(installation.settings)
    yield installation
    installation.settings = before
    if installation.in_force != a_document:
        installation.apply(a_document)


@pytest.fixture
def production(well: Installation) -> dict[str, str]:
    """Settings of production; the played day is gone."""
    name = name_of(well.settings["OWNER_URL"])
    well.sql(f"alter database {name} set synchronous_commit = on")
    return {"MODE": "production", "ISSUER": "https://127.0.0.1:9"}
