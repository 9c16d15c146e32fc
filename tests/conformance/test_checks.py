"""Every check holds for a provider in good order, and breaks for one that is wrong in its way."""

from collections.abc import Mapping

import pytest

from conformance.spoiling import ANSWERS, DOORS, HUBS
from conformance.trials import a_trial
from conformance.vendor import honest
from onceonly.api.letters import is_name
from onceonly.conformance import matching
from onceonly.conformance.about import About
from onceonly.conformance.checks import Check, DoesNotApply, LeftOut, Trial
from onceonly.conformance.suite import SECTIONS, try_out
from onceonly.domain.rules import Law

CHECKS = {check.name: check for section in SECTIONS for check in section.checks}
LOOKS_BACK = ("silent", "direct", "plain", "readable", "in-time", "unbroken")
BEFORE: Mapping[str, tuple[str, ...]] = {
    "key-renewed": ("token-believed",),
    **dict.fromkeys(LOOKS_BACK, ("token-believed", "unknown", "ambiguous")),
}
"""Check -> what must have been asked before."""


async def came_of(check: Check, trial: Trial) -> object:
    for before in BEFORE.get(check.name, ()):
        await CHECKS[before].run(trial)
    return await check.run(trial)


async def test_a_provider_in_good_order_passes_every_check(about: About, law: Law) -> None:
    async with a_trial(about, law, patience_s=(0.0, 1.1)) as trial:
        report = await try_out(trial, lambda _, __: None)

    others = [(one.check.name, one.result) for one in report.findings if one.result != "held"]
    assert others == [(name, "does-not-apply") for name in DOORS]
    assert report.verdict == "passed"


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in DOORS])
async def test_a_check_breaks_where_a_provider_is_wrong_in_its_way(
    name: str, about: About, law: Law
) -> None:
    told = about.model_copy(update={"timeout_s": 0.1}) if name == "in-time" else about

    async with a_trial(told, law, spoil=ANSWERS.get(name, honest), hub=HUBS.get(name)) as trial:
        came = await came_of(CHECKS[name], trial)

    assert isinstance(came, list)
    assert came


def test_every_check_has_a_way_to_break_and_a_name_of_its_own() -> None:
    assert CHECKS.keys() == ANSWERS.keys() | HUBS.keys() | DOORS.keys()
    assert len(CHECKS) == sum(len(section.checks) for section in SECTIONS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_a_check_says_what_holds_what_is_expected_and_what_to_do(check: Check) -> None:
    assert check.says[0].isupper()
    assert check.says.endswith(".")
    assert check.do.endswith(".")
    assert check.expected


@pytest.mark.parametrize("name", ["ambiguous", "without", "unknown-birthday", "one-name"])
async def test_what_the_file_names_nobody_for_is_left_out_and_does_not_pass(
    name: str, about: About, law: Law
) -> None:
    alone = about.model_copy(update={"people": {"known": about.people["known"]}})

    async with a_trial(alone, law) as trial:
        assert isinstance(await CHECKS[name].run(trial), LeftOut)


@pytest.mark.parametrize("name", ["later", "refused", "protected"])
async def test_what_a_provider_never_answers_need_not_be_checked(
    name: str, about: About, law: Law
) -> None:
    alone = about.model_copy(update={"people": {"known": about.people["known"]}})

    async with a_trial(alone, law) as trial:
        assert isinstance(await CHECKS[name].run(trial), DoesNotApply)


@pytest.mark.parametrize("name", ["health", "token-believed"])
async def test_where_the_door_is_closed_the_rest_is_left_out(
    name: str, about: About, law: Law
) -> None:
    async with a_trial(about, law, spoil=ANSWERS.get(name, honest), hub=HUBS.get(name)) as trial:
        report = await try_out(trial, lambda _, __: None)

    assert [one.check.name for one in report.findings if one.broken] == [name]
    assert report.verdict == "failed"
    assert {one.result for one in report.findings[2:]} == {"left-out"}


async def test_offices_that_may_not_know_who_asks_are_not_told(about: About, law: Law) -> None:
    for kind in (*law.public_body_only, "meldebehoerde"):
        async with a_trial(about.model_copy(update={"office_kind": kind}), law) as trial:
            asked = trial.question(about.people["known"])

        assert "requesting_body" in asked
        assert not {"consumer", "procedure", "rule", "law"} & asked.keys()


async def test_a_report_tells_no_value_of_an_answer(about: About, law: Law) -> None:
    def talkative(_: object, __: object) -> tuple[int, dict[str, str], bytes]:
        return 409, {}, '{"title": "Mustergül, Ayşe, 1988-04-17", "Ayşe": 1}'.encode()

    async with a_trial(about, law, spoil=talkative) as trial:
        for check in CHECKS.values():
            came = await check.run(trial)
            assert "Ay" not in repr(came).replace("name `", "")


def test_names_that_are_tried_are_names() -> None:
    assert all(is_name(name) for name in matching._NAMES)
