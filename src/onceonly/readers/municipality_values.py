"""The values a municipality document stands for. A document has the shape of the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from onceonly.domain.offices import (
    Admission,
    Approval,
    Approver,
    Client,
    Configuration,
    ConnectorSettings,
    DataService,
    IdentityProvider,
    Layer,
    Office,
    Origin,
    RetrievalAgreement,
    Role,
    Settings,
    SharedController,
    TlsFiles,
)

Item = Mapping[str, object]

NO_DAY = date.min
"""Stands for a day that could not be read."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The items of a document as values, each at its own index, whether or not they fit together.

    What is missing or of another form is empty, so that a faulty file can be checked to its end.
    """

    offices: tuple[Office, ...]
    shared_controllers: tuple[SharedController, ...]
    clients: tuple[Client, ...]
    data_services: tuple[DataService, ...]
    identity_providers: tuple[IdentityProvider, ...]
    retrieval_agreements: tuple[RetrievalAgreement, ...]
    approvers: tuple[Approver, ...]
    admissions: tuple[Admission, ...]


def draft_of(document: Item) -> Draft:
    """Every item of a document as a value."""
    return Draft(
        offices=tuple(_office(one) for one in _items(document, "offices")),
        shared_controllers=tuple(_shared(one) for one in _items(document, "shared_controllers")),
        clients=tuple(_client(one) for one in _items(document, "clients")),
        data_services=tuple(_data_service(one) for one in _items(document, "data_services")),
        identity_providers=tuple(
            _identity_provider(one) for one in _items(document, "identity_providers")
        ),
        retrieval_agreements=tuple(
            _agreement(one) for one in _items(document, "retrieval_agreements")
        ),
        approvers=tuple(
            Approver(_text(one, "name"), _text(one, "key")) for one in _items(document, "approvers")
        ),
        admissions=tuple(_admission(one) for one in _items(document, "admissions")),
    )


def configuration_of(document: Mapping[str, object]) -> Configuration:
    """The configuration that a checked document stands for; what `document_of` wrote comes back."""
    draft = draft_of(document)
    head, settings = _inner(document, "municipality"), _inner(document, "settings")
    return Configuration(
        code=_text(head, "code"),
        name=_text(head, "name"),
        ars=_text(head, "ars"),
        offices={one.code: one for one in draft.offices},
        clients={one.client_id: one for one in draft.clients},
        shared_controllers=draft.shared_controllers,
        data_services=draft.data_services,
        identity_providers=draft.identity_providers,
        retrieval_agreements=draft.retrieval_agreements,
        approvers=draft.approvers,
        admissions=draft.admissions,
        layers=tuple(
            Layer(_text(one, "kind"), _inner(one, "document"), _texts(one, "signed_by"))
            for one in _items(document, "layers")
        ),
        settings=Settings(
            idnr=settings.get("idnr") is True,
            sealed_delivery=settings.get("sealed_delivery") is True,
            bundesanzeiger_notice_on=_day_or_none(settings, "bundesanzeiger_notice_on"),
        ),
    )


def _office(item: Item) -> Office:
    return Office(
        _text(item, "code"), _text(item, "name"), _text(item, "kind"), _texts(item, "procedures")
    )


def _shared(item: Item) -> SharedController:
    return SharedController(
        offices=_texts(item, "offices"),
        decision=_text(item, "decision"),
        decided_on=_day(item, "decided_on"),
        entered_by=_text(item, "entered_by"),
        approved_by=_text(item, "approved_by"),
    )


def _client(item: Item) -> Client:
    return Client(
        client_id=_text(item, "client_id"),
        office=_text(item, "office") or None,
        roles=tuple(Role(one) for one in _texts(item, "roles") if one in set(Role)),
        keys=_items(_inner(item, "jwks"), "keys"),
    )


def _data_service(item: Item) -> DataService:
    connector = _inner(item, "connector")
    timeout = connector.get("timeout_s", 5)
    return DataService(
        office=_text(item, "office"),
        evidence_type=_text(item, "evidence_type"),
        profiles=_texts(item, "profiles"),
        connector=ConnectorSettings(
            kind=_text(connector, "kind"),
            base_url=_text(connector, "base_url"),
            timeout_s=int(timeout) if isinstance(timeout, int | float) else 5,
            tls=_tls(_inner(connector, "tls")),
        ),
        match_on=_texts(item, "match_on"),
        origin=Origin.SUBMITTED if item.get("origin") == Origin.SUBMITTED else Origin.ISSUED,
        immediate=item.get("immediate") is True,
    )


def _tls(item: Item) -> TlsFiles | None:
    found = TlsFiles(*(_text(item, name) or None for name in ("certificate", "key", "ca")))
    return None if found == TlsFiles() else found


def _identity_provider(item: Item) -> IdentityProvider:
    levels = _inner(item, "levels")
    return IdentityProvider(
        issuer=_text(item, "issuer"),
        audience=_text(item, "audience"),
        keys=_items(_inner(item, "jwks"), "keys"),
        trust_level_claim=_text(item, "trust_level_claim"),
        levels={level: _texts(levels, level) for level in levels},
    )


def _agreement(item: Item) -> RetrievalAgreement:
    return RetrievalAgreement(
        consumer=_text(item, "consumer"),
        provider=_text(item, "provider"),
        evidence_types=_texts(item, "evidence_types"),
        procedures=_texts(item, "procedures"),
        occasion=_text(item, "occasion"),
        purpose=_text(item, "purpose"),
        why_appropriate=_text(item, "why_appropriate"),
        measures=_text(item, "measures"),
        approvals=tuple(
            Approval(
                _text(one, "office"),
                _text(one, "authority"),
                _text(one, "reference"),
                _day(one, "date"),
            )
            for one in _items(item, "approvals")
        ),
        data_protection_authority_informed_on=_day(item, "data_protection_authority_informed_on"),
        valid_from=_day(item, "valid_from"),
        valid_to=_day_or_none(item, "valid_to"),
    )


def _admission(item: Item) -> Admission:
    return Admission(
        _text(item, "rule"), _text(item, "by"), _text(item, "reference"), _day(item, "date")
    )


def _inner(item: Item, name: str) -> Item:
    found = item.get(name)
    return found if isinstance(found, Mapping) else {}


def _items(item: Item, name: str) -> tuple[Item, ...]:
    found = item.get(name)
    if not isinstance(found, list):
        return ()
    return tuple(one if isinstance(one, Mapping) else {} for one in found)


def _text(item: Item, name: str) -> str:
    found = item.get(name)
    return found if isinstance(found, str) else ""


def _texts(item: Item, name: str) -> tuple[str, ...]:
    """A list of texts; what is none stays as an empty one, so that indexes hold."""
    found = item.get(name)
    if not isinstance(found, list):
        return ()
    return tuple(one if isinstance(one, str) else "" for one in found)


def _day(item: Item, name: str) -> date:
    return _day_or_none(item, name) or NO_DAY


def _day_or_none(item: Item, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(item, name))
    except ValueError:
        return None
