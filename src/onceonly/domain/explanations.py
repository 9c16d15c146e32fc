"""What a decision means, in words that fit into a file note: one or two sentences, with the norms."""

from onceonly.domain.catalogue import Title
from onceonly.domain.decision import Decision, Outcome
from onceonly.domain.rules import Law

_PERMITTED = Title("Die Auskunft ist erlaubt.", "The information is permitted.")
_INTERNAL = Title(
    "Dieselbe verantwortliche Stelle nutzt, was sie hat, für eine andere ihrer Aufgaben.",
    "One controller uses what it holds for another of its tasks.",
)


def explanation(decision: Decision, law: Law, *, german: bool) -> str:
    """What moves and why, or why not; rows and reasons speak for themselves, in the law's files."""
    reason = None if decision.reason is None else law.reasons.get(decision.reason)
    said = _of_row(decision, law)
    if said is None and decision.permits:
        said = _PERMITTED if decision.mode is None or decision.rule is not None else _INTERNAL
    sentences = [] if said is None else [_with_norms(_told(said, german=german), decision.law)]
    if reason is not None and (said is None or decision.outcome is not Outcome.DENY):
        told = _told(Title(reason.de, reason.en), german=german)
        sentences.append(told if sentences else _with_norms(told, decision.law))
    return " ".join(sentences)


def _of_row(decision: Decision, law: Law) -> Title | None:
    """What the row says, where it is the row that answers and not something that it lacks."""
    row = law.rule(decision.rule)
    if row is None:
        return None
    answers = decision.permits or decision.outcome is Outcome.MANUAL or not row.via_hub
    return row.explanation if answers else None


def _told(title: Title, *, german: bool) -> str:
    return title.de if german else title.en


def _with_norms(sentence: str, norms: tuple[str, ...]) -> str:
    return f"{sentence.removesuffix('.')} ({', '.join(norms)})." if norms else sentence
