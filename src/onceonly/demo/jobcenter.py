"""The Jobcenter Musterkreis: provider of `ben.sgb2`.

Run: `python -m onceonly.demo.jobcenter --port N --state DIR [--hub URL] [--talkative]`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from onceonly.demo.office import Specialty
from onceonly.demo.people import AYSE, CAN, HARD_CASES, Case, residents, shift
from onceonly.demo.program import run

CLIENT_ID = "jobcenter-fachverfahren"


def cases(month: str) -> tuple[Case, ...]:
    """Everybody's file around `month`: one in three of the others receives nothing."""
    family = _benefit(month, regelbedarf_ct=56300, rent_ct=52000)
    people = residents()
    return tuple(
        Case(person, family)
        if person in (AYSE, CAN)
        else Case(person, None)
        if number % 3 == 0 and person not in HARD_CASES
        else Case(person, _benefit(month, regelbedarf_ct=50600, rent_ct=40000 + 500 * number))
        for number, person in enumerate(people)
    )


def monthly(benefit: Mapping[str, Any] | None, month: str) -> dict[str, Any]:
    """The full record of one month: P0, P1 and P2 of `ben.sgb2`; amounts in cents."""
    if benefit is None or month < benefit["from_month"]:
        return {"state": "none", "month": month, "total_ct": 0}
    period = {name: benefit[name] for name in ("from_month", "to_month")}
    if month > benefit["to_month"]:
        return {"state": "ended", **period, "month": month, "total_ct": 0}
    return {"state": "granted", **period, "month": month, **benefit["amounts"]}


def _benefit(month: str, *, regelbedarf_ct: int, rent_ct: int) -> dict[str, Any]:
    housing = {"rent": rent_ct, "nk": 9500, "heat": 7800}
    extra, income = 9570, 20000
    return {
        "from_month": shift(month, -4),
        "to_month": shift(month, 7),
        "document_date": f"{shift(month, -5)}-20",
        "amounts": {
            "total_ct": regelbedarf_ct + extra + sum(housing.values()) - income,
            "regelbedarf_ct": regelbedarf_ct,
            "mehrbedarf": [{"amount_ct": extra}],
            "kdu_ct": housing,
            "income_counted_ct": income,
            "provisional": False,
        },
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the Jobcenter until told to stop."""
    run(
        argv,
        office="jobcenter",
        client_id=CLIENT_ID,
        specialty=Specialty("ben.sgb2", monthly),
        cases=cases,
    )


if __name__ == "__main__":
    main()
