"""The municipality file: the example applies, comes back from its store, and differs by code."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from onceonly.domain.offices import Configuration, Origin, Role, Settings, TlsFiles
from onceonly.readers.municipality import (
    configuration_of,
    differences,
    document_of,
    municipality_schema,
    read_municipality,
)
from onceonly.readers.rules import read_law

EXAMPLE = (Path(__file__).parents[2] / "examples" / "musterkreis.yaml").read_text("utf-8")
LAW = read_law()


def read(text: str) -> Configuration:
    return read_municipality(text, LAW, jwk_faults=lambda _: [])


APPLIED = read(EXAMPLE)


def changed(old: str, new: str) -> str:
    """The example with one passage, the first, written otherwise."""
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def plain() -> dict[str, object]:
    """The file as JSON knows it: days as texts."""
    loaded: dict[str, object] = json.loads(json.dumps(yaml.safe_load(EXAMPLE), default=str))
    return loaded


@pytest.mark.parametrize(
    ("written", "files"),
    [
        ("{certificate: h.pem, key: k.pem}", TlsFiles("h.pem", "k.pem")),
        ("{ca: ca.pem}", TlsFiles(ca="ca.pem")),
        ("{certificate: h.pem, key: k.pem, ca: ca.pem}", TlsFiles("h.pem", "k.pem", "ca.pem")),
    ],
)
def test_files_for_tls_come_back_from_the_store_and_their_change_is_one(
    written: str, files: TlsFiles
) -> None:
    by_tls = read(changed('"http://127.0.0.1:9103"', f'"https://127.0.0.1:9103", tls: {written}'))

    back = configuration_of(json.loads(json.dumps(document_of(by_tls))))

    assert back == by_tls
    assert back.data_services[3].connector.tls == files
    assert len(differences(APPLIED, by_tls)) == 1
    assert "tls" not in json.dumps(document_of(APPLIED))


def test_the_example_applies_and_says_what_it_says() -> None:
    configuration = APPLIED

    service = configuration.data_services[0]
    agreement = configuration.retrieval_agreements[0]
    assert (configuration.code, configuration.ars) == ("musterkreis", "099990000000")
    assert configuration.one_controller("but", "sozialamt")
    assert configuration.clients["wohngeld-online"].roles == (Role.PORTAL,)
    assert configuration.clients["datenschutz"].office is None
    assert (service.office, service.origin, service.immediate) == ("jobcenter", Origin.ISSUED, True)
    assert configuration.data_services[1].origin is Origin.SUBMITTED
    assert configuration.data_services[1].connector.timeout_s == 5
    assert (agreement.consumer, agreement.provider) == ("but", "jobcenter")
    assert agreement.in_force_on(date(2026, 11, 25))
    assert configuration.settings == Settings()


def test_the_example_fits_the_published_schema() -> None:
    schema = municipality_schema(LAW)

    assert list(Draft202012Validator(schema, validate_formats=True).iter_errors(plain())) == []
    assert json.loads(json.dumps(schema)) == schema


def test_defaults_hold_where_only_the_municipality_is_given() -> None:
    configuration = read('municipality: {code: leer, name: Landkreis Leer, ars: "099990000001"}')

    assert (configuration.offices, configuration.clients) == ({}, {})
    assert configuration.settings == Settings()


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_says_the_same(indent: int | str | None) -> None:
    text = json.dumps(plain(), indent=indent)

    assert read(text) == APPLIED


def test_a_name_may_have_letters_beyond_the_first_plane_in_json() -> None:
    document = plain()
    document["municipality"] = {"code": "m", "name": "Kreis 𝄞", "ars": "099990000000"}

    assert read(json.dumps(document, ensure_ascii=True)).name == "Kreis 𝄞"


def test_on_and_off_switch_and_aliases_and_merged_members_are_read() -> None:
    text = changed("idnr: off ", "idnr: on ")
    text = text.replace(
        'connector: {kind: rest, base_url: "http://127.0.0.1:9101", timeout_s: 5}',
        'connector: &desk {kind: rest, base_url: "http://127.0.0.1:9101", timeout_s: 5}',
    ).replace(
        'connector: {kind: rest, base_url: "http://127.0.0.1:9102"}',
        "connector: {<<: *desk, timeout_s: 7}",
    )

    configuration = read(text)

    assert configuration.settings.idnr
    merged = next(one for one in configuration.data_services if one.office == "but").connector
    assert (merged.base_url, merged.timeout_s) == ("http://127.0.0.1:9101", 7)


def test_a_stored_document_comes_back_as_it_was() -> None:
    configuration = APPLIED

    stored = json.loads(json.dumps(document_of(configuration)))

    assert configuration_of(stored) == configuration
    assert read(json.dumps(stored)) == configuration


@given(
    names=st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=4),
    idnr=st.booleans(),
    ends=st.none() | st.dates(),
    key=st.dictionaries(st.text(), st.text() | st.integers(), max_size=4),
)
def test_whatever_a_configuration_holds_its_document_brings_back(
    *, names: list[str], idnr: bool, ends: date | None, key: dict[str, object]
) -> None:
    known = APPLIED
    office, client = known.offices["but"], known.clients["but-online"]
    configuration = replace(
        known,
        offices={str(at): replace(office, code=str(at), name=n) for at, n in enumerate(names)},
        clients={"c": replace(client, client_id="c", keys=(key,))},
        retrieval_agreements=(replace(known.retrieval_agreements[0], valid_to=ends),),
        settings=Settings(idnr=idnr, bundesanzeiger_notice_on=ends),
    )

    back = configuration_of(json.loads(json.dumps(document_of(configuration))))

    assert back == configuration
    assert differences(configuration, back) == []


def test_differences_name_items_by_their_codes() -> None:
    before = APPLIED
    text = changed("profiles: [P0, P1, P2, WOG,", "profiles: [P0, P1, WOG,")
    text = text.replace("idnr: off ", "idnr: on ").replace('x: "jRWh8a', 'x: "JRWh8a')
    text = text.replace("  - code: kita\n", "  - code: kitas\n")

    assert differences(before, read(text)) == [
        "- offices[kita]",
        "+ offices[kitas]",
        "~ clients[but-online].jwks",
        "~ data_services[jobcenter/ben.sgb2/issued].profiles",
        "~ settings.idnr",
    ]


def test_a_first_file_is_all_new_and_another_order_is_no_difference() -> None:
    configuration = APPLIED
    turned = replace(
        configuration,
        offices=dict(list(configuration.offices.items())[::-1]),
        data_services=configuration.data_services[::-1],
    )

    first = differences(None, configuration)

    assert first[:2] == ["+ municipality", "+ offices[jobcenter]"]
    assert all(line.startswith("+ ") for line in first)
    assert differences(configuration, turned) == []
