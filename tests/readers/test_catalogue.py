"""The catalogue: what can be asked, read from files that are checked against each other."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import CHAIN, Catalogue, Condition
from onceonly.readers.catalogue import read_catalogue
from onceonly.readers.documents import LawFaults
from onceonly.readers.rules import SHIPPED

SHIPPED_CATALOGUE = Path(str(SHIPPED)) / "catalogue"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(SHIPPED_CATALOGUE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "catalogue"
    shutil.copytree(SHIPPED_CATALOGUE, copy)
    return copy


def test_in_the_chain_a_profile_shows_what_the_weaker_ones_show(catalogue: Catalogue) -> None:
    for evidence_type in catalogue.evidence_types.values():
        chain = [evidence_type.profiles[one] for one in CHAIN if one in evidence_type.profiles]
        for weaker, stronger in pairwise(chain):
            assert stronger.fields[: len(weaker.fields)] == weaker.fields


def test_a_purpose_bound_profile_stands_outside_the_chain(catalogue: Catalogue) -> None:
    assert catalogue.evidence_types["ben.sgb2"].profiles["WOG"].leaves == (
        *("role", "state", "applied_from_month", "from_month", "to_month"),
        *("kdu_considered", "loan_only", "subordinate_104", "exclusion_lifted"),
    )


def test_leaves_are_spelled_as_the_catalogue_spells_them(catalogue: Catalogue) -> None:
    leaves = catalogue.evidence_types["ben.sgb2"].profiles["P3"].leaves

    assert "mehrbedarf[].amount_ct" in leaves
    assert "members[].ref" in leaves
    assert "kdu_ct" not in leaves
    assert "mehrbedarf[]" not in leaves


def test_conditions_are_read_by_their_kind(catalogue: Catalogue) -> None:
    found = {
        one.path: one.condition
        for evidence_type in ("ben.sgb2", "ben.kindergeld", "fam.jobcenter")
        for profile in catalogue.evidence_types[evidence_type].profiles.values()
        for one in profile.fields
    }

    assert found["need_avoidable"] == Condition("field", "child_receives", ("true",))
    assert found["kdu_considered"] == Condition("overlaps", "procedure.period")
    assert found["title_date"] == Condition("role", values=("applicant",))
    amount = found["amount_paid_ct"]
    assert amount is not None
    assert amount.kind == "procedure"
    assert "sgb2.*" in amount.values


def test_a_procedure_changes_its_name_with_the_benefit_month(catalogue: Catalogue) -> None:
    procedure = catalogue.procedures["sgb2.erstantrag"]

    names = [procedure.named(Month(*month)) for month in ((2022, 12), (2026, 6), (2026, 7))]

    assert [one.title.de.split(":")[0] for one in names] == [
        *("Arbeitslosengeld II", "Bürgergeld", "Grundsicherungsgeld"),
    ]
    assert names[2].also_called[0].until == Month(2026, 12)
    assert catalogue.version_of(Month(2026, 6)) == Month(2023, 1)
    assert catalogue.version_of(Month(2026, 7)) == Month(2026, 7)


def test_a_fact_means_the_same_in_every_procedure(catalogue: Catalogue) -> None:
    first, again = (
        catalogue.procedures[code].facts["sgb2-11-einkommen"]
        for code in ("sgb2.erstantrag", "sgb2.weiterbewilligung")
    )

    assert first is again
    assert [(one.alternative, one.evidence_type, one.months) for one in first.proofs] == [
        (1, "inc.entgelt", "last:3"),
        (2, "inc.selbst", "last:6"),
        (3, "inc.steuer", ""),
    ]


def test_who_acts_under_section_35_is_said_or_left_to_the_kind(catalogue: Catalogue) -> None:
    assert catalogue.procedures["kinderzuschlag.antrag"].section35 is True
    assert catalogue.procedures["kindergeld.estg"].section35 is False
    assert catalogue.procedures["erstattung.sgb10"].section35 is None


def test_the_union_has_27_states(catalogue: Catalogue) -> None:
    assert len(catalogue.union_states) == 27
    assert {"DE", "GR"} <= catalogue.union_states
    assert not {"XA", "XX", "CH", "EL"} & catalogue.union_states


TYPE = "evidence-types/ben.sgb2.yaml"
PROCEDURE = "procedures/sgb2.erstantrag.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "path"),
    [
        (TYPE, "code: ben.sgb2", "code: ben.sgb3", "code"),
        (TYPE, "class: N", "class: Q", "class"),
        (TYPE, "type: string", "type: text", "profiles.P0[0].type"),
        (TYPE, "format: month", "format: moon", "profiles.P0[1].format"),
        (TYPE, "required: true", "required: ja", "profiles.P0[0].required"),
        (TYPE, "path: from_month", "path: state", "profiles.P0"),
        (TYPE, "path: kdu_ct\n", "path: kdu\n", "profiles.P2"),
        (TYPE, "field: child_receives", "field: child_deceives", "profiles.UVG"),
        (TYPE, "overlaps: procedure.period", "overlaps: lunch", "profiles.WOG[3].condition"),
        (TYPE, "max_age:", "maxage:", "maxage"),
        (PROCEDURE, "section35: true", "section35: maybe", "section35"),
        (PROCEDURE, "  - sgb2-11-einkommen", "  - sgb2-11-auskommen", "facts"),
        (PROCEDURE, "  konto:", "  kontor:", "facts"),
        (PROCEDURE, "facts:", "fact:", "fact"),
        (PROCEDURE, 'first: "2023-01"', 'first: "2023-13"', "namings[1].first"),
        ("facts/sgb2.yaml", "evidence: inc.entgelt", "evidence: inc.entgeld", "all[0].proofs[0]"),
        ("facts/sgb2.yaml", "profile: P2", "profile: WOG", "all[0].proofs[0].profile"),
        ("facts/sgb2.yaml", "last:3", "lost:3", "all[0].proofs[0].months"),
        ("facts/sgb2.yaml", "- code: sgb2-11-lohnersatz", "- code: sgb2-11-einkommen", "all[1]"),
        ("versions.yaml", '"2005-01"', '"2025-01"', "all"),
        ("union-states.yaml", "en: Austria", "it: Austria", "AT"),
    ],
)
def test_a_slip_of_the_pen_is_named_where_it_stands(
    folder: Path, file: str, old: str, new: str, path: str
) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(LawFaults) as raised:
        read_catalogue(folder)

    found = [one for one in raised.value.faults if one.file == file]
    assert any(one.path.startswith(path) for one in found), raised.value.faults


def test_a_file_nobody_knows_is_a_fault(folder: Path) -> None:
    (folder / "evidence-typs").mkdir()
    (folder / "evidence-typs" / "ben.neu.yaml").write_text("code: ben.neu\n")

    with pytest.raises(LawFaults) as raised:
        read_catalogue(folder)

    assert [one.file for one in raised.value.faults] == ["evidence-typs/ben.neu.yaml"]
