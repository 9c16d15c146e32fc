"""Reading the law: what ships is sound, and what is unsound is named all at once."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from onceonly.domain.rules import Alternative, Automation, Law, Mode, RuleMode
from onceonly.readers.documents import LawFault, LawFaults
from onceonly.readers.rules import SHIPPED, read_law

REASONS = {
    *("minimised", "choice-missing", "choice-not-theirs", "choice-refused"),
    *("consent-missing", "consent-not-theirs", "consent-mismatch", "consent-expired"),
    *("consent-withdrawn", "consent-used", "nobody-may-act", "beyond-mandate"),
    *("justification-missing", "precondition-missing", "no-rule", "not-listed"),
    *("not-necessary", "no-agreement", "no-provider", "not-issuer", "not-immediate"),
    *("procedure-not-yours", "blocked-type", "entrusted", "secrecy"),
    *("onward-transfer-locked", "human-decision", "azr-first", "azr-eu-citizen"),
    *("idnr-not-allowed", "bulk"),
}


@pytest.fixture(scope="module")
def law() -> Law:
    return read_law()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "law"
    shutil.copytree(Path(str(SHIPPED)), copy)
    return copy


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def faults_of(folder: Path) -> tuple[LawFault, ...]:
    with pytest.raises(LawFaults) as raised:
        read_law(folder)
    return raised.value.faults


def test_a_row_says_what_its_file_says(law: Law) -> None:
    row = next(one for one in law.rules if one.id == "R10b")

    assert row.in_force_on(date(2026, 10, 5))
    assert not row.in_force_on(date(2024, 7, 23))
    assert row.modes[0].mode in (Mode.DUTY, Mode.CHOICE)
    assert row.retention in law.retention or row.retention == "by-mode"


def test_the_first_row_is_read_whole(law: Law) -> None:
    row = law.rules[0]

    assert row.id == "R01"
    assert row.consumers == ("wohngeld.mietzuschuss", "wohngeld.lastenzuschuss")
    assert [(one.evidence_type, one.profile) for one in row.evidence] == [("ben.sgb2", "WOG")]
    assert row.modes == (
        RuleMode(
            Mode.CHOICE,
            ("§ 67f SGB X", "§ 7 (1) S. 1 Nr. 1 WoGG", "§ 8 WoGG"),
            Automation.CHOICE,
            ("choice",),
        ),
        RuleMode(
            Mode.MAY,
            (
                "§ 69 (1) Nr. 1 SGB X",
                "§ 67a (2) S. 3 Nr. 1 SGB X",
                "§ 7 (1) S. 1 Nr. 1 WoGG",
                "§ 8 WoGG",
            ),
            Automation.AGREEMENT,
            ("justification",),
            "sgbx-67a-2-3-1",
        ),
    )
    assert row.obligations == ("preview", "inform-person")


def test_what_must_hold_is_read_in_the_words_of_the_rows(law: Law) -> None:
    rows = {one.id: one for one in law.rules}

    assert rows["R06"].when.person is not None
    assert rows["R06"].when.person.age == (18, None)
    assert rows["R06"].when.fields_by["nationality"].keys() == {"third-country", "else"}
    assert rows["R06"].idnr
    assert rows["R32c"].when.months == "before-application:6"
    assert rows["R03a"].when.stands_aside == ("sgb2-40a-erstattung", "reimbursement-claim")
    assert rows["R28f"].when.purpose_code == "36"
    assert rows["R102"].when.config == "admissions"
    assert rows["R109"].when.closed_by == ("R05b", "R08b", "R28b", "R46", "R91", "R97")
    assert "ben.wohngeld" in rows["R109"].matrix["jobcenter"]


def test_all_rows_ship_in_the_order_of_their_numbers(law: Law) -> None:
    ids = [one.id for one in law.rules]

    assert len(ids) == len(set(ids)) == 150
    assert ids.index("R10b") < ids.index("R11") < ids.index("R100") < ids.index("R109")


def test_every_reason_is_explained_in_both_languages(law: Law) -> None:
    assert law.reasons.keys() == REASONS
    assert all(
        one.law and one.de.endswith(".") and one.en.endswith(".") for one in law.reasons.values()
    )
    assert all(one.de != one.en for one in law.reasons.values())


def test_what_may_never_be_ships_with_the_law(law: Law) -> None:
    assert "auslaenderbehoerde" in law.never_consent_towards
    assert "familienkasse" in law.never_shared_controller
    assert law.never_data_service == ("asd", "beistand")
    assert set(law.public_body_only) == {
        *("auslaenderbehoerde", "schule", "standesamt", "asylblg", "finanzamt"),
    }
    assert set(law.named_body_only) == {"azr", "meldebehoerde"}
    assert law.blocked["jug.hilfe"].except_rules == ("R53",)
    assert law.blocked["ast.konto"].alternatives == (Alternative("upload"),)
    assert law.bulk["persons-without-chain"].more_than == 3
    assert law.section35["familienkasse"].provides == ("ben.kiz",)
    assert law.section35["jobcenter"].procedures is None
    assert len(law.office_kinds) == 26


def test_no_record_is_kept_beyond_its_ceiling_or_without_a_class(law: Law) -> None:
    assert set(law.retention_by_mode.values()) <= law.retention.keys()
    assert {one.retention for one in law.rules} <= {*law.retention, "by-mode"}
    assert law.retention["choice-67f"].setting == "P6M"
    assert law.retention["choice-67f-after-notice"].floor == "P2Y"
    assert law.retention["agreement-79"].sample == 10


def test_the_version_moves_with_every_byte_of_the_files(folder: Path) -> None:
    before = read_law(folder).version

    change(folder, "rules/R01.yaml", "# § 67f SGB X", "# § 67f SGB  X")

    assert read_law(folder).version != before
    assert before == read_law().version


def test_what_is_no_law_does_not_move_the_version(folder: Path) -> None:
    (folder / "remarks").mkdir()
    (folder / "remarks" / "a-text-of-its-own.yaml").write_text("id: x\n")

    assert read_law(folder).version == read_law().version


SLIPS = (
    ("rules/R01.yaml", "origin: issued", "orign: issued", "orign"),
    ("rules/R01.yaml", "origin: issued", "origin: stolen", "origin"),
    ("rules/R01.yaml", "via_hub: true", "via_hub: yes", "via_hub"),
    ("rules/R01.yaml", "type: ben.sgb2", "type: ben.sgb22", "evidence[0].type"),
    ("rules/R05.yaml", "profile: KIZ1A", "profile: KIZ1B", "evidence[0].profile"),
    ("rules/R01.yaml", "wogg-7-ausschluss ", "wogg-7-einschluss ", "facts"),
    ("rules/R01.yaml", "wogg-7-ausschluss ", "sgb2-11-einkommen ", "facts"),
    ("rules/R01.yaml", "[jobcenter]", "[jobzentrum]", "providers"),
    ("rules/R01.yaml", "wohngeld.mietzuschuss", "wohngeld.miete", "consumers"),
    ("rules/R01.yaml", "mode: choice", "mode: chance", "modes[0].mode"),
    ("rules/R01.yaml", "automation: choice", "automation: robot", "modes[0].automation"),
    ("rules/R01.yaml", "needs: [choice]", "needs: [luck]", "modes[0].needs"),
    ("rules/R01.yaml", ", justification_norm: sgbx-67a-2-3-1", "", "modes[1].needs"),
    ("rules/R01.yaml", "[preview,", "[review,", "obligations"),
    ("rules/R01.yaml", "retention: by-mode", "retention: for-ever", "retention"),
    ("rules/R01.yaml", '"2024-07-24"', '"2024-07-32"', "in_force_from"),
    ("rules/R01.yaml", "confidence: H", "confidence: X", "confidence"),
    ("rules/R01.yaml", "id: R01", "id: R1", "id"),
    ("rules/R01.yaml", "origin: issued", "origin: issued\norigin: submitted", "origin"),
    ("rules/R04.yaml", "amount_ct]", "amounts_ct]", "fields"),
    ("rules/R04.yaml", "months: reference", "months: sometimes", "when.months"),
    ("rules/R05b.yaml", "reason: not-necessary", "reason: unwanted", "reason"),
    ("rules/R05b.yaml", "kind: upload", "kind: pray", "alternative[0].kind"),
    ("rules/R06.yaml", "[18, null]", "[18]", "when.person.age"),
    ("rules/R06.yaml", "applicant: [ent", "neighbour: [ent", "when.fields_by.role.neighbour"),
    ("rules/R06.yaml", "[monthly_benefit_ct] ", "[daily_ct] ", "when.fields_by.fact"),
    ("rules/R78.yaml", "values: {kind:", "values: {sort:", "when.values.sort"),
    ("rules/R109.yaml", "  jobcenter: [", "  jobzentrum: [", "matrix.jobzentrum"),
    ("rules/R109.yaml", "R97]", "R997]", "when"),
    ("towards.yaml", "[asd, beistand]", "[asd, bystander]", "never_data_service"),
    ("blocked.yaml", "reason: blocked-type", "reason: why-not", "jug.hilfe.reason"),
    ("blocked.yaml", "[R53]", "[R503]", "R503"),
    ("section35.yaml", "jobcenter: {}", "jobzentrum: {}", "jobzentrum"),
    ("retention.yaml", "choice: choice-67f", "choice: choice-68f", "by_mode.choice"),
    ("reasons.yaml", "  en: ", "  fr: ", "minimised"),
    ("catalogue/procedures/sgb2.erstantrag.yaml", "kinds: [job", "kinds: [jab", "jabcenter"),
    ("catalogue/facts/sgb2.yaml", "about: [applicant,", "about: [aplicant,", "aplicant"),
)


def rounds() -> list[list[tuple[str, str, str, str]]]:
    """The slips in as few readings as they need: two that change one passage stand apart."""
    found: list[list[tuple[str, str, str, str]]] = []
    for slip in SLIPS:
        free = (one for one in found if slip[:2] not in {other[:2] for other in one})
        place = next(free, None)
        if place is None:
            found.append([slip])
        else:
            place.append(slip)
    return found


@pytest.mark.parametrize("slips", rounds())
def test_slips_of_the_pen_are_named_where_they_stand(
    folder: Path, slips: list[tuple[str, str, str, str]]
) -> None:
    for file, old, new, _ in slips:
        change(folder, file, old, new)

    found = faults_of(folder)

    named = [(one.file, one.path) for one in found]
    assert [
        (file, path)
        for file, _, _, path in slips
        if not any(file.startswith(one) and where.startswith(path) for one, where in named)
    ] == []
    assert all(one.what and one.remedy and str(one).count(":") >= 3 for one in found)


def test_every_fault_of_every_file_is_named_at_once(folder: Path) -> None:
    change(folder, "rules/R01.yaml", "[jobcenter]", "[jobzentrum]")
    change(folder, "rules/R02.yaml", "confidence: H", "confidence: Z")
    change(folder, "bulk.yaml", "more_than: 3", "more_than: three")
    (folder / "rules" / "R03a.yaml").write_text("id: [R03a", "utf-8")
    (folder / "towards.yaml").unlink()

    files = {one.file for one in faults_of(folder)}

    assert files >= {
        *("rules/R01.yaml", "rules/R02.yaml", "rules/R03a.yaml", "bulk.yaml", "towards.yaml"),
    }


def test_a_fault_stands_at_its_line(folder: Path) -> None:
    change(folder, "rules/R01.yaml", "[jobcenter]", "[jobzentrum]")

    assert [(one.file, one.line) for one in faults_of(folder)] == [("rules/R01.yaml", 9)]


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"\xff\xfe", b"just text", b"a: *b"])
def test_a_file_that_is_no_row_is_a_fault_and_no_crash(folder: Path, content: bytes) -> None:
    (folder / "rules" / "R01.yaml").write_bytes(content)

    assert any(one.file == "rules/R01.yaml" for one in faults_of(folder))


def test_an_empty_folder_is_no_law(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path)) >= 7


def test_health_data_are_no_matter_of_a_plain_consent(folder: Path) -> None:
    change(folder, "rules/R34a.yaml", "explicit-consent, ", "consent, ")

    (fault,) = faults_of(folder)

    assert (fault.file, fault.path) == ("rules/R34a.yaml", "modes")
    assert "hea.erwerb" in fault.what


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("shape: pair", "shape: pairs", "unterhaltsvorschuss-paar.shape"),
        ("  child_under: 18\n", "", "unterhaltsvorschuss-paar.child_under"),
        ("ties: [spouse, partner", "ties: [spouse, neighbour", "wohngeld-haushalt.ties"),
        (
            "procedures: [uvg.antrag",
            "procedures: [uvg.klage",
            "unterhaltsvorschuss-paar.procedures",
        ),
        ("  main_home_above: 60", "  main_home: 60", "unterhaltsvorschuss-paar.main_home"),
    ],
)
def test_a_unit_that_says_what_nobody_reads_is_named(
    folder: Path, old: str, new: str, path: str
) -> None:
    change(folder, "units.yaml", old, new)

    assert path in [one.path.split("[")[0] for one in faults_of(folder)]


def test_who_may_ask_whom_stands_in_words_as_the_rows_say_it(law: Law) -> None:
    """The index of law/README.md; what it leads to is the rows themselves."""
    index = []
    for code in law.catalogue.procedures:
        asked: dict[str, list[str]] = {}
        for row in law.rules:
            if row.via_hub and not row.matrix and code in row.consumers:
                for kind in row.providers:
                    asked.setdefault(kind, []).append(row.id)
        told = " · ".join(f"{kind}: {', '.join(ids)}" for kind, ids in asked.items())
        index.append(f"| `{code}` | {told or '–'} |")
    written = SHIPPED.joinpath("README.md").read_text("utf-8").splitlines()

    assert [line for line in written if line in index or line.startswith("| `sgb2")] == index
    assert len([line for line in written if line.startswith("| `") and ": R" in line]) + 1 == len(
        index
    )


def test_what_the_words_lead_to_is_there(law: Law) -> None:
    text = SHIPPED.joinpath("README.md").read_text("utf-8")

    for file in re.findall(r"`((?:rules|catalogue)/[^`]+\.(?:yaml|md))`", text):
        assert SHIPPED.joinpath(file).is_file(), file
    aid = law.catalogue.procedures["wohngeld.mietzuschuss"].code
    row, copies = law.by_id["R01"], law.by_id["R22"]
    assert aid in row.consumers
    assert (row.providers, copies.providers) == (("jobcenter",), ("jobcenter",))
    assert not any(
        one.path.endswith("_ct")
        for one in law.catalogue.evidence_types["ben.sgb2"].profiles["WOG"].fields
    )
