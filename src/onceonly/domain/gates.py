"""What a permit meets at the end: automation, availability, retention, and what follows from it.

Source: § 79 SGB X, § 67f (2) SGB X; order of the rules, 13 to 15.
"""

from onceonly.domain.calendar import has_completed
from onceonly.domain.case import Case
from onceonly.domain.representation import ACTS_FROM, OF_AGE
from onceonly.domain.rules import Automation, Law, Mode, Rule, RuleMode

REFUSED = "refused"
MANUAL = "manual"
_BY_MODE = "by-mode"
_AFTER_NOTICE = "-after-notice"
_PREVIEW = "preview"
_GUARDIAN = "inform-guardian"


def automated(case: Case, mode: RuleMode) -> bool:
    """Whether the evidence may be retrieved automatically; otherwise a person answers."""
    if mode.automation is Automation.AGREEMENT:
        return case.ground.agreed
    return mode.automation is not Automation.NONE


def why_by_hand(case: Case, mode: RuleMode) -> str:
    """`no-agreement` where an agreement would automate it, else `human-decision`."""
    possible = case.ground.consumer_is_body and case.ground.provider_is_body
    if mode.automation is Automation.AGREEMENT and possible:
        return "no-agreement"
    return "human-decision"


def retention_of(case: Case, row: Rule | None, mode: Mode) -> str:
    """The class of the record: the row's, or that of the mode that carried."""
    code = _BY_MODE if row is None else row.retention
    if code == _BY_MODE:
        code = case.law.retention_by_mode[mode.value]
    notice = case.facts.configuration.settings.bundesanzeiger_notice_on
    later = f"{code}{_AFTER_NOTICE}"
    if notice is not None and case.facts.today > notice and later in case.law.retention:
        return later
    return code


def manual_retention(law: Law) -> str:
    """An outcome `manual` takes its own class whatever the row says."""
    return law.retention_by_mode[MANUAL]


def obligations_of(stated: tuple[str, ...], mode: Mode, *, young: bool) -> tuple[str, ...]:
    """The row's; a preview in mode choice always and in no other; the guardian of the young told."""
    told = tuple(one for one in stated if one != _PREVIEW)
    if mode is Mode.CHOICE:
        told = (_PREVIEW, *told)
    return (*told, _GUARDIAN) if young else told


def tells_guardian(case: Case) -> bool:
    """Whether somebody who acts alone is not of age: from 15 to 17 the guardian is told."""
    born, today = case.person.date_of_birth, case.facts.today
    return not has_completed(OF_AGE, born, today) and has_completed(ACTS_FROM, born, today)
