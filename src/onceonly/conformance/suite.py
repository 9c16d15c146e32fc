"""The suite: every check of a provider, in order."""

from collections.abc import Callable

from onceonly.conformance.access import WHO_ASKS, believes_certificate_alone
from onceonly.conformance.certificates import BY_WHICH_CERTIFICATE
from onceonly.conformance.checks import GATES, Came, Check, LeftOut, Section, Trial
from onceonly.conformance.evidence import WHAT_IS_ANSWERED
from onceonly.conformance.legible import CAN_IT_BE_READ
from onceonly.conformance.matching import ABOUT_WHOM
from onceonly.conformance.months import FOR_WHICH_MONTHS
from onceonly.conformance.report import Finding, Report
from onceonly.conformance.wire import AT_THE_DOOR, HOW_IT_TRAVELS

SECTIONS: tuple[Section, ...] = (
    AT_THE_DOOR,
    WHO_ASKS,
    BY_WHICH_CERTIFICATE,
    CAN_IT_BE_READ,
    ABOUT_WHOM,
    WHAT_IS_ANSWERED,
    FOR_WHICH_MONTHS,
    HOW_IT_TRAVELS,
)


async def try_out(trial: Trial, told: Callable[[Section, Finding], None]) -> Report:
    """Run every check; each finding is told as it comes, with its section."""
    findings: list[Finding] = []
    shut: set[str] = set()
    for section in SECTIONS:
        for check in section.checks:
            finding = Finding.of(check, await _came(check, trial, shut))
            if finding.broken or finding.follows:
                shut.add(check.name)
            findings.append(finding)
            told(section, finding)
    by = await _believed_by(trial) if shut.isdisjoint(GATES) else ()
    return Report(tuple(findings), by)


async def _believed_by(trial: Trial) -> tuple[str, ...]:
    if not trial.hub.strangers:
        return ("bearer",)
    alone = await believes_certificate_alone(trial)
    return ("certificate",) if alone else ("certificate", "bearer")


async def _came(check: Check, trial: Trial, shut: set[str]) -> Came:
    before = next((one for one in (*GATES, check.after) if one in shut), "")
    if before:
        return LeftOut(f"`{before}` does not hold", follows=before)
    return await check.run(trial)
