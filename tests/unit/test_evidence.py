"""Cutting: nothing beyond the grant passes, and nobody outside the request is named."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceonly.domain.calendar import Month, Months
from onceonly.domain.catalogue import Condition, Field, Profile, Title
from onceonly.domain.errors import ProviderUnreadable
from onceonly.domain.evidence import Cut, cut
from onceonly.domain.persons import Alias, Person

OCTOBER = Month(2026, 10)
MILA = {"family_name": "Muster", "given_names": ["Mila"], "date_of_birth": "2017-02-03"}
STRANGER = {"family_name": "Fremd", "given_names": ["Unbekannt"], "date_of_birth": "1980-01-01"}
ASKED = (
    Person("p1", "applicant", "Muster", ("Erika",), "1990-03-14"),
    Person("p2", "child", "Muster", ("Mila",), "2017-02-03"),
)


def a_field(path: str, json_type: str = "string", **more: object) -> Field:
    return Field(path, json_type, Title("Feld", "Field"), **more)  # type: ignore[arg-type] # keywords


def a_profile(*fields: Field) -> Profile:
    return Profile("P3", fields)


def nothing_broken(_content: object) -> list[str]:
    return []


def cut_to(content: Mapping[str, object], profile: Profile, *fields: str) -> Cut:
    return cut(
        content,
        fields=fields or profile.leaves,
        profile=profile,
        persons=ASKED,
        reference_month=OCTOBER,
        faults=nothing_broken,
    )


HOUSEHOLD = a_profile(
    a_field("state"),
    a_field("month", format="month"),
    a_field("to_month", format="month"),
    a_field("kdu_ct", "object"),
    a_field("kdu_ct.rent", "integer"),
    a_field("kdu_ct.heat", "integer"),
    a_field("codes[]", "array"),
    a_field("members[]", "array"),
    a_field("members[].ref", format="person-ref"),
    a_field("members[].role"),
    a_field("child", "object"),
    a_field("child.ref", format="person-ref"),
    a_field("spouse_ref", format="person-ref"),
)


def leaves_of(content: object, prefix: str = "") -> set[str]:
    if isinstance(content, list):
        inside = [leaves_of(one, prefix) for one in content]
        return set().union(*inside) if inside else set()
    if isinstance(content, dict):
        found: set[str] = set()
        for name, member in content.items():
            found |= leaves_of(member, f"{prefix}.{name}" if prefix else name)
        return found
    return {prefix}


def strings_of(content: object) -> set[str]:
    if isinstance(content, list):
        return {text for one in content for text in strings_of(one)}
    if isinstance(content, dict):
        return {text for one in content.values() for text in strings_of(one)}
    return {content} if isinstance(content, str) else set()


scalars = st.none() | st.booleans() | st.integers() | st.sampled_from(["granted", "2026-10"])
people = st.sampled_from([MILA, STRANGER, {"family_name": "Halb"}])
members = st.lists(
    st.one_of(
        people,
        st.builds(lambda one: {"ref": one, "role": "recipient", "iban": "DE00"}, people),
        st.builds(lambda one: {**one, "role": "considered", "diagnosis": "F00"}, people),
    ),
    max_size=4,
)
amounts = st.dictionaries(st.sampled_from(["rent", "heat", "kind"]), scalars)
answers = st.fixed_dictionaries(
    {},
    optional={
        "state": scalars,
        "month": st.just("2026-10"),
        "to_month": scalars,
        "kdu_ct": amounts,
        "codes": st.lists(st.sampled_from(["G", "H"])),
        "members": members,
        "child": st.one_of(people, st.builds(lambda one: {"ref": one, "school": "x"}, people)),
        "spouse_ref": people,
        "diagnosis": scalars,
        "iban": st.just("DE00"),
    },
)


@given(content=answers, granted=st.sets(st.sampled_from(HOUSEHOLD.leaves)))
def test_nothing_beyond_the_granted_paths_ever_passes(
    content: Mapping[str, object], granted: set[str]
) -> None:
    result = cut(
        content,
        fields=sorted(granted),
        profile=HOUSEHOLD,
        persons=ASKED,
        reference_month=OCTOBER,
        faults=nothing_broken,
    )

    assert leaves_of(result.content) <= {one.replace("[]", "") for one in granted}


@given(content=answers)
def test_nobody_outside_the_request_is_named(content: Mapping[str, object]) -> None:
    result = cut_to(content, HOUSEHOLD)

    assert strings_of(result.content) <= {
        *("granted", "2026-10", "G", "H", "recipient", "considered", "p2"),
    }


@given(content=answers)
def test_what_is_cut_is_counted(content: Mapping[str, object]) -> None:
    result = cut_to(content, HOUSEHOLD)

    beyond = sum(name in content for name in ("diagnosis", "iban"))
    assert result.excess >= beyond


@given(content=answers)
def test_what_was_cut_once_is_cut_no_further(content: Mapping[str, object]) -> None:
    plain = a_profile(*(one for one in HOUSEHOLD.fields if one.format != "person-ref"))
    once = cut_to(content, plain)

    assert cut_to(once.content, plain) == Cut(once.content, 0)


def test_a_person_of_the_request_becomes_the_reference_wherever_the_office_put_the_name() -> None:
    content = {
        "members": [
            {**MILA, "role": "recipient"},
            {"ref": MILA, "role": "considered"},
            {**STRANGER, "role": "recipient"},
        ],
        "child": {"ref": {**MILA, "iban": "DE00"}},
        "spouse_ref": STRANGER,
    }

    result = cut_to(content, HOUSEHOLD)

    assert result.content == {
        "members": [{"role": "recipient", "ref": "p2"}, {"role": "considered", "ref": "p2"}],
        "child": {"ref": "p2"},
    }
    assert result.excess == 1


def test_two_persons_of_one_name_and_birth_date_are_nobody() -> None:
    twice = (*ASKED, Person("p3", "child", "Muster", ("Mila",), "2017-02-03"))

    result = cut(
        {"child": MILA},
        fields=["child.ref"],
        profile=HOUSEHOLD,
        persons=twice,
        reference_month=OCTOBER,
        faults=nothing_broken,
    )

    assert result.content == {}


@pytest.mark.parametrize(
    "named",
    [
        {"family_name": "MUSTER", "given_names": "Mila", "date_of_birth": "2017-02-03"},
        {"family_name": "Mu\u0308ller", "given_names": ["Mila"], "date_of_birth": "2017-02-03"},
        {"family_name": "Muster", "given_names": ["Mila"], "date_of_birth": "2017-00-00"},
    ],
)
def test_case_composition_aliases_and_unknown_parts_of_a_day_do_not_hide_a_person(
    named: Mapping[str, object],
) -> None:
    child = Person(
        "p2", "child", "Muster", ("Mila",), "2017-02-03", aliases=(Alias("Müller", ("Mila",)),)
    )

    result = cut(
        {"child": named},
        fields=["child.ref"],
        profile=HOUSEHOLD,
        persons=[child],
        reference_month=OCTOBER,
        faults=nothing_broken,
    )

    assert result.content == {"child": {"ref": "p2"}}


def test_names_that_are_the_evidence_stay() -> None:
    birth = a_profile(
        a_field("parents[]", "array"),
        a_field("parents[].family_name"),
        a_field("parents[].given_names[]", "array"),
    )
    parents = [{"family_name": "Fremd", "given_names": ["Unbekannt"]}]

    result = cut_to({"parents": parents, "registered": True}, birth)

    assert result == Cut({"parents": parents}, 1)


def test_a_field_falls_with_the_field_it_hangs_on() -> None:
    cascade = a_profile(
        a_field("receives", "boolean"),
        a_field("avoidable", "boolean", condition=Condition("field", "receives", ("true",))),
        a_field("enough", "boolean", condition=Condition("field", "avoidable", ("false",))),
        a_field("parts[]", "array", condition=Condition("field", "receives", ("true",))),
    )

    kept = cut_to({"enough": True, "avoidable": False, "receives": True, "parts": []}, cascade)
    fell = cut_to({"enough": True, "avoidable": False, "receives": False, "parts": []}, cascade)

    assert kept.excess == 0
    assert fell == Cut({"receives": False}, 3)


@pytest.mark.parametrize(
    ("period", "kept"),
    [
        ({"from_month": "2025-10", "to_month": "2026-09"}, False),
        ({"from_month": "2025-10", "to_month": "2026-10"}, True),
        ({"from_month": "2025-10", "to_month": None}, True),
        ({"to_month": "2026-12"}, False),
    ],
)
def test_months_that_do_not_meet_take_their_fields_with_them(
    period: Mapping[str, object], *, kept: bool
) -> None:
    overlaps = Condition("overlaps")
    profile = a_profile(
        a_field("from_month", condition=overlaps),
        a_field("to_month"),
        a_field("considered", "boolean", condition=overlaps),
    )

    result = cut_to({**period, "considered": True}, profile)

    assert ("considered" in result.content) is kept
    assert "to_month" in result.content


def test_records_of_other_months_are_excess() -> None:
    content = {
        "months": [{"month": f"2026-{number:02}", "state": "granted"} for number in range(7, 11)],
        "state": "granted",
    }

    result = cut(
        content,
        fields=["state", "month"],
        profile=HOUSEHOLD,
        persons=ASKED,
        reference_month=OCTOBER,
        faults=nothing_broken,
        months=Months(Month(2026, 8), Month(2026, 9)),
    )

    assert result.content == {
        "months": [
            {"month": "2026-08", "state": "granted"},
            {"month": "2026-09", "state": "granted"},
        ]
    }
    assert result.excess == 5


def test_months_are_no_way_round_for_evidence_that_is_not_monthly() -> None:
    result = cut_to({"months": [{"state": "granted"}]}, HOUSEHOLD, "state")

    assert result == Cut({}, 1)


def test_null_is_absent_except_for_an_open_end() -> None:
    assert cut_to({"state": None, "to_month": None}, HOUSEHOLD) == Cut({"to_month": None}, 0)


@pytest.mark.parametrize("content", [{"kdu_ct": 5}, {"members": ["p2"]}, {"kdu_ct": [1]}])
def test_a_container_of_the_wrong_form_is_unreadable(content: Mapping[str, object]) -> None:
    with pytest.raises(ProviderUnreadable):
        cut_to(content, HOUSEHOLD)


def test_what_breaks_the_form_is_named_by_path_and_never_by_value() -> None:
    with pytest.raises(ProviderUnreadable) as raised:
        cut(
            {"state": "Erika Mustermann"},
            fields=["state"],
            profile=HOUSEHOLD,
            persons=ASKED,
            reference_month=OCTOBER,
            faults=lambda _content: ["/state"],
        )

    assert "/state" in str(raised.value)
    assert "Erika" not in json.dumps(str(raised.value))
