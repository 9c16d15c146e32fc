"""The municipality file: each thing that is wrong with it is told by its line, all at once."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from onceonly.domain.offices import Configuration
from onceonly.readers.municipality import (
    LineFault,
    MunicipalityFaults,
    read_municipality,
)
from onceonly.readers.rules import read_law

EXAMPLE = (Path(__file__).parents[2] / "examples" / "musterkreis.yaml").read_text("utf-8")
LAW = read_law()


def read(text: str) -> Configuration:
    return read_municipality(text, LAW, jwk_faults=lambda _: [])


def faults_of(text: str) -> tuple[LineFault, ...]:
    with pytest.raises(MunicipalityFaults) as raised:
        read(text)
    return raised.value.faults


def changed(old: str, new: str) -> str:
    """The example with one passage, the first, written otherwise."""
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def line_of(text: str, passage: str) -> int:
    return text[: text.index(passage)].count("\n") + 1


def plain() -> dict[str, object]:
    """The file as JSON knows it: days as texts."""
    loaded: dict[str, object] = json.loads(json.dumps(yaml.safe_load(EXAMPLE), default=str))
    return loaded


ALONE = [
    # old, new, where its line begins, path, what
    ('ars: "099990000000"', "ars: 099990000000", "ars:", "municipality.ars", "changed"),
    ('ars: "099990000000"', 'ars: "0999900000"', "ars:", "municipality.ars", "form"),
    ("code: musterkreis", "code: no", "code: no", "municipality.code", "not a text"),
    ("code: musterkreis", "code: 12:30", "code: 12:30", "municipality.code", "changed"),
    ("name: Landkreis", 'name: "\\0"\n#', 'name: "', "municipality.name", "character"),
    ("name: Landkreis", 'name: "\\ud800"\n#', 'name: "', "municipality.name", "character"),
    ("name: Landkreis", "name: !!binary aGFsbG8=\n#", "name: !!", "municipality.name", "tag"),
    ("settings:", "settings: {}\nsettings:", "settings:\n", "settings", "twice"),
    ("settings:\n", "settings:\n  idnr: on\n", "idnr: off", "settings.idnr", "twice"),
    ("idnr: off ", 'idnr: "off" ', "idnr:", "settings.idnr", "not on or off"),
    ("admissions: []", "admissions: []\nremarks: x", "remarks", "remarks", "not a member"),
    ("admissions: []", "admissions:", "admissions:", "admissions", "not a list"),
    ("    kind: wohngeld", "    kind: wohngelt", "kind: wohngelt", "offices[1].kind", "wohngelt"),
    ("  - code: uvg", "  - code: kita", "- code: kita", "offices[6].code", "second time"),
    ("[uvg.antrag,", "[uvg.antrag, uvg.antrag,", "[uvg.antrag", "offices[5].procedures[1]", "second"),
    ("[uvg.antrag,", "[uvg.antrak,", "[uvg.antrak", "offices[5].procedures[0]", "not known"),
    ("[uvg.antrag,", "[sgb12.hlu,", "[sgb12.hlu", "offices[5].procedures[0]", "no procedure of"),
    ("    decision: Org", "    # Org", "- offices:", "shared_controllers[0].decision", "missing"),
    ("m.kern", "A.Berg", "A.Berg", "shared_controllers[0].approved_by", "person who entered"),
    ("- offices: [but,", "- offices: [familienkasse,", "- offices:", "shared_controllers[0].offices[0]", "never shares"),
    ("- offices: [but,", "- offices: [nobody,", "- offices:", "shared_controllers[0].offices[0]", "no office"),
    ("decided_on: 2026-05-01", "decided_on: 2026-02-30", "decided_on", "shared_controllers[0].decided_on", "no day"),
    ("decided_on: 2026-05-01", "decided_on: 2026-05-01T09:00:00Z", "decided_on", "shared_controllers[0].decided_on", "no day"),
    ("roles: [portal]", "roles: [portal, consumer]", "- {client_id: wohngeld-online", "clients[2].roles", "never belong"),
    ("office: wohngeld, roles: [portal]", "roles: [portal]", "- {client_id: wohngeld-online", "clients[2].office", "missing"),
    ("office: wohngeld, roles: [portal]", "office: x, roles: [portal]", "- {client_id: wohngeld-online", "clients[2].office", "no office `x`"),
    ("roles: [portal]", "roles: []", "- {client_id: wohngeld-online", "clients[2].roles", "too few"),
    ("client_id: but-online", "client_id: but-fachverfahren", "- {client_id: but-fachverfahren, office: but, roles: [portal]", "clients[5].client_id", "second time"),
    ("kid: but-online-2026,", "", "use: sig, \n", "clients[5].jwks.keys[0].kid", "missing"),
    ("evidence_type: ben.kiz", "evidence_type: jug.hilfe", "evidence_type: jug.hilfe", "data_services[4].evidence_type", "never fetched"),
    ("evidence_type: ben.kiz", "evidence_type: ben.sgb12", "evidence_type: ben.sgb12", "data_services[4].evidence_type", "does not issue"),
    ("evidence_type: hou.unterkunft", "evidence_type: uvg.auskunft", "evidence_type: uvg.auskunft", "data_services[1].evidence_type", "nobody hands in"),
    ("    evidence_type: ben.kindergeld\n    profiles: [P0, P1, BUT]", "    evidence_type: ben.kiz\n    profiles: [P0]", "evidence_type: ben.kiz\n    profiles: [P0]\n", "data_services[5].evidence_type", "second time"),
    ("profiles: [P0, P1, KITA, CHILD]", "profiles: [P0, WOG]", "profiles: [P0, WOG]", "data_services[3].profiles[1]", "no profile `WOG`"),
    ("timeout_s: 10", "timeout_s: 31", 'base_url: "http://127.0.0.1:9104"', "data_services[4].connector.timeout_s", "range"),
    ("timeout_s: 10", "timeout_s: 010", 'base_url: "http://127.0.0.1:9104"', "data_services[4].connector.timeout_s", "changed"),
    ("http://127.0.0.1:9103", "http://u:p@127.0.0.1:9103", "base_url: \"http://u", "data_services[3].connector.base_url", "no plain address"),
    ("http://127.0.0.1:9103", "http://127.0.0.1:9103?q=1", "base_url: \"http://127.0.0.1:9103?", "data_services[3].connector.base_url", "no plain address"),
    ("http://127.0.0.1:9103\"", "http://127.0.0.1:9103\", tls: {ca: ca.pem}", "base_url: \"http://127.0.0.1:9103", "data_services[3].connector.base_url", "no https"),
    ("http://127.0.0.1:9103\"", "https://127.0.0.1:9103\", tls: {certificate: a.pem}", "base_url: \"https://127.0.0.1:9103", "data_services[3].connector.tls.key", "missing"),
    ("http://127.0.0.1:9103\"", "https://127.0.0.1:9103\", tls: {key: a.pem}", "base_url: \"https://127.0.0.1:9103", "data_services[3].connector.tls.certificate", "missing"),
    ("http://127.0.0.1:9103\"", "https://127.0.0.1:9103\", tls: {}", "base_url: \"https://127.0.0.1:9103", "data_services[3].connector.tls", "too few"),
    ("http://127.0.0.1:9103\"", "https://127.0.0.1:9103\", tls: {ca: ../other/ca.pem}", "base_url: \"https://127.0.0.1:9103", "data_services[3].connector.tls.ca", "form"),
    ("http://127.0.0.1:9103\"", "https://127.0.0.1:9103\", tls: {verify: false}", "base_url: \"https://127.0.0.1:9103", "data_services[3].connector.tls.verify", "not a member"),
    ("http://127.0.0.1:9103", "ftp://127.0.0.1", "base_url: \"ftp", "data_services[3].connector.base_url", "form"),
    ("match_on: [address]", "match_on: [shoe_size]", "match_on: [shoe", "data_services[3].match_on[0]", "not known"),
    ("origin: submitted\n", "origin: copied\n", "origin: copied", "data_services[1].origin", "not known"),
    ("levels: {basis: [low],", "levels: {basis: [high],", "levels:", "identity_providers[0].levels.hoch[0]", "two levels"),
    ("hoch: [high]", "sehr_hoch: [high]", "levels:", "identity_providers[0].levels.sehr_hoch", "not a member"),
    ("consumer: but\n", "consumer: meldebehoerde\n", "consumer: meldebehoerde", "retrieval_agreements[0].consumer", "no § 35"),
    ("provider: jobcenter\n", "provider: nobody\n", "provider: nobody", "retrieval_agreements[0].provider", "no office"),
    ("provider: jobcenter\n", "provider: familienkasse\n", "evidence_types: [ben.sgb2]", "retrieval_agreements[0].evidence_types[0]", "no § 35"),
    ("procedures: [but.sgb2]", "procedures: [but.asylblg]", "procedures: [but.asylblg]", "retrieval_agreements[0].procedures[0]", "no § 35"),
    ("procedures: [but.sgb2]", "procedures: [uvg.antrag]", "procedures: [uvg.antrag]\n    occ", "retrieval_agreements[0].procedures[0]", "no procedure of"),
    ("- office: jobcenter\n        auth", "- office: uvg\n        auth", "- office: uvg\n        auth", "retrieval_agreements[0].approvals[1].office", "no part"),
    ("        date: 2026-06-03", "        date: soon", "date: soon", "retrieval_agreements[0].approvals[1].date", "no day"),
    ("informed_on: 2026-06-10", "informed_on: 2026-07-02", "data_protection_authority_informed_on", "retrieval_agreements[0].data_protection_authority_informed_on", "after valid_from"),
    ("valid_to: 2028-06-30", "valid_to: 2026-06-30", "valid_to: 2026-06-30", "retrieval_agreements[1].valid_to", "before valid_from"),
    ("measures: TOM-Konzept 3.1", 'measures: " "', 'measures: " "', "retrieval_agreements[0].measures", "form"),
    ("name: fachbereichsleitung", "name: datenschutzbeauftragte", "- {name: datenschutzbeauftragte, key", "approvers[1].name", "second time"),
    ("fachbereichsleitung, key: \"ed25519:", "x, key: \"ed25519:AAAA", "- {name: x", "approvers[1].key", "no Ed25519"),
    ("admissions: []", "admissions: [{rule: R999, by: a, reference: b, date: 2026-04-01}]", "admissions:", "admissions[0].rule", "not known"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "path", "what"), ALONE)
def test_a_fault_is_told_by_line_and_path(
    old: str, new: str, where: str, path: str, what: str
) -> None:
    text = changed(old, new)

    told = next((one for one in faults_of(text) if one.path == path), None)

    assert told is not None, faults_of(text)
    assert what in told.what
    assert told.remedy
    last = text.rindex(where)
    assert told.line in (line_of(text, where), text[:last].count("\n") + 1)


def test_services_of_offices_that_may_have_none_are_refused() -> None:
    office = "  - {code: asd, name: ASD, kind: asd}\n"
    text = changed("  - {code: meldebehoerde", office + "  - {code: meldebehoerde")
    text = text.replace("- office: sozialamt\n", "- office: asd\n")

    whats = [one.what for one in faults_of(text) if one.path == "data_services[6].office"]

    assert whats == ["kind `asd` can have no data service"]


def test_an_agreement_needs_the_approval_of_each_participant() -> None:
    document = plain()
    agreements = document["retrieval_agreements"]
    assert isinstance(agreements, list)
    del agreements[0]["approvals"][1]

    (fault,) = faults_of(json.dumps(document, indent=1))

    assert fault.path == "retrieval_agreements[0].approvals"
    assert fault.what == "no approval of the authority over `jobcenter`"


def test_every_fault_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = (
        changed("kind: uvg", "kind: uvgg")
        .replace("office: wohngeld, roles", "office: gone, roles")
        .replace("  - code: kita", "  - code: but")
        .replace("trust_level_claim: acr", "trust_level_claim: acr\n    colour: blue")
        .replace("valid_from: 2026-07-01", "valid_from: 2026-06-01")
    )

    told = faults_of(text)

    assert [(one.path, one.what) for one in told] == [
        ("offices[5].kind", "`uvgg` is not known"),
        ("offices[6].code", "stands here a second time"),
        ("clients[1].office", "no office `gone` in this file"),
        ("clients[2].office", "no office `gone` in this file"),
        ("identity_providers[0].colour", "is not a member of this"),
        ("retrieval_agreements[0].data_protection_authority_informed_on", "lies after valid_from"),
        ("retrieval_agreements[1].data_protection_authority_informed_on", "lies after valid_from"),
    ]
    assert [one.line for one in told] == sorted(one.line for one in told)
    assert str(told[0]).startswith(f"{told[0].line}: offices[5].kind: `uvgg` is not known, ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("municipality:\n\tcode: x\n", 2),
        ("municipality: {code: x\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: \x00\n", 1),
        ("a: 1\nb: *gone\n", 2),
        ("", 1),
        ("- a\n- b\n", 1),
        ("&a [*a]", 1),
        ("a: &a\n  <<: *a\n", 1),
        ("[" * 1000, 1),
    ],
)
def test_what_is_no_yaml_mapping_is_one_fault_with_its_line(text: str, line: int) -> None:
    told = faults_of(text)

    assert [one.line for one in told] == [line]


def test_aliases_of_aliases_do_not_unfold_without_end() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    (fault,) = faults_of("\n".join(rows))

    assert fault.what == "holds too much"


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path of a document."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [at, *(path for name, one in inner for path in places(one, (*at, name)))]


def rewritten(value: object, path: tuple[str | int, ...], put: object) -> object:
    if not path:
        return put
    if isinstance(value, dict):
        return {k: rewritten(v, path[1:], put) if k == path[0] else v for k, v in value.items()}
    assert isinstance(value, list)
    return [rewritten(v, path[1:], put) if k == path[0] else v for k, v in enumerate(value)]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None)
@given(path=st.sampled_from(places(plain())), put=ANYTHING)
def test_whatever_stands_at_a_place_is_read_or_told(
    path: tuple[str | int, ...], put: object
) -> None:
    text = json.dumps(rewritten(plain(), path, put), indent=1)

    told: tuple[LineFault, ...] = ()
    try:
        read(text)
    except MunicipalityFaults as raised:
        told = raised.faults

    assert all(0 < one.line <= text.count("\n") + 1 for one in told)


def test_what_is_wrong_with_a_key_is_told_and_the_key_is_not() -> None:
    def two_faults(key: Mapping[str, object]) -> list[str]:
        return ["is private", "is short"] if key["kid"] == "but-online-2026" else []

    with pytest.raises(MunicipalityFaults) as raised:
        read_municipality(EXAMPLE, LAW, jwk_faults=two_faults)

    assert [one.what for one in raised.value.faults] == ["is private", "is short"]
    assert {one.path for one in raised.value.faults} == {"clients[5].jwks.keys[0]"}
    assert "jRWh8a" not in str(raised.value)


def test_two_keys_of_one_client_have_two_kids() -> None:
    document = plain()
    clients = document["clients"]
    assert isinstance(clients, list)
    keys = clients[0]["jwks"]["keys"]
    keys.append(dict(keys[0]))

    (fault,) = faults_of(json.dumps(document))

    assert fault.path == "clients[0].jwks.keys[1].kid"


def test_a_second_audience_or_the_same_identity_provider_again_is_refused() -> None:
    document = plain()
    providers = document["identity_providers"]
    assert isinstance(providers, list)
    providers += [dict(providers[0]), dict(providers[0], audience="other")]

    told = [(one.path, one.what) for one in faults_of(json.dumps(document))]

    assert told == [
        ("identity_providers[1].issuer", "stands here a second time"),
        ("identity_providers[2].audience", "a municipality has one audience"),
    ]
