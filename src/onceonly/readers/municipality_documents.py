"""Municipality documents as they are stored, and what two of them differ in."""

from collections.abc import Iterator, Mapping
from datetime import date

from onceonly.domain.offices import (
    Client,
    Configuration,
    DataService,
    IdentityProvider,
    Office,
    RetrievalAgreement,
    SharedController,
    TlsFiles,
)

_Values = dict[str, object]


def document_of(configuration: Configuration) -> dict[str, object]:
    """A configuration in the shape of its file, for jsonb: plain values, every default written out."""
    return {
        "municipality": {
            "code": configuration.code,
            "name": configuration.name,
            "ars": configuration.ars,
        },
        "offices": [_office(one) for one in configuration.offices.values()],
        "shared_controllers": [_shared(one) for one in configuration.shared_controllers],
        "clients": [_client(one) for one in configuration.clients.values()],
        "data_services": [_data_service(one) for one in configuration.data_services],
        "identity_providers": [_identity_provider(one) for one in configuration.identity_providers],
        "retrieval_agreements": [_agreement(one) for one in configuration.retrieval_agreements],
        "approvers": [{"name": one.name, "key": one.key} for one in configuration.approvers],
        "admissions": [
            {"rule": one.rule, "by": one.by, "reference": one.reference, "date": _day(one.on)}
            for one in configuration.admissions
        ],
        **_layers(configuration),
        "settings": {
            "idnr": configuration.settings.idnr,
            "sealed_delivery": configuration.settings.sealed_delivery,
            "bundesanzeiger_notice_on": _day(configuration.settings.bundesanzeiger_notice_on),
        },
    }


def _layers(configuration: Configuration) -> _Values:
    """What was signed, and by whom; nothing where there are none: a file names files instead."""
    layers = [
        {"kind": one.kind, "document": dict(one.document), "signed_by": list(one.signed_by)}
        for one in configuration.layers
    ]
    return {"layers": layers} if layers else {}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _office(office: Office) -> _Values:
    return {
        "code": office.code,
        "name": office.name,
        "kind": office.kind,
        "procedures": list(office.procedures),
    }


def _shared(shared: SharedController) -> _Values:
    return {
        "offices": list(shared.offices),
        "decision": shared.decision,
        "decided_on": _day(shared.decided_on),
        "entered_by": shared.entered_by,
        "approved_by": shared.approved_by,
    }


def _client(client: Client) -> _Values:
    return {
        "client_id": client.client_id,
        "office": client.office,
        "roles": [role.value for role in client.roles],
        "jwks": {"keys": [dict(key) for key in client.keys]},
    }


def _data_service(service: DataService) -> _Values:
    return {
        "office": service.office,
        "evidence_type": service.evidence_type,
        "profiles": list(service.profiles),
        "connector": {
            "kind": service.connector.kind,
            "base_url": service.connector.base_url,
            "timeout_s": service.connector.timeout_s,
            **_tls(service.connector.tls),
        },
        "match_on": list(service.match_on),
        "origin": service.origin.value,
        "immediate": service.immediate,
    }


def _tls(files: TlsFiles | None) -> _Values:
    """Nothing where there are none, as in the file."""
    if files is None:
        return {}
    named = {"certificate": files.certificate, "key": files.key, "ca": files.ca}
    return {"tls": {name: file for name, file in named.items() if file is not None}}


def _identity_provider(provider: IdentityProvider) -> _Values:
    return {
        "issuer": provider.issuer,
        "audience": provider.audience,
        "jwks": {"keys": [dict(key) for key in provider.keys]},
        "trust_level_claim": provider.trust_level_claim,
        "levels": {level: list(words) for level, words in provider.levels.items()},
    }


def _agreement(agreement: RetrievalAgreement) -> _Values:
    return {
        "consumer": agreement.consumer,
        "provider": agreement.provider,
        "evidence_types": list(agreement.evidence_types),
        "procedures": list(agreement.procedures),
        "occasion": agreement.occasion,
        "purpose": agreement.purpose,
        "why_appropriate": agreement.why_appropriate,
        "measures": agreement.measures,
        "approvals": [
            {
                "office": one.office,
                "authority": one.authority,
                "reference": one.reference,
                "date": _day(one.on),
            }
            for one in agreement.approvals
        ],
        "data_protection_authority_informed_on": _day(
            agreement.data_protection_authority_informed_on
        ),
        "valid_from": _day(agreement.valid_from),
        "valid_to": _day(agreement.valid_to),
    }


def differences(before: Configuration | None, after: Configuration) -> list[str]:
    """What applying `after` changes: `+ path`, `- path`, `~ path`, each item by its own codes.

    Only paths are told, never values: those of keys are nobody's matter. The order of a list of
    items is no difference.
    """
    old = {} if before is None else _by_path(document_of(before))
    new = _by_path(document_of(after))
    lines = [f"- {path}" for path in old if path not in new]
    for path, value in new.items():
        if path not in old:
            lines.append(f"+ {path}")
        elif old[path] != value:
            lines += [f"~ {inner}" for inner in _unequal(path, old[path], value)]
    return lines


_NAMED_BY = {
    "offices": ("code",),
    "shared_controllers": ("offices",),
    "clients": ("client_id",),
    "data_services": ("office", "evidence_type", "origin"),
    "identity_providers": ("issuer", "audience"),
    "retrieval_agreements": ("consumer", "provider", "valid_from"),
    "approvers": ("name",),
    "admissions": ("rule", "reference"),
    "layers": ("kind",),
}


def _by_path(document: Mapping[str, object]) -> dict[str, object]:
    """Every item under its path: `offices[jobcenter]`; a second of one name is `…[name#2]`."""
    found: dict[str, object] = {}
    for heading, held in document.items():
        if not isinstance(held, list):
            found[heading] = held
            continue
        for item in held:
            name = "/".join(_joined(item[part]) for part in _NAMED_BY[heading])
            path, count = f"{heading}[{name}]", 1
            while path in found:
                count += 1
                path = f"{heading}[{name}#{count}]"
            found[path] = item
    return found


def _joined(value: object) -> str:
    return "+".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _unequal(path: str, old: object, new: object) -> Iterator[str]:
    """The members in which two items differ, one level down."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield path
        return
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{path}.{name}"
