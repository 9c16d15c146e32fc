"""What an entry of each event says, beside `entry`, `event`, `at` and `retrieval`.

Who, for whom, when, why, by which file, which data, with what outcome. Source: § 40 (3) BMG, § 76 (2)
BDSG. The question says all of it; what follows is told apart by its retrieval. Every name used once
stays: `docs/audit-events.md` says in words what stands here.
"""

from collections.abc import Mapping

from onceonly.domain.log import Event

_EXCHANGE = frozenset({"consumer", "provider", "evidence_type", "person"})
_CASE = frozenset({"procedure", "case_reference"})
_DOOR = frozenset({"client", "level", "login"})
_QUESTION = (
    _EXCHANGE
    | _CASE
    | {
        "request",
        "client",
        "channel",
        "reference_month",
        "caseworker",
        "relationships",
        "representations",
        "item",
        "notices",
        "profile",
        "outcome",
        "mode",
        "automation",
        "rule",
        "rule_version",
        "law",
        "law_version",
        "granted_profile",
        "fields",
        "months",
        "obligations",
        "reason",
        "trace",
    }
)
_AGAIN = frozenset({"problem", "rule", "law", "fields"})
_ANSWER = _EXCHANGE | _CASE | {"state", "problem", "problem_reason"}
_LOOK = _EXCHANGE | _CASE | _DOOR | {"by"}
_CONSENT = frozenset(
    {
        "consent",
        "consumer",
        "provider",
        "procedure",
        "case_reference",
        "evidence",
        "expires_on",
        "notice",
        "language",
        "form",
        "capacity",
        "special_categories",
        "release_from_secrecy",
        "by",
        "parties",
        "session",
        "document_reference",
        "acted",
    }
    | _DOOR
)
_TASK = frozenset({"client", "office", "task", "kind"})

FIELDS: Mapping[Event, frozenset[str]] = {
    Event.QUESTION_PERMITTED: _QUESTION | _AGAIN,
    Event.QUESTION_REFUSED: _QUESTION,
    Event.ANSWER_RECEIVED: _ANSWER | {"fields", "excess"},
    Event.ANSWER_NONE: _ANSWER | {"why"},
    Event.ANSWER_DEFERRED: _ANSWER,
    Event.ANSWER_FAILED: _ANSWER | {"asked"},
    Event.ANSWER_LATE: _EXCHANGE,
    Event.PREVIEW_SHOWN: _LOOK,
    Event.USE_DECIDED: _LOOK | {"word", "made_at", "session"},
    Event.EVIDENCE_RELEASED: _ANSWER | _LOOK | {"fields", "excess"},
    Event.EVIDENCE_READ: _ANSWER | {"client"},
    Event.EVIDENCE_DISCARDED: _ANSWER | _LOOK | _AGAIN | {"consent"},
    Event.EVIDENCE_DESTROYED: _LOOK,
    Event.CONSENT_REQUESTED: _CONSENT,
    Event.CONSENT_REFUSED: _CONSENT,
    Event.CONSENT_GIVEN: _CONSENT,
    Event.CONSENT_RENEWED: _CONSENT,
    Event.CONSENT_WITHDRAWN: _CONSENT,
    Event.CONSENT_REVOKED: _CONSENT,
    Event.CONSENT_EXPIRED: _CONSENT,
    Event.CONSENT_INVALIDATED: _CONSENT,
    Event.PROVIDER_EXCEEDED: _ANSWER | {"count"},
    Event.TASK_OPENED: frozenset({"tasks", "of"}),
    Event.TASK_SHOWN: _TASK,
    Event.TASK_ANSWERED: _TASK | {"result"},
    Event.UPSHOT_SETTLED: frozenset({"tasks", "of"}),
    Event.RETRIEVAL_EXPIRED: _EXCHANGE | _AGAIN,
    Event.PRESUMED_LOST: _EXCHANGE,
    Event.CONFIGURATION_CHANGED: frozenset({"actor", "municipality", "changes"}),
    Event.RULES_CHANGED: frozenset({"actor", "municipality", "layers"}),
    Event.DRY_RUN_MADE: frozenset({"client", "consumer", "kind", "minute"}),
    Event.PROTECTION_CHANGED: frozenset({"client", "office", "subject", "kinds", "until"}),
    Event.LOG_READ: frozenset({"reader", "of"}),
    Event.LOG_RECOVERED: frozenset({"actor", "checkpoint", "size", "root", "found"}),
    Event.ENTRY_HELD: frozenset({"actor", "reason", "until", "held"}),
    Event.PAYLOAD_DESTROYED: frozenset({"class", "day", "after", "law", "held", "rows"}),
}
"""By event, what its entry may say; a payload with anything else is a bug of ours."""
