"""What the office systems have on file, against the catalogue and one another."""

from importlib.resources import files
from itertools import islice

import pytest
import yaml

from onceonly.demo import education, familienkasse, jobcenter, kita, uvg, wohngeld
from onceonly.demo.cutting import cut
from onceonly.demo.months import shift
from onceonly.demo.papers import Case, Specialty, cases
from onceonly.demo.program import OfficeSystem
from onceonly.demo.question import Question
from onceonly.demo.registry import households
from onceonly.domain import evidence
from onceonly.domain.calendar import Month
from onceonly.domain.catalogue import Profile
from onceonly.domain.persons import Alias, Person
from onceonly.domain.rules import Law
from onceonly.readers.schemas import validator_of

MONTH = "2026-10"
SYSTEMS = [one.SYSTEM for one in (education, familienkasse, jobcenter, kita, uvg, wohngeld)]
OFFERED = yaml.safe_load(
    (files("onceonly") / "demo" / "musterkreis.yaml").read_text("utf-8").replace("$", "")
)["data_services"]


def a_person(number: int, case: Case) -> Person:
    who = case.person
    aliases = tuple(Alias(family, (given,)) for family, given in who.aliases)
    return Person(
        f"p{number}", "child", who.family_name, who.given_names, who.date_of_birth, aliases=aliases
    )


def content(specialty: Specialty, case: Case, profile: Profile, month: str) -> dict[str, object]:
    """What the office would send for this month."""
    question = Question(
        reference="r",
        evidence_type=specialty.evidence_type,
        profile=profile.code,
        fields=profile.leaves,
        months=(month,),
        open_end=True,
        person={},
        asked={},
    )
    paper = case.papers.get(specialty.evidence_type)
    record = specialty.monthly(paper, month, question)
    return {} if record is None else cut(record, profile.leaves)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda one: one.office)
def test_every_answer_has_the_form_of_the_catalogue(system: OfficeSystem, law: Law) -> None:
    kreis = households(MONTH, count=80)
    filed = cases(system.specialties, kreis, elsewhere=system.elsewhere)
    known = list(islice(filed, 150))
    persons = [a_person(number, case) for number, case in enumerate(known)]
    answered = 0
    for specialty in system.specialties:
        types = law.catalogue.evidence_types[specialty.evidence_type].profiles
        (offered,) = (
            one["profiles"]
            for one in OFFERED
            if (one["office"], one["evidence_type"]) == (system.office, specialty.evidence_type)
        )
        for profile in (types[code] for code in offered):
            for case in known:
                for month in (MONTH, shift(MONTH, -7), shift(MONTH, 9)):
                    told = content(specialty, case, profile, month)
                    if not told:
                        continue
                    result = evidence.cut(
                        told,
                        fields=profile.leaves,
                        profile=profile,
                        persons=persons,
                        reference_month=Month.parse(month),
                        faults=validator_of(profile, profile.leaves, several=False),
                    )
                    assert result.excess == 0, (profile.code, told)
                    answered += 1
    assert answered > len(known)
