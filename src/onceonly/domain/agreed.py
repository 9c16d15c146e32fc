"""Consent (§ 67b SGB X): whether those held open what a mode would give.

Everything must match: consumer, provider, procedure, type, profile (or weaker), months and person.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from onceonly.domain.acts import (
    Standing,
    nobody_acted,
    reason_for,
    standing_of,
    waiting,
    whose_act,
)
from onceonly.domain.calendar import Months
from onceonly.domain.case import Case
from onceonly.domain.codes import Match
from onceonly.domain.consents import Frequency, Opened, State
from onceonly.domain.matches import Lack
from onceonly.domain.necessity import Grant
from onceonly.domain.notices import suits
from onceonly.domain.offices import Origin
from onceonly.domain.rules import Mode, RuleMode

_ENDED = {"withdrawn": "withdrawn", "revoked": "withdrawn", "expired": "expired"}
_RELEASE = "release-from-secrecy"
_EXPLICIT = "explicit-consent"
_OWN_FORM = "own-form"
_NOBODY_OBJECTED = "objection-notice-given"


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A consent on record, in the words of one request.

    `by` the person who acted and `about` those for whom, by their `ref`; None: not in the request.
    `own_act`: own session or signature. `used`: person, type and origin for which it is used up,
    or held by another question. `notice`: what was read. `frequency` None: once for each thing.
    """

    state: str
    by: str | None
    about: frozenset[str]
    consumer: str
    provider: str
    procedure: str
    case_reference: str
    opens: tuple[Opened, ...]
    months: Months | None
    given_on: date
    expires_on: date | None = None
    own_act: bool = False
    special_categories: bool = False
    release_from_secrecy: bool = False
    used: frozenset[tuple[str, str, Origin]] = frozenset()
    notice: str | None = None
    revision: int = 0
    frequency: Frequency | None = None


def consent_lack(case: Case, match: Match, mode: RuleMode) -> tuple[Lack, ...]:
    """What of the consents a mode needs is missing, in one."""
    standing = consented(case, match, mode.consents)
    if not standing.open:
        return ()
    if mode.mode is Mode.CHOICE:
        return (Lack("release", "consent-missing"),)
    return (Lack("consent", _why(case, match, mode.consents, standing), waiting(standing)),)


def consented(case: Case, match: Match, needs: frozenset[str]) -> Standing:
    """How the consents of an item stand, towards everybody of whom the granted fields speak."""
    if not case.item.consents:
        return nobody_acted(case, match)
    carrying = [one for _, one in _carrying(case, match.grant, needs)]
    made = {
        ref: frozenset(one.by for one in carrying if one.by is not None and ref in one.about)
        for ref in whose_act(case, match)
    }
    day = max((one.given_on for one in carrying), default=case.facts.today)
    return standing_of(case, match, made, day)


def under(case: Case, match: Match, mode: RuleMode) -> tuple[UUID, ...]:
    """Which of the consents an item names the mode rests on."""
    if not (case.item.consents and mode.consents):
        return ()
    persons = set(whose_act(case, match))
    return tuple(
        code
        for code, one in _carrying(case, match.grant, mode.consents)
        if not persons.isdisjoint(one.about)
    )


def lifts_secrecy(case: Case, mode: RuleMode, rests_on: tuple[UUID, ...]) -> bool:
    """Whether what a profession must keep secret may pass: each consent says so, or nobody objected.

    Source: § 76 (1), (2) Nr. 1 SGB X.
    """
    if _NOBODY_OBJECTED in mode.needs:
        return True
    if not rests_on:
        return False
    held = [case.facts.consents.get(code) for code in rests_on]
    return all(isinstance(one, HeldConsent) and one.release_from_secrecy for one in held)


def _carrying(
    case: Case, grant: Grant, needs: frozenset[str]
) -> tuple[tuple[UUID, HeldConsent], ...]:
    held = ((code, case.facts.consents.get(code)) for code in case.item.consents)
    return tuple(
        (code, one)
        for code, one in held
        if isinstance(one, HeldConsent) and _why_not(case, grant, needs, one) is None
    )


def _held(case: Case) -> tuple[HeldConsent, ...]:
    if not case.item.consents:
        return ()
    held = (case.facts.consents.get(code) for code in case.item.consents)
    return tuple(one for one in held if isinstance(one, HeldConsent))


def _why(case: Case, match: Match, needs: frozenset[str], standing: Standing) -> str:
    """What one of those held lacks itself, else whose is missing."""
    held = _held(case)
    for one in held:
        why = _why_not(case, match.grant, needs, one)
        if why is not None:
            return f"consent-{why}"
    strangers = held and not any(standing.made.values())
    return "consent-not-theirs" if strangers else reason_for("consent", case, standing)


def _why_not(case: Case, grant: Grant, needs: frozenset[str], consent: HeldConsent) -> str | None:
    if not State(consent.state).permits:
        return _ENDED.get(consent.state, "missing")
    if consent.expires_on is not None and consent.expires_on < case.facts.today:
        return "expired"
    if (case.person.ref, case.evidence_type.code, case.item.origin) in consent.used:
        return "used"
    fits = (
        _same_exchange(case, consent)
        and _same_evidence(case, grant, consent)
        and _same_months(case, grant, consent)
        and _in_form(needs, consent)
        and _read(case, needs, consent)
    )
    return None if fits else "mismatch"


def _same_exchange(case: Case, consent: HeldConsent) -> bool:
    provider = case.question.provider
    return (
        consent.consumer == case.question.office.code
        and (provider is None or consent.provider == provider.code)
        and consent.procedure == case.procedure.code
        and consent.case_reference == case.request.case_reference
    )


def _same_evidence(case: Case, grant: Grant, consent: HeldConsent) -> bool:
    """The profile consented to, or a weaker one."""
    return any(
        one.evidence_type == case.evidence_type.code
        and one.origin is case.item.origin
        and _opens(case, one.profile, grant)
        for one in consent.opens
    )


def _opens(case: Case, profile: str, grant: Grant) -> bool:
    """Whether a consent to this profile opens what is granted: never a field it did not hold."""
    consented = case.evidence_type.profiles.get(profile)
    return consented is not None and set(grant.fields) <= set(consented.leaves)


def _same_months(case: Case, grant: Grant, consent: HeldConsent) -> bool:
    """Every month asked for; an open period needs an open consent."""
    reference = case.request.reference_month
    asked = grant.months or Months(reference, reference)
    opened = consent.months or Months(reference, reference)
    return asked.within(opened) == asked


def _read(case: Case, needs: frozenset[str], consent: HeldConsent) -> bool:
    """The text read said what must be known towards this provider, of such data."""
    return consent.notice is None or suits(
        case.law.notices,
        consent.notice,
        provider_kind=case.kind,
        special=_EXPLICIT in needs,
    )


def _in_form(needs: frozenset[str], consent: HeldConsent) -> bool:
    """Health and secrets need the person's own session or signature, and words of their own."""
    explicit = _EXPLICIT in needs
    if (explicit or _OWN_FORM in needs) and not consent.own_act:
        return False
    if explicit and not consent.special_categories:
        return False
    return _RELEASE not in needs or consent.release_from_secrecy
