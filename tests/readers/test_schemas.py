"""Schemas out of the catalogue: published for consumers, and checked on what an office answers."""

import json
from collections.abc import Mapping

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import Profile
from onceonly.domain.errors import ProviderUnreadable
from onceonly.domain.evidence import Cut, cut
from onceonly.domain.persons import Person
from onceonly.readers.rules import read_law
from onceonly.readers.schemas import schema_of, validator_of

CATALOGUE = read_law().catalogue
JULY = Month(2026, 7)
ALL = [(one.code, profile) for one in CATALOGUE.evidence_types.values() for profile in one.profiles]
MILA = {"family_name": "Muster", "given_names": ["Mila"], "date_of_birth": "2017-02-03"}
STRANGER = {"family_name": "Fremd", "given_names": ["Unbekannt"], "date_of_birth": "1980-01-01"}


def profile_of(evidence_type: str, profile: str) -> Profile:
    return CATALOGUE.evidence_types[evidence_type].profiles[profile]


def faults_of(
    evidence_type: str, profile: str, content: object, *, several: bool = False
) -> list[str]:
    found = profile_of(evidence_type, profile)
    return validator_of(found, found.leaves, several=several)(content)


def taken_in(evidence_type: str, profile: str, content: Mapping[str, object]) -> Cut:
    found = profile_of(evidence_type, profile)
    return cut(
        content,
        fields=found.leaves,
        profile=found,
        persons=[Person("p2", "child", "Muster", ("Mila",), "2017-02-03")],
        reference_month=Month(2026, 10),
        faults=validator_of(found, found.leaves, several=False),
    )


@pytest.mark.parametrize(("evidence_type", "profile"), ALL)
def test_every_profile_has_a_sound_schema_and_a_check(evidence_type: str, profile: str) -> None:
    found = profile_of(evidence_type, profile)
    schema = schema_of(CATALOGUE.evidence_types[evidence_type], found, version=JULY)

    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$id"] == f"{evidence_type}/{profile}/2026-07"
    assert validator_of(found, found.leaves, several=False)({}) == []
    assert validator_of(found, found.leaves, several=True)({}) == []
    assert json.loads(json.dumps(schema)) == schema


def test_delivered_evidence_keeps_its_published_schema() -> None:
    evidence_type = CATALOGUE.evidence_types["ben.sgb2"]
    schema = schema_of(evidence_type, evidence_type.profiles["P3"], version=JULY)
    content = taken_in(
        "ben.sgb2",
        "P3",
        {
            "state": "granted",
            "from_month": "2026-04",
            "to_month": None,
            "month": "2026-10",
            "total_ct": 120_000,
            "mehrbedarf": [{"kind": "pregnant", "amount_ct": 9_571}],
            "kdu_ct": {"rent": 50_000, "heat": 8_000},
            "members": [
                {**MILA, "role": "recipient", "total_ct": 35_700},
                {"ref": STRANGER, "role": "considered"},
            ],
        },
    )

    assert jsonschema_rs.is_valid(schema, content.content)
    assert jsonschema_rs.is_valid(schema, {"months": [content.content, content.content]})
    assert content.content["members"] == [{"ref": "p2", "role": "recipient", "total_ct": 35_700}]
    assert content.excess == 1
    assert not jsonschema_rs.is_valid(schema, {**content.content, "diagnosis": "F00"})


@pytest.mark.parametrize(
    ("evidence_type", "profile", "field", "sound", "broken"),
    [
        (
            "ben.sgb2",
            "P1",
            "month",
            ["2026-10"],
            ["2026-13", "2026-1", "10/2026", "", None, 202610],
        ),
        ("ben.sgb2", "P0", "to_month", ["2026-10", None], ["open", "2026-00"]),
        ("ben.sgb2", "P0", "state", ["none", "granted"], ["Granted", "", "yes", ["granted"]]),
        ("ben.sgb2", "P1", "total_ct", [0, 1, 2**53 - 1], [-1, 1.0, 0.5, "1", True, 2**53]),
        ("ben.sgb2", "P2", "provisional", [True, False], ["true", 0, 1]),
        ("inc.selbst", "P1", "profit_ct", [-500, 0], [-500.0, "0"]),
        ("inc.steuer", "P0", "year", [2025], [25, "2025", 2025.0]),
        (
            "inc.steuer",
            "P0",
            "notice_date",
            ["2026-02-28"],
            ["2026-02-30", "2026-02-00", "28.2.26"],
        ),
        (
            "ident.person",
            "P0",
            "dob",
            ["1985-00-00", "1985-03-14"],
            ["1985", "1985-13-01", "0-0-0"],
        ),
        ("ident.person", "P0", "family_name", ["Yılmaz", "O’Neill"], ["", "A\x00", "A\nB", ["A"]]),
        ("ident.person", "P0", "given_names", [["Gökçe"], []], ["Gökçe", [""], [1]]),
        ("ident.person", "P2", "nationalities", [["DE", "XA"]], [["D"], ["de"], "DE"]),
        ("hou.unterkunft", "P2", "area_m2", [61.5, 61], [-1, "61", float("nan"), float("inf")]),
        ("hea.behinderung", "P1", "gdb", [50], [55, "50", 50.0]),
        ("hea.behinderung", "P2", "merkzeichen", [["G", "aG"]], [["X"], "G"]),
        (
            "reg.meldedatensatz",
            "P1",
            "retrieved_at",
            ["2026-10-05T09:12:01Z"],
            ["2026-10-05", "9:12"],
        ),
        (
            "pay.iban",
            "P1",
            "iban",
            ["DE89370400440532013000"],
            ["DE88370400440532013000", "DE89 3704"],
        ),
        ("ins.kv", "P3", "kvnr", ["A123456789"], ["a123456789", "1234567890"]),
        ("civ.sorge", "P1", "parts", [["A1"], []], [["a1"], ["ABCDEFGHI"]]),
        ("ben.kiz", "D", "media_type", ["application/pdf"], ["text/html"]),
        ("ben.kiz", "D", "data", ["JVBERi0="], ["<pdf>", "a b"]),
        ("civ.familienstand", "P2", "spouse_ref", [MILA], ["p2", {}, {"family_name": "Muster"}]),
    ],
)
def test_a_value_has_the_form_the_catalogue_gives_it(
    evidence_type: str, profile: str, field: str, sound: list[object], broken: list[object]
) -> None:
    assert [one for one in sound if faults_of(evidence_type, profile, {field: one})] == []

    for one in broken:
        found = faults_of(evidence_type, profile, {field: one})
        assert found, one
        assert all(path.startswith(f"/{field}") for path in found), (one, found)


@pytest.mark.parametrize("text", ["\ud800", "A\x00"])
def test_what_is_no_text_is_a_fault_and_no_crash(text: str) -> None:
    assert faults_of("hou.unterkunft", "P3", {"landlord": {"name": text}}) != []


def test_faults_are_told_by_path_and_never_by_value() -> None:
    content = {"state": "Erika", "members": [{"ref": MILA, "role": "Mustermann"}]}

    assert faults_of("ben.sgb2", "P3", content) == ["/members/0/role", "/state"]


def test_inside_a_container_nothing_may_lack_that_the_catalogue_requires() -> None:
    assert faults_of("ben.sgb2", "P2", {"mehrbedarf": [{}]}) == ["/mehrbedarf/0"]
    assert faults_of("ben.sgb2", "P3", {"members": [{"role": "recipient"}]}) == ["/members/0"]
    assert faults_of("ben.sgb2", "P2", {"kdu_ct": {}}) == []


def test_what_was_not_granted_is_neither_required_nor_allowed() -> None:
    check = validator_of(profile_of("ben.sgb2", "P3"), ("members[].role",), several=False)

    assert check({"members": [{"role": "recipient"}]}) == []
    assert check({"members": [{"role": "recipient", "total_ct": 1}]}) == ["/members/0"]
    assert check({"state": "granted"}) == ["/"]


def test_several_months_are_a_list_of_records_and_one_month_is_none() -> None:
    months = {"months": [{"month": "2026-09"}, {"month": "2026-9"}]}

    assert faults_of("ben.sgb2", "P1", months, several=True) == ["/months/1/month"]
    assert faults_of("ben.sgb2", "P1", {"month": "2026-9"}, several=True) == ["/month"]
    assert faults_of("ben.sgb2", "P1", months) == ["/"]
    assert faults_of("ben.sgb2", "P0", {"months": []}, several=True) == ["/"]


def test_a_list_of_months_inside_the_evidence_is_no_list_of_records() -> None:
    content = {"months": [{"month": "2026-09", "variant": "Basis", "amount_ct": 30_000}]}

    assert taken_in("ben.elterngeld", "P1", content) == Cut(content, 0)


def test_the_birth_record_names_its_parents() -> None:
    parents = [{"family_name": "Fremd", "given_names": ["Unbekannt"], "birth_name": "Anders"}]
    content = {"birth_date": "2026-09-01", "birth_place": "Musterstadt", "parents": parents}

    assert taken_in("civ.geburt", "P2", content) == Cut(content, 0)


def test_the_child_benefit_list_names_whom_the_regulation_names() -> None:
    content = {
        "child_names": "Mila Muster",
        "child_dob": "2017-02-03",
        "entitled": [{"ent_names": "Unbekannt Fremd", "ent_dob": "1980-00-00"}],
    }

    assert taken_in("ben.kindergeld", "P2", content) == Cut(content, 0)


def test_who_represents_a_person_is_named_only_if_the_request_knows_them() -> None:
    content = {
        "represented": MILA,
        "kind": "vormund",
        "scopes": ["all"],
        "representative": STRANGER,
    }

    assert taken_in("rep.vertretung", "P2", content) == Cut(
        {"represented": {"ref": "p2"}, "kind": "vormund", "scopes": ["all"]}, 0
    )


def test_the_statement_for_the_maintenance_advance_stops_at_the_first_no() -> None:
    content = {
        "month": "2026-10",
        "child_receives": False,
        "need_avoidable": False,
        "money_income_ge_600": True,
        "notice_date": "2026-09-01",
    }

    assert taken_in("ben.sgb2", "UVG", content) == Cut(
        {"month": "2026-10", "child_receives": False}, 3
    )


def test_conditions_on_lists_are_kept_too() -> None:
    content = {
        "declared": False,
        "items": [{"kind": "konto", "value_ct": 1, "as_of": "2026-10-01"}],
    }

    assert taken_in("ast.vermoegen", "P2", content) == Cut({"declared": False}, 1)


def test_a_wrong_form_ends_the_retrieval() -> None:
    with pytest.raises(ProviderUnreadable, match="wrong form at /total_ct"):
        taken_in("ben.sgb2", "P1", {"total_ct": "1200 €"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["state", "members", "ref", "months"]), inner)
        ),
        max_leaves=8,
    )
)
def test_no_json_breaks_the_check(content: object) -> None:
    found = faults_of("ben.sgb2", "P3", content, several=True)

    assert all(path.startswith("/") for path in found)
