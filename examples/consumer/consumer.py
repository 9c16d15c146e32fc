"""An asking office's system in one file: a token, one question, its evidence, the receipt.

    pip install -r requirements.txt
    python consumer.py --hub http://127.0.0.1:8080 --client-id mine --key mine.jwk.json request.json

It prints what became of each retrieval. Four things matter:

1. The token.     A signed assertion buys one for ten minutes.
2. The question.  It has a key of its own: the same key and body never ask twice.
3. The waiting.   What is still under way is read again; nothing is asked a second time.
4. The evidence.  First file it, then say so: the hub destroys its copy.
"""

import argparse
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import import_key

Json = dict[str, Any]
UNDER_WAY = {"fetching", "deferred"}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PATIENCE_S = 60


class Hub:
    """The hub as one client sees it."""

    def __init__(self, issuer: str, client_id: str, private_jwk: Json) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._jwk = private_jwk
        self._token = ""
        self._until = 0.0

    # 1. The token -------------------------------------------------------------------------------

    def token(self) -> str:
        """A token that is good for another minute at least."""
        if time.monotonic() > self._until:
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION,
                "client_assertion": self._assertion(),
            }
            body = urllib.parse.urlencode(form).encode()
            _, answer = self._send("POST", "/oauth2/token", {}, body)
            self._token = answer["access_token"]
            self._until = time.monotonic() + answer["expires_in"] - 60
        return self._token

    def _assertion(self) -> str:
        """Says who is calling; good for a minute and for one use."""
        with urllib.request.urlopen(f"{self._issuer}/livez", timeout=10) as alive:  # noqa: S310
            # The hub's own time: a clock that is wrong here would be refused.
            now = int(parsedate_to_datetime(alive.headers["date"]).timestamp())
        header = {"alg": self._jwk.get("alg", "ES256"), "kid": self._jwk["kid"]}
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return jwt.encode(header, claims, import_key(self._jwk), algorithms=[header["alg"]])

    # 2. The question ----------------------------------------------------------------------------

    def ask(self, question: Json, key: str) -> Json:
        """Ask. Keep `key` beside your case: after a crash the same call finds what was asked."""
        headers = {"idempotency-key": key, "prefer": "wait=10"}
        _, answer = self.call("POST", "/v1/evidence-requests", headers, question)
        return answer

    # 3. The waiting -----------------------------------------------------------------------------

    def settled(self, request: Json) -> list[Json]:
        """Its retrievals, when nothing is under way or patience ends."""
        end = time.monotonic() + PATIENCE_S
        while _under_way(request) and time.monotonic() < end:
            path = f"/v1/evidence-requests/{request['id']}"
            _, request = self.call("GET", path, {"prefer": "wait=10"})
        return list(request["retrievals"])

    # 4. The evidence ----------------------------------------------------------------------------

    def evidence(self, retrieval: Json) -> Json:
        """Released evidence; reading is on record, and may be repeated for fifteen minutes."""
        _, answer = self.call("GET", f"/v1/retrievals/{retrieval['id']}/evidence")
        return answer

    def received(self, retrieval: Json) -> None:
        """Say that it is filed; the hub destroys its copy at once."""
        self.call("POST", f"/v1/retrievals/{retrieval['id']}/receipt", {}, {})

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> tuple[int, Json]:
        """One call with a token. 503 means that nothing was asked: the same call may come again."""
        sent = {"authorization": f"Bearer {self.token()}", **(headers or {})}
        raw = None
        if body is not None:
            sent["content-type"] = "application/json"
            raw = json.dumps(body, ensure_ascii=False).encode()
        for _ in range(5):
            try:
                return self._send(method, path, sent, raw)
            except urllib.error.HTTPError as refused:
                if refused.code != 503:
                    raise
                time.sleep(int(refused.headers.get("retry-after", 1)))
        return self._send(method, path, sent, raw)

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Json]:
        request = urllib.request.Request(  # noqa: S310 -- the address is yours
            self._issuer + path, data=body, headers=dict(headers), method=method
        )
        with urllib.request.urlopen(request, timeout=45) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"{}")


def _under_way(request: Json) -> bool:
    return any(one["state"] in UNDER_WAY for one in request["retrievals"])


def told(retrieval: Json, hub: Hub) -> Json:
    """What became of one retrieval. A refusal by law is an answer like any other."""
    decision = retrieval["decision"]
    said = {"item": retrieval["item"], "state": retrieval["state"], "law": decision["law"]}
    match retrieval["state"]:
        case "released":
            evidence = hub.evidence(retrieval)
            # File it here, in your own database; only then say that you have it.
            hub.received(retrieval)
            return said | {"content": evidence["content"]}
        case "refused" | "choice-required" | "consent-required" | "manual":
            alternatives = [one["kind"] for one in decision["alternatives"]]
            return said | {"reason": decision["reason"], "alternatives": alternatives}
        case "failed" | "expired" | "discarded":
            return said | {"problem": retrieval["problem"]}
        case _:
            # no-result: ask the person. It does not say why, and nothing follows from it.
            return said


def main() -> None:
    """Ask what a file says."""
    words = argparse.ArgumentParser(description="An asking office's system, for a start.")
    words.add_argument("--hub", required=True, help="the hub's issuer URL")
    words.add_argument("--client-id", required=True, help="this client in the municipality's file")
    words.add_argument("--key", required=True, type=Path, help="its private JWK")
    words.add_argument("--idempotency-key", default=secrets.token_urlsafe(16))
    words.add_argument("request", type=Path, help="the evidence request, JSON")
    given = words.parse_args()
    hub = Hub(given.hub.rstrip("/"), given.client_id, json.loads(given.key.read_text()))
    try:
        asked = hub.ask(json.loads(given.request.read_text("utf-8")), given.idempotency_key)
        for retrieval in hub.settled(asked):
            print(json.dumps(told(retrieval, hub), ensure_ascii=False))
    except urllib.error.HTTPError as refused:
        # A problem says what is wrong with the call; `errors` names all members at once.
        raise SystemExit(f"{refused.code} {refused.read().decode()}") from None


if __name__ == "__main__":
    main()
