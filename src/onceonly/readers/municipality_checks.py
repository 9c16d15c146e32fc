"""How the items of a municipality file must fit together, and with the law. Every fault is told."""

import base64
import binascii
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from onceonly.domain.offices import (
    Client,
    ConnectorSettings,
    DataService,
    IdentityProvider,
    Office,
    Origin,
    RetrievalAgreement,
    Role,
    SharedController,
)
from onceonly.domain.rules import Law
from onceonly.readers.lines import Path, Wrong
from onceonly.readers.municipality_values import NO_DAY, Draft

JwkFaults = Callable[[Mapping[str, object]], list[str]]
"""What is wrong with a public JWK, one sentence each; empty: it may be used."""

Offices = Mapping[str, Office]
_ED25519_BYTES = 32
_OFFICELESS = {Role.AUDITOR, Role.OPERATOR}


def unfitting(draft: Draft, law: Law, jwk_faults: JwkFaults) -> Iterator[Wrong]:
    """Every fault that lies between items, or between an item and the law."""
    offices = {one.code: one for one in reversed(draft.offices)}  # of two, the first
    yield from _repeated(draft)
    for at, office in enumerate(draft.offices):
        yield from _office(("offices", at), office, law)
    for at, shared in enumerate(draft.shared_controllers):
        yield from _shared(("shared_controllers", at), shared, offices, law)
    for at, client in enumerate(draft.clients):
        yield from _client(("clients", at), client, offices)
        yield from _keys(("clients", at), client.keys, jwk_faults)
    for at, service in enumerate(draft.data_services):
        yield from _data_service(("data_services", at), service, offices, law)
    for at, provider in enumerate(draft.identity_providers):
        yield from _identity_provider(("identity_providers", at), provider, draft)
        yield from _keys(("identity_providers", at), provider.keys, jwk_faults)
    for at, agreement in enumerate(draft.retrieval_agreements):
        yield from _agreement(("retrieval_agreements", at), agreement, offices, law)
    for at, approver in enumerate(draft.approvers):
        yield from _approver_key(("approvers", at, "key"), approver.key)


def _repeated(draft: Draft) -> Iterator[Wrong]:
    """Items that bear the name of an earlier one."""
    services = [(one.office, one.evidence_type, one.origin) for one in draft.data_services]
    providers = [(one.issuer, one.audience) for one in draft.identity_providers]
    yield from _twice("offices", "code", (one.code for one in draft.offices))
    yield from _twice("clients", "client_id", (one.client_id for one in draft.clients))
    yield from _twice("data_services", "evidence_type", services)
    yield from _twice("identity_providers", "issuer", providers)
    yield from _twice("approvers", "name", (one.name for one in draft.approvers))
    yield from _twice("approvers", "key", (one.key for one in draft.approvers))


def _twice(heading: str, member: str, names: Iterable[Hashable]) -> Iterator[Wrong]:
    seen: set[Hashable] = set()
    for at, name in enumerate(names):
        if name in seen:
            what = "stands here a second time"
            yield Wrong((heading, at, member), what, "keep one, or name this one otherwise")
        seen.add(name)


def _known_office(path: Path, code: str, offices: Offices) -> Iterator[Wrong]:
    if code not in offices:
        yield Wrong(path, f"no office `{code}` in this file", "add it under offices")


def _office(path: Path, office: Office, law: Law) -> Iterator[Wrong]:
    """Source: § 67 (4) S. 2 SGB X; a procedure belongs to office kinds."""
    for at, code in enumerate(office.procedures):
        procedure = law.catalogue.procedures.get(code)
        if procedure is None or office.kind not in law.office_kinds:
            continue
        if office.kind not in procedure.kinds:
            what = f"`{code}` is no procedure of kind `{office.kind}`"
            remedy = f"give it to an office of kind {' or '.join(procedure.kinds)}"
            yield Wrong((*path, "procedures", at), what, remedy)


def _shared(path: Path, shared: SharedController, offices: Offices, law: Law) -> Iterator[Wrong]:
    """Source: § 67 (4) S. 2 SGB X; two people answer for saying that it does not apply."""
    for at, code in enumerate(shared.offices):
        yield from _known_office((*path, "offices", at), code, offices)
        if code in offices and offices[code].kind in law.never_shared_controller:
            what = f"kind `{offices[code].kind}` never shares a controller"
            yield Wrong((*path, "offices", at), what, "take it out")
    if shared.entered_by.strip().casefold() == shared.approved_by.strip().casefold():
        what = "is the person who entered it"
        yield Wrong((*path, "approved_by"), what, "let a second person approve it")


def _client(path: Path, client: Client, offices: Offices) -> Iterator[Wrong]:
    if {Role.CONSUMER, Role.PORTAL} <= set(client.roles):
        what = "consumer and portal never belong to one client"
        yield Wrong((*path, "roles"), what, "make two clients with a key each")
    if client.office is not None:
        yield from _known_office((*path, "office"), client.office, offices)
    elif not set(client.roles) <= _OFFICELESS:
        yield Wrong((*path, "office"), "is missing", "name the office it asks or answers for")


def _keys(
    path: Path, keys: tuple[Mapping[str, object], ...], jwk_faults: JwkFaults
) -> Iterator[Wrong]:
    seen: set[object] = set()
    for at, key in enumerate(keys):
        here: Path = (*path, "jwks", "keys", at)
        kid = key.get("kid")
        if isinstance(kid, str) and kid in seen:
            yield Wrong((*here, "kid"), "stands here a second time", "give each key its own kid")
        seen.add(kid if isinstance(kid, str) else None)
        for what in jwk_faults(key):
            yield Wrong(here, what, "put a public ES256, PS256 or PS512 key here")


def _data_service(path: Path, service: DataService, offices: Offices, law: Law) -> Iterator[Wrong]:
    yield from _known_office((*path, "office"), service.office, offices)
    yield from _reached((*path, "connector", "base_url"), service.connector)
    kind = offices[service.office].kind if service.office in offices else None
    if kind in law.never_data_service:
        yield Wrong((*path, "office"), f"kind `{kind}` can have no data service", "remove it")
    known = law.catalogue.evidence_types.get(service.evidence_type)
    if known is None:
        return
    here: Path = (*path, "evidence_type")
    if known.blocked or known.code in law.blocked:
        yield Wrong(here, f"`{known.code}` is never fetched", "remove this data service")
        return
    issues = kind in known.issuer_kinds or kind not in law.office_kinds
    if service.origin is Origin.ISSUED and not issues:
        what = f"kind `{kind}` does not issue `{known.code}`"
        yield Wrong(here, what, "write `origin: submitted` for copies it holds, or remove it")
    if service.origin is Origin.SUBMITTED and not known.submitted_by_person:
        what = f"nobody hands in `{known.code}`: what one office got from another is locked there"
        yield Wrong(here, what, "remove this data service")
    for at, profile in enumerate(service.profiles):
        if profile not in known.profiles:
            what = f"`{known.code}` has no profile `{profile}`"
            remedy = f"choose from {' '.join(known.profiles)}"
            yield Wrong((*path, "profiles", at), what, remedy)


def _reached(path: Path, connector: ConnectorSettings) -> Iterator[Wrong]:
    yield from _url(path, connector.base_url)
    if connector.tls is not None and connector.base_url.startswith("http://"):
        what = "is no https, and `tls` stands beside it"
        yield Wrong(path, what, "write https://, or leave `tls` out")


def _url(path: Path, url: str) -> Iterator[Wrong]:
    """An address to which paths may be added: scheme, host, port, path."""
    try:
        parts = urlsplit(url)
        plain = bool(parts.hostname) and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        plain = False
    else:
        if "@" in parts.netloc or "?" in url or "#" in url:
            plain = False
    if not plain or any(sign.isspace() for sign in url):
        what = "is no plain address"
        yield Wrong(path, what, "write http(s)://host:port/path without user, query or fragment")


def _identity_provider(path: Path, provider: IdentityProvider, draft: Draft) -> Iterator[Wrong]:
    yield from _url((*path, "issuer"), provider.issuer)
    if provider.audience and provider.audience != draft.identity_providers[0].audience:
        what = "a municipality has one audience"
        yield Wrong((*path, "audience"), what, "write the same for every identity provider")
    seen: set[str] = set()
    for level, words in provider.levels.items():
        for at, word in enumerate(words):
            if word in seen:
                what = f"`{word}` stands for two levels"
                yield Wrong((*path, "levels", level, at), what, "leave it in the weaker one")
        seen.update(words)


def _agreement(
    path: Path, agreement: RetrievalAgreement, offices: Offices, law: Law
) -> Iterator[Wrong]:
    """Source: § 79 (1), (2) SGB X; between § 35 SGB I bodies only, approved and announced."""
    yield from _asking(path, agreement, offices, law)
    yield from _answering(path, agreement, offices, law)
    if agreement.consumer == agreement.provider:
        yield Wrong((*path, "provider"), "is the consumer itself", "name another office")
    yield from _approvals(path, agreement)
    starts, ends = agreement.valid_from, agreement.valid_to
    if starts != NO_DAY and agreement.data_protection_authority_informed_on > starts:
        member = "data_protection_authority_informed_on"
        yield Wrong((*path, member), "lies after valid_from", "inform it before it is in force")
    if ends is not None and ends < starts:
        yield Wrong((*path, "valid_to"), "lies before valid_from", "mend one of the two days")


def _approvals(path: Path, agreement: RetrievalAgreement) -> Iterator[Wrong]:
    """The supervisory authority of each participant must have approved it."""
    participants = dict.fromkeys([agreement.consumer, agreement.provider])
    approving = [one.office for one in agreement.approvals]
    for at, code in enumerate(approving):
        if code not in participants:
            what = f"`{code}` takes no part in this agreement"
            yield Wrong((*path, "approvals", at, "office"), what, "remove or mend it")
    for code in participants:
        if code and code not in approving:
            what = f"no approval of the authority over `{code}`"
            yield Wrong((*path, "approvals"), what, "add it with its date")


def _asking(
    path: Path, agreement: RetrievalAgreement, offices: Offices, law: Law
) -> Iterator[Wrong]:
    yield from _known_office((*path, "consumer"), agreement.consumer, offices)
    if agreement.consumer not in offices:
        return
    kind = offices[agreement.consumer].kind
    body = law.section35.get(kind)
    if body is None and kind in law.office_kinds:
        what = f"kind `{kind}` is no § 35 SGB I body"
        yield Wrong((*path, "consumer"), what, "remove this agreement")
    for at, code in enumerate(agreement.procedures):
        procedure = law.catalogue.procedures.get(code)
        if procedure is None or body is None:
            continue
        here: Path = (*path, "procedures", at)
        if kind not in procedure.kinds:
            yield Wrong(here, f"`{code}` is no procedure of kind `{kind}`", "remove it")
        elif procedure.section35 is False or code not in (body.procedures or (code,)):
            what = f"in `{code}` kind `{kind}` is no § 35 SGB I body"
            yield Wrong(here, what, "remove it")


def _answering(
    path: Path, agreement: RetrievalAgreement, offices: Offices, law: Law
) -> Iterator[Wrong]:
    yield from _known_office((*path, "provider"), agreement.provider, offices)
    if agreement.provider not in offices:
        return
    kind = offices[agreement.provider].kind
    body = law.section35.get(kind)
    if body is None and kind in law.office_kinds:
        what = f"kind `{kind}` is no § 35 SGB I body"
        yield Wrong((*path, "provider"), what, "remove this agreement")
    for at, code in enumerate(agreement.evidence_types):
        here: Path = (*path, "evidence_types", at)
        if code in law.blocked:
            yield Wrong(here, f"`{code}` is never fetched", "remove it")
        elif body is not None and code not in (body.provides or (code,)):
            what = f"with `{code}` kind `{kind}` is no § 35 SGB I body"
            yield Wrong(here, what, "remove it")


def _approver_key(path: Path, key: str) -> Iterator[Wrong]:
    """Source: RFC 8032, 5.1.5: a public key is 32 bytes."""
    try:
        raw = base64.b64decode(key.removeprefix("ed25519:"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _ED25519_BYTES:
        remedy = "write `ed25519:` and the base64 of the 32 bytes"
        yield Wrong(path, "is no Ed25519 public key", remedy)
