"""What successful answers look like: one example for each operation, shown in the document."""

from collections.abc import Mapping
from typing import Any

from onceonly.api.discovery_examples import CANDIDATE_EXAMPLE, UNIT_EXAMPLE
from onceonly.api.log_examples import LOG_EXAMPLES

_REQUEST_ID = "01994a3e-7c1b-7d3e-9a4f-2b6c8d0e1f23"
_RETRIEVAL_ID = "01994a3e-7c1c-7a10-8b2d-4e6f8091a2b3"
_QUESTION, _ANSWER, _RELEASE = (
    f"01994a3e-7c{n}-7b20-9c3e-5f708192a3b4" for n in ("20", "21", "22")
)

EVIDENCE_EXAMPLE: dict[str, Any] = {
    "retrieval": _RETRIEVAL_ID,
    "evidence_type": "ben.sgb2",
    "profile": "P0",
    "schema": "ben.sgb2/P0/2026-07",
    "person": "p1",
    "content": {"state": "granted", "from_month": "2026-06", "to_month": "2027-05"},
    "provenance": {
        "provider": "jobcenter",
        "origin": "issued",
        "document_date": "2026-05-20",
        "as_of": "2026-11-25T10:00:00.000Z",
        "retrieved_at": "2026-11-25T10:00:00.000Z",
    },
    "validity": {
        "valid_from": "2026-06",
        "valid_to": "2027-05",
        "age_days": 0,
        "stale": False,
    },
    "disputed": False,
    "legal": {"rule": "R10a", "law": ["§ 79 SGB X"], "purpose": "but.sgb2"},
    "log": {"entry": _RELEASE, "leaf": "5f" * 32},
}
RETRIEVAL_EXAMPLE: dict[str, Any] = {
    "id": _RETRIEVAL_ID,
    "request": _REQUEST_ID,
    "item": "i1",
    "person": "p1",
    "evidence_type": "ben.sgb2",
    "profile": "P0",
    "provider": "jobcenter",
    "state": "released",
    "decision": {
        "outcome": "permit",
        "mode": "regulation",
        "automation": "agreement",
        "rule": "R10a",
        "rule_version": "2024-07-24",
        "law": ["§ 79 SGB X"],
        "profile": "P0",
        "fields": ["state", "from_month", "to_month"],
        "reason": None,
        "obligations": ["inform-person"],
        "alternatives": [],
        "required": [],
        "explanation": "Das Jobcenter teilt mit, ob die Leistung bezogen wird (§ 79 SGB X).",
    },
    "hints": [],
    "asked_at": "2026-11-25T10:00:00.000Z",
    "log": {"question": _QUESTION, "answer": _ANSWER, "release": _RELEASE},
}
REQUEST_EXAMPLE: dict[str, Any] = {
    "id": _REQUEST_ID,
    "procedure": "but.sgb2",
    "case_reference": "BUT-2026-0001",
    "channel": "office",
    "reference_month": "2026-11",
    "asked_at": "2026-11-25T10:00:00.000Z",
    "persons": [{"ref": "p1", "role": "applicant"}],
    "retrievals": [RETRIEVAL_EXAMPLE],
}
_DECISION_EXAMPLE: dict[str, Any] = RETRIEVAL_EXAMPLE["decision"]
_RULE_EXAMPLE: dict[str, Any] = {
    "code": "R10a",
    "title": {"de": "Angaben des Jobcenters", "en": "Facts of the Jobcenter"},
    "id": "R10a",
    "version": "2024-07-24",
    "via_hub": True,
    "mode": "duty",
    "automation": "agreement",
    "law": ["§ 7a (1) BKGG"],
    "modes": [
        {"mode": "duty", "automation": "agreement", "law": ["§ 7a (1) BKGG"], "needs": []},
        {
            "mode": "choice",
            "automation": "choice",
            "law": ["§ 67f SGB X", "§ 7a (1) BKGG"],
            "needs": ["choice"],
        },
    ],
    "consumers": ["but.sgb2", "but.bkgg"],
    "evidence_type": "ben.sgb2",
    "profile": "P0",
    "evidence": [{"evidence_type": "ben.sgb2", "profile": "P0"}],
    "providers": ["jobcenter"],
    "preconditions": [],
    "confidence": "H",
}
_CANCELLED_EXAMPLE = RETRIEVAL_EXAMPLE | {"state": "discarded", "problem": "no-longer-needed"}
_PREVIEW_EXAMPLE = {name: value for name, value in EVIDENCE_EXAMPLE.items() if name != "log"}
_PROCEDURE_EXAMPLE: dict[str, Any] = {
    "code": "but.sgb2",
    "title": {"de": "Bildung und Teilhabe (SGB II)", "en": "Education and participation"},
    "also_called": [],
}
_TYPE_EXAMPLE: dict[str, Any] = {
    "code": "ben.sgb2",
    "title": {"de": "Grundsicherungsgeld", "en": "Basic income support"},
    "also_called": [{"de": "Bürgergeld", "until": "2028-06"}],
}
_CONSENT_EXAMPLE: dict[str, Any] = {
    "id": "01994a3e-7c30-7d41-8e52-6f708192a3b4",
    "state": "given",
    "consumer": "wohngeld",
    "provider": "jobcenter",
    "procedure": "wohngeld.mietzuschuss",
    "case_reference": "WG-2026-0815",
    "evidence": [{"evidence_type": "hou.unterkunft", "profile": "P2", "origin": "submitted"}],
    "given_by": {"capacity": "self"},
    "form": "electronic",
    "language": "de",
    "notice": "einwilligung-v1",
    "notice_hash": "8c" * 32,
    "use": "once",
    "frequency": None,
    "months": {"from": "2026-11", "to": "2026-11"},
    "expires_on": "2027-03-31",
    "special_categories": False,
    "release_from_secrecy": False,
    "requested_at": "2026-11-25T09:58:00.000Z",
    "given_at": "2026-11-25T10:00:00.000Z",
    "history": [
        {
            "state": "given",
            "at": "2026-11-25T10:00:00.000Z",
            "by": "person",
            "entry": "01994a3e-7c31-7d41-8e52-6f708192a3b4",
        }
    ],
}
_RECEIPT_EXAMPLE: dict[str, Any] = {
    "@id": "https://hub.example/v1/consents/01994a3e-7c30-7d41-8e52-6f708192a3b4",
    "@type": "dpv:ConsentRecord",
    "dpv-27560:record_id": "01994a3e-7c30-7d41-8e52-6f708192a3b4",
    "dpv:hasConsentStatus": {"@id": "dpv:ConsentGiven"},
}
_NOTICE_EXAMPLE: dict[str, Any] = {
    "id": "wahl-67f-v1",
    "kind": "choice",
    "valid_from": "2024-07-24",
    "valid_to": None,
    "texts": {"de": "Nachweis abrufen lassen …", "en": "Let the evidence be retrieved …"},
    "hash": "62" * 32,
}

_TASK_EXAMPLE: dict[str, Any] = {
    "id": _RETRIEVAL_ID,
    "kind": "answer-by-hand",
    "reference": _RETRIEVAL_ID,
    "evidence_type": "ben.sgb2",
    "since": "2026-11-25T10:00:00.000Z",
    "consumer": "but",
    "procedure": "but.sgb2",
}
_QUESTION_EXAMPLE: dict[str, Any] = {
    "reference": _RETRIEVAL_ID,
    "evidence_type": "ben.sgb2",
    "profile": "P0",
    "fields": ["state", "from_month", "to_month"],
    "reference_month": "2026-11",
    "period": {"from_month": "2026-11", "to_month": "2026-11"},
    "person": {
        "family_name": "Mustermann",
        "given_names": ["Erika"],
        "date_of_birth": "1964-08-12",
    },
    "consumer": "but",
    "procedure": "but.sgb2",
    "rule": "R10a",
    "law": ["§ 79 SGB X"],
}

SUCCESS_EXAMPLES: Mapping[str, Any] = {
    "getToken": {
        "access_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "evidence.request evidence.collect catalogue.read",
    },
    "getMetadata": {
        "issuer": "https://hub.example",
        "token_endpoint": "https://hub.example/oauth2/token",
        "jwks_uri": "https://hub.example/.well-known/jwks.json",
    },
    "getKeys": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "t1", "alg": "ES256", "use": "sig"}]},
    "getRetiredKeys": {"keys": [{"kty": "EC", "crv": "P-256", "kid": "t0", "exp": 1796900000}]},
    "getAlive": {"status": "ok"},
    "getReady": {"status": "ok", "failing": []},
    "getHealth": {
        "status": "ok",
        "version": "0.1.0",
        "checks": [
            {
                "name": "database",
                "status": "ok",
                "last_success_at": "2026-11-25T10:00:00.000Z",
                "remedy": None,
            }
        ],
    },
    "getMetrics": "onceonly_errands_under_way_count 0.0\n",
    "getProblemPage": "<!doctype html><title>not-found</title>",
    "listProcedures": {"items": [_PROCEDURE_EXAMPLE], "next": None},
    "getProcedure": {
        **_PROCEDURE_EXAMPLE,
        "law": ["§ 28 SGB II"],
        "facts": [
            {
                "fact": "sgb2-28-grundleistung",
                "title": {"de": "Leistung nach dem SGB II", "en": "Gets the basic benefit"},
                "law": "§ 28 (1) SGB II",
                "evidence": [{"evidence_type": "ben.sgb2", "profile": "P0"}],
            }
        ],
        "requirements": [
            {
                "code": "grundleistung",
                "title": {"de": "Grundleistung", "en": "Basic benefit"},
                "satisfied_by": [[{"evidence_type": "ben.sgb2", "profile": "P0"}]],
                "facts": ["sgb2-28-grundleistung"],
            }
        ],
    },
    "listEvidenceTypes": {"items": [_TYPE_EXAMPLE], "next": None},
    "getEvidenceType": {
        **_TYPE_EXAMPLE,
        "class": "S",
        "profiles": {"P0": {"fields": ["state", "from_month", "to_month"], "schema": {}}},
    },
    "listOffices": {
        "items": [
            {
                "code": "jobcenter",
                "title": {"de": "Jobcenter Musterkreis", "en": "Jobcenter Musterkreis"},
                "kind": "jobcenter",
            }
        ],
        "next": None,
    },
    "listDataServices": {
        "items": [
            {
                "office": "jobcenter",
                "evidence_type": "ben.sgb2",
                "profiles": ["P0", "P1"],
                "origin": "issued",
                "immediate": True,
            }
        ],
        "next": None,
    },
    **dict.fromkeys(
        ("recordConsent", "getConsent", "grantConsent", "refuseConsent", "withdrawConsent"),
        _CONSENT_EXAMPLE,
    ),
    "getConsentReceipt": {
        "application/json": _RECEIPT_EXAMPLE,
        "application/ld+json": _RECEIPT_EXAMPLE,
        "application/jose": "e30.e30.c2ln",
    },
    "listNotices": {"items": [_NOTICE_EXAMPLE], "next": None},
    "getNotice": _NOTICE_EXAMPLE,
    "listRules": {"items": [_RULE_EXAMPLE], "next": None},
    "getRule": {
        **_RULE_EXAMPLE,
        "explanation": {
            "de": "Das Jobcenter teilt mit, ob die Leistung bezogen wird.",
            "en": "The Jobcenter tells whether the benefit is received.",
        },
        "reason": None,
        "actors": [],
        "consumer_kinds": [],
        "origin": "issued",
        "facts": ["sgb2-28-grundleistung"],
        "fields": None,
        "drop_fields": [],
        "about": ["applicant", "child"],
        "months": None,
        "obligations": ["inform-person"],
        "retention": "by-mode",
        "in_force_to": None,
        "conditions": [],
        "note": "A duty is not automation.",
    },
    "tryOut": {
        "decisions": [
            {
                "item": "i1",
                "person": "p1",
                "evidence_type": "ben.sgb2",
                "provider": "jobcenter",
                "decision": _DECISION_EXAMPLE,
            }
        ]
    },
    "discover": {
        "requirements": [
            {
                "code": "grundleistung",
                "title": {"de": "Grundleistung", "en": "Basic benefit"},
                "satisfied_by": [
                    [
                        CANDIDATE_EXAMPLE
                        | {
                            "offers": [
                                {
                                    "provider": "jobcenter",
                                    "origin": "issued",
                                    "immediate": True,
                                    "decision": _DECISION_EXAMPLE,
                                }
                            ],
                        }
                    ]
                ],
            }
        ],
        "units": [UNIT_EXAMPLE],
    },
    "requestEvidence": REQUEST_EXAMPLE,
    "listEvidenceRequests": {"items": [REQUEST_EXAMPLE], "next": None},
    "searchEvidenceRequests": {"items": [REQUEST_EXAMPLE], "next": None},
    "getEvidenceRequest": REQUEST_EXAMPLE,
    "getRetrieval": RETRIEVAL_EXAMPLE,
    "getPreview": _PREVIEW_EXAMPLE,
    "decideUse": RETRIEVAL_EXAMPLE,
    "cancelRetrieval": _CANCELLED_EXAMPLE,
    "listTasks": {"items": [_TASK_EXAMPLE], "next": None},
    "getTask": _TASK_EXAMPLE | {"question": _QUESTION_EXAMPLE},
    "answerTask": _TASK_EXAMPLE,
    **LOG_EXAMPLES,
    "getEvidence": {"application/json": EVIDENCE_EXAMPLE, "application/jose": "e30.e30.c2ln"},
}
"""By operation; where an answer has several forms, by media type."""

FAILURE_EXAMPLES: Mapping[str, Any] = {
    "getToken": {
        "error": "invalid_client",
        "error_description": "the assertion was used before; make a new one with a new jti",
    },
    "getReady": {"status": "failing", "failing": ["database"]},
}
"""Failures that are no problem+json, by operation."""
