"""The office for Bildung und Teilhabe: provider of `but.anspruch`; it asks by `fachverfahren`.

Run: `python -m onceonly.demo.education --port N --state DIR --hub URL [--talkative]`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from onceonly.demo.office import Specialty
from onceonly.demo.people import AYSE, CAN, Case, Person, shift
from onceonly.demo.program import run

CLIENT_ID = "but-fachverfahren"


def cases(month: str) -> tuple[Case, ...]:
    """One child with a benefit around `month`; the mother is known and has none herself."""
    return Case(CAN, _benefit(CAN, month)), Case(AYSE, None)


def monthly(benefit: Mapping[str, Any] | None, month: str) -> dict[str, Any]:
    """The full record of one month: P0 and P1 of `but.anspruch`; amounts in cents."""
    if benefit is None or month < benefit["from_month"]:
        return {"state": "none", "components": []}
    period = {name: benefit[name] for name in ("child", "from_month", "to_month")}
    if month > benefit["to_month"]:
        return {"state": "ended", **period, "components": []}
    return {"state": "granted", **period, "components": benefit["components"]}


def _benefit(child: Person, month: str) -> dict[str, Any]:
    return {
        "child": child.names(),
        "from_month": shift(month, -2),
        "to_month": shift(month, 9),
        "document_date": f"{shift(month, -3)}-15",
        "components": [
            {"kind": "schulbedarf", "amount_ct": 13000},
            {"kind": "mittagessen", "amount_ct": 6200},
        ],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the office until told to stop."""
    run(
        argv,
        office="education",
        client_id=CLIENT_ID,
        specialty=Specialty("but.anspruch", monthly),
        cases=cases,
    )


if __name__ == "__main__":
    main()
