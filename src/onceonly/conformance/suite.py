"""The suite: every check of a provider, in order."""

from collections.abc import Callable

from onceonly.conformance.access import WHO_ASKS
from onceonly.conformance.checks import Came, LeftOut, Section, Trial
from onceonly.conformance.evidence import WHAT_IS_ANSWERED
from onceonly.conformance.matching import ABOUT_WHOM
from onceonly.conformance.months import FOR_WHICH_MONTHS
from onceonly.conformance.report import Finding, Report
from onceonly.conformance.wire import AT_THE_DOOR, HOW_IT_TRAVELS

SECTIONS: tuple[Section, ...] = (
    AT_THE_DOOR,
    WHO_ASKS,
    ABOUT_WHOM,
    WHAT_IS_ANSWERED,
    FOR_WHICH_MONTHS,
    HOW_IT_TRAVELS,
)

_GATES = frozenset({"health", "token-believed"})
"""Where one of these fails nothing else can be told."""


async def try_out(trial: Trial, told: Callable[[str, Finding], None]) -> Report:
    """Run every check; each finding is told as it comes, with its section's heading."""
    findings: list[Finding] = []
    closed = ""
    for section in SECTIONS:
        for check in section.checks:
            came: Came = LeftOut(f"`{closed}` does not hold") if closed else await check.run(trial)
            finding = Finding.of(check, came)
            if finding.broken and check.name in _GATES:
                closed = check.name
            findings.append(finding)
            told(section.heading, finding)
    return Report(tuple(findings))
