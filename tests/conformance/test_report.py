"""What a trial found reads well, as text and as JSON."""

import json

import pytest

from onceonly.conformance.checks import Came, Check, DoesNotApply, LeftOut, Trial
from onceonly.conformance.report import Finding, Report


async def never(_: Trial) -> Came:
    raise AssertionError


CHECK = Check("one-thing", "One thing holds.", "200", "Do another thing.", never)


def found(*came: Came) -> Report:
    return Report(tuple(Finding.of(CHECK, one) for one in came))


@pytest.mark.parametrize(
    ("came", "verdict"),
    [
        (([], DoesNotApply("nothing there")), "passed"),
        (([], LeftOut("name somebody")), "incomplete"),
        (([], ["404"], LeftOut("name somebody")), "failed"),
    ],
)
def test_the_verdict_is_that_of_the_worst_finding(came: tuple[Came, ...], verdict: str) -> None:
    assert found(*came).verdict == verdict
    assert found(*came).as_json("http://provider.example")["verdict"] == verdict


def test_a_fault_says_what_was_expected_what_came_and_what_to_do() -> None:
    lines = Finding.of(CHECK, ["404", "500"]).lines()

    assert lines[0].split() == ["BROKEN", "One", "thing", "holds."]
    assert [line.split()[:2] for line in lines[1:]] == [
        ["expected", "200"],
        ["came", "404"],
        ["came", "500"],
        ["do", "Do"],
    ]
    assert lines[-1].endswith("(one-thing)")


def test_many_faults_of_a_kind_are_counted_for_people_and_listed_for_machines() -> None:
    finding = Finding.of(CHECK, [str(number) for number in range(40)])

    assert len(finding.lines()) < 10
    assert any("35 more" in line for line in finding.lines())
    assert len(json.loads(json.dumps(finding.as_json()))["came"]) == 40


def test_the_summary_counts_every_finding_once() -> None:
    summary = found([], [], ["404"], LeftOut("x"), DoesNotApply("y")).summary()

    assert summary.startswith("5 checks: 2 hold, 1 broken, 1 left out, 1 do not apply.")


def test_what_holds_says_no_more_than_that() -> None:
    assert Finding.of(CHECK, []).as_json() == {
        "check": "one-thing",
        "says": "One thing holds.",
        "result": "held",
    }
