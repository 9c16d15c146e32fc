"""Hints: facts for the file that go with evidence, never a verdict on a claim."""

from functools import partial

from onceonly.domain.case import Case
from onceonly.domain.households import two_homes
from onceonly.domain.units import standings, units_of


def hints_of(case: Case, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of what goes with evidence of these fields, delivered or answered by hand."""
    if not case.ground.hints:
        return ()
    return tuple(
        [
            hint.code
            for hint in case.ground.hints
            if (not hint.fields or not set(hint.fields).isdisjoint(fields))
            and (not hint.two_homes or two_homes(case.request))
            and (not hint.outside_unit or _outside(case))
        ]
    )


def _outside(case: Case) -> bool:
    """Whether every unit of the procedure is without the person, and nothing is left open."""
    units, request = units_of(case.law, case.procedure.code), case.request
    everybody = (request.once(unit, partial(standings, unit, request)) for unit in units)
    return bool(units) and all(one[case.item.person].belongs == "outside" for one in everybody)
