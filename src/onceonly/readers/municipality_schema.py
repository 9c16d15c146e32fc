"""The form of a municipality file as JSON Schema (2020-12), its closed lists filled from the law."""

from collections.abc import Iterable
from typing import Any

from onceonly.domain.offices import Origin, Role
from onceonly.domain.rules import Law

Schema = dict[str, Any]

MATCH_ON = ("address", "place_of_birth", "birth_name", "aliases", "idnr")
"""What an office may get of a person beyond names and birth date."""

TRUST_LEVELS = ("basis", "substantiell", "hoch")
"""How sure an identity provider is of a person, weakest first."""

_CODE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"}
_TEXT: Schema = {"type": "string", "pattern": r"\S", "maxLength": 4000}
_DAY: Schema = {"type": "string", "format": "date"}
_FILE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"}
_URL: Schema = {"type": "string", "pattern": "^https?://[^/]", "maxLength": 2000}
_KEYS: Schema = {
    "type": "object",
    "description": "A JWK set (RFC 7517) of public keys; every key has a kid of its own.",
    "required": ["keys"],
    "additionalProperties": False,
    "properties": {
        "keys": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["kty", "kid"],
                "properties": {"kty": {"type": "string"}, "kid": _TEXT},
            },
        }
    },
}


def municipality_schema(law: Law) -> Schema:
    """JSON Schema of a municipality file under this law.

    It says what one value may be; how values fit together (references, kinds, days) is checked
    by `read_municipality`.
    """
    lists = {
        "offices": _office(law),
        "shared_controllers": _shared_controller(),
        "clients": _client(),
        "data_services": _data_service(law),
        "identity_providers": _identity_provider(),
        "retrieval_agreements": _agreement(law),
        "approvers": _approver(),
        "admissions": _admission(law),
    }
    members = {
        "municipality": _municipality(),
        **{name: _list(one) for name, one in lists.items()},
        "layers": _layers(),
        "settings": _settings(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Municipality file",
        **_closed(members, optional=[*lists, "layers", "settings"]),
    }


def _closed(members: Schema, *, optional: Iterable[str] = ()) -> Schema:
    """A mapping of these members and no other."""
    left = set(optional)
    return {
        "type": "object",
        "required": [name for name in members if name not in left],
        "additionalProperties": False,
        "properties": members,
    }


def _list(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


def _words(known: Iterable[str], *, least: int = 0) -> Schema:
    """A list of different words out of a closed list."""
    return _list(_word(known), least=least) | {"uniqueItems": True}


def _word(known: Iterable[str]) -> Schema:
    return {"enum": list(dict.fromkeys(str(one) for one in known))}


def _municipality() -> Schema:
    ars = {"type": "string", "pattern": "^[0-9]{12}$", "description": "Regionalschlüssel, quoted"}
    return _closed({"code": _CODE, "name": _TEXT, "ars": ars})


def _office(law: Law) -> Schema:
    members = {
        "code": _CODE,
        "name": _TEXT,
        "kind": _word(law.office_kinds),
        "procedures": _words(law.catalogue.procedures),
    }
    return _closed(members, optional=["procedures"])


def _shared_controller() -> Schema:
    return _closed(
        {
            "offices": _list(_CODE, least=2) | {"uniqueItems": True},
            "decision": _TEXT,
            "decided_on": _DAY,
            "entered_by": _TEXT,
            "approved_by": _TEXT,
        }
    )


def _client() -> Schema:
    members = {
        "client_id": _CODE,
        "office": _CODE | {"type": ["string", "null"]},
        "roles": _words(Role, least=1),
        "jwks": _KEYS,
    }
    return _closed(members, optional=["office"])


def _data_service(law: Law) -> Schema:
    profiles = [code for one in law.catalogue.evidence_types.values() for code in one.profiles]
    connector = {
        "kind": _word(["rest"]),
        "base_url": _URL,
        "timeout_s": {"type": "integer", "minimum": 1, "maximum": 30, "default": 5},
        "tls": _tls(),
    }
    members = {
        "office": _CODE,
        "evidence_type": _word(law.catalogue.evidence_types),
        "profiles": _words(sorted(profiles), least=1),
        "connector": _closed(connector, optional=["timeout_s", "tls"]),
        "match_on": _words(MATCH_ON),
        "origin": _word(Origin) | {"default": "issued"},
        "immediate": {"type": "boolean", "default": False},
    }
    return _closed(members, optional=["match_on", "origin", "immediate"])


def _tls() -> Schema:
    """Files in the municipality's folder of keys: what the hub shows, and whom it trusts."""
    members = dict.fromkeys(("certificate", "key", "ca"), _FILE)
    return _closed(members, optional=members) | {
        "minProperties": 1,
        "description": "Names of PEM files in `tls/<municipality>` of the directory of keys.",
        "dependentRequired": {"certificate": ["key"], "key": ["certificate"]},
    }


def _identity_provider() -> Schema:
    names = _list(_TEXT, least=1) | {"uniqueItems": True}
    return _closed(
        {
            "issuer": _URL,
            "audience": _TEXT,
            "jwks": _KEYS,
            "trust_level_claim": _TEXT,
            "levels": _closed(dict.fromkeys(TRUST_LEVELS, names), optional=TRUST_LEVELS)
            | {"minProperties": 1},
        }
    )


def _agreement(law: Law) -> Schema:
    approval = {"office": _CODE, "authority": _TEXT, "reference": _TEXT, "date": _DAY}
    members = {
        "consumer": _CODE,
        "provider": _CODE,
        "evidence_types": _words(law.catalogue.evidence_types, least=1),
        "procedures": _words(law.catalogue.procedures, least=1),
        "occasion": _TEXT,
        "purpose": _TEXT,
        "why_appropriate": _TEXT,
        "measures": _TEXT,
        "approvals": _list(_closed(approval), least=1),
        "data_protection_authority_informed_on": _DAY,
        "valid_from": _DAY,
        "valid_to": _DAY | {"type": ["string", "null"]},
    }
    return _closed(members, optional=["valid_to"])


def _approver() -> Schema:
    key = {"type": "string", "pattern": "^ed25519:", "description": "base64 of the 32 bytes"}
    return _closed({"name": _TEXT, "key": key})


def _admission(law: Law) -> Schema:
    rules = _word(one.id for one in law.rules)
    return _closed({"rule": rules, "by": _TEXT, "reference": _TEXT, "date": _DAY})


def _layers() -> Schema:
    """Files of rules beside this one, each signed by two approvers."""
    members = dict.fromkeys(("land_law", "narrowing"), _TEXT)
    return _closed(members, optional=members)


def _settings() -> Schema:
    off = {"type": "boolean", "default": False}
    members = {
        "idnr": off,
        "sealed_delivery": off,
        "bundesanzeiger_notice_on": _DAY | {"type": ["string", "null"]},
    }
    return _closed(members, optional=members)
