"""A Kita fee waiver by a generated client: one yes and its months, and nothing about money.

    python kita_waiver.py --hub http://127.0.0.1:8080 --portal-key PORTAL.jwk.json \
        --office-key OFFICE.jwk.json

Two clients of one office play their parts. The online application asks, with the mother's choice,
shows her what would move and sends her decision. The Fachverfahren collects the evidence, files it
and says so. `onceonly_hub` is generated from openapi/hub.v1.json; see the README beside.
"""

import argparse
import json
import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from httpx import Timeout
from joserfc import jwt
from joserfc.jwk import import_key
from onceonly_hub import AuthenticatedClient, Client
from onceonly_hub.api.access import get_token
from onceonly_hub.api.evidence import confirm_receipt, get_evidence
from onceonly_hub.api.evidence_requests import request_evidence
from onceonly_hub.api.operations import get_alive
from onceonly_hub.api.previews import decide_use, get_preview
from onceonly_hub.models import (
    AliasBody,
    CaseworkerBody,
    ChoiceBody,
    EvidenceRequestBody,
    EvidenceRequestBodyChannel,
    EvidenceRequestView,
    EvidenceView,
    ItemBody,
    NecessityBody,
    NothingBody,
    PersonBody,
    PersonBodyRole,
    PreviewView,
    Problem,
    RelationshipBody,
    RelationshipBodyCustodyType0,
    RelationshipBodyKind,
    RetrievalView,
    TokenBody,
    TokenView,
    UseDecisionBody,
    UseDecisionBodyDecision,
)

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SESSION = "portal-session-of-p1"
YES_AND_ITS_MONTHS = {"qualifying_benefit", "from_month", "to_month"}

Answer = TypeVar("Answer")


def expected(answer: object, kind: type[Answer]) -> Answer:
    """The answer, if it is one of this kind; a problem says what is wrong with the call."""
    if isinstance(answer, Problem):
        raise SystemExit(f"{answer.status} {answer.title}: {answer.type_} {answer.errors or ''}")
    if not isinstance(answer, kind):
        raise SystemExit(f"the hub answered {answer!r}")
    return answer


def now_at(hub: str) -> datetime:
    """The hub's own time: a clock that is wrong here would be refused."""
    alive = get_alive.sync_detailed(client=Client(base_url=hub))
    return parsedate_to_datetime(alive.headers["date"]).astimezone(UTC)


def signed_in(hub: str, client_id: str, key_file: Path) -> AuthenticatedClient:
    """A client with a token of ten minutes, bought by a signed assertion."""
    jwk = json.loads(key_file.read_text())
    now = int(now_at(hub).timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": hub,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    }
    header = {"alg": "ES256", "kid": jwk["kid"]}
    body = TokenBody(
        grant_type="client_credentials",
        client_assertion_type=ASSERTION,
        client_assertion=jwt.encode(header, claims, import_key(jwk), algorithms=["ES256"]),
    )
    token = expected(get_token.sync(client=Client(base_url=hub), body=body), TokenView)
    return AuthenticatedClient(base_url=hub, token=token.access_token, timeout=Timeout(45))


def question(now: datetime, *, online: bool) -> EvidenceRequestBody:
    """May the fee be waived? Online the mother chose retrieval; at the office nobody did."""
    olena = PersonBody(
        ref="p1",
        role=PersonBodyRole.APPLICANT,
        family_name="Shevchenko",
        given_names=["Olena"],
        date_of_birth="1997-07-19",
        place_of_birth="Poltava",
        aliases=[AliasBody(family_name="Шевченко", given_names=["Олена"])],
    )
    danylo = PersonBody(
        ref="p2",
        role=PersonBodyRole.CHILD,
        family_name="Shevchenko",
        given_names=["Danylo"],
        date_of_birth=f"{now.year - 4}-11-11",
    )
    item = ItemBody(
        ref="i1",
        person="p1",
        evidence_type="ben.sgb2",
        profile="P2",
        necessity=NecessityBody(fact="sgb8-90-4-erlass"),
    )
    if online:
        item.choice = ChoiceBody(made_by="p1", made_at=now, notice="wahl-67f-v1", session=SESSION)
    body = EvidenceRequestBody(
        procedure="kita.beitragserlass",
        case_reference="KITA-2026-0042",
        channel=EvidenceRequestBodyChannel.ONLINE if online else EvidenceRequestBodyChannel.OFFICE,
        reference_month=f"{now:%Y-%m}",
        persons=[olena, danylo],
        relationships=[
            RelationshipBody(
                kind=RelationshipBodyKind.PARENT,
                person="p1",
                to="p2",
                custody=RelationshipBodyCustodyType0.SOLE,
            )
        ],
        items=[item],
    )
    if not online:
        body.caseworker = CaseworkerBody(id="sb-4711")
    return body


def ask(client: AuthenticatedClient, body: EvidenceRequestBody) -> RetrievalView:
    """Ask once. Keep the key beside the case: the same key and body never ask twice."""
    answer = request_evidence.sync(
        client=client, body=body, idempotency_key=secrets.token_urlsafe(16), prefer="wait=20"
    )
    (retrieval,) = expected(answer, EvidenceRequestView).retrievals
    return retrieval


def shown_and_used(portal: AuthenticatedClient, retrieval: UUID, now: datetime) -> PreviewView:
    """What she sees, and her yes."""
    preview = expected(get_preview.sync(retrieval, client=portal, by="p1"), PreviewView)
    yes = UseDecisionBody(
        decision=UseDecisionBodyDecision.USE, made_by="p1", made_at=now, session=SESSION
    )
    expected(decide_use.sync(retrieval, client=portal, body=yes), RetrievalView)
    return preview


def collected(office: AuthenticatedClient, retrieval: UUID) -> EvidenceView:
    """The evidence; it is filed first, and then the hub destroys its copy."""
    evidence = expected(get_evidence.sync(retrieval, client=office), EvidenceView)
    # File it here, in your own database.
    received = confirm_receipt.sync_detailed(retrieval, client=office, body=NothingBody())
    if received.status_code != 204:
        raise SystemExit(f"the receipt was answered {received.status_code}")
    return evidence


def must(holds: object, otherwise: str) -> None:
    """Stop where the story is not as told."""
    if not holds:
        raise SystemExit(f"not as told: {otherwise}")


def main() -> None:
    """Play it."""
    words = argparse.ArgumentParser(description="A Kita fee waiver by a generated client.")
    words.add_argument("--hub", required=True, help="the hub's issuer URL")
    words.add_argument("--portal", default="kita-online", help="client id of the application")
    words.add_argument("--portal-key", required=True, type=Path, help="its private JWK")
    words.add_argument("--office", default="kita-fachverfahren", help="client id of the office")
    words.add_argument("--office-key", required=True, type=Path, help="its private JWK")
    given = words.parse_args()
    portal = signed_in(given.hub, given.portal, given.portal_key)
    office = signed_in(given.hub, given.office, given.office_key)
    now = now_at(given.hub)

    retrieval = ask(portal, question(now, online=True))
    decision = retrieval.decision
    print(f"asked for P2, decided {decision.outcome}, {decision.reason}: {retrieval.state}")
    must(retrieval.state == "previewing", "she does not get to look")
    must((decision.outcome, decision.profile) == ("partial", "KITA"), "it was not cut")

    preview = shown_and_used(portal, retrieval.id, now)
    evidence = collected(office, retrieval.id)
    content = evidence.content.to_dict()
    print(f"what moved: {json.dumps(content)}")
    must(content == preview.content.to_dict(), "she was shown something else")
    must(content.keys() == YES_AND_ITS_MONTHS, "more or less moved")
    must(content["qualifying_benefit"] is True, "the benefit does not qualify")
    gone = get_evidence.sync(retrieval.id, client=office)
    must(isinstance(gone, Problem) and gone.status == 410, "the hub kept a copy")

    bare = ask(office, question(now, online=False))
    print(f"at the office, without a choice: {bare.state}, {bare.decision.reason}")
    must(bare.state == "choice-required", "somebody was asked without a choice")


if __name__ == "__main__":
    main()
