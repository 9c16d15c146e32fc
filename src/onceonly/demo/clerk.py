"""Whoever sits at an office system: works at its desk, over HTTP, without holding any key."""

import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from onceonly.demo.bodies import Body, use_decision
from onceonly.demo.plain import client
from onceonly.demo.processes import Trouble
from onceonly.demo.stand import Stand

Retrieval = Mapping[str, Any]


class Clerk:
    """One office system's user, be it a caseworker or a person in the online application."""

    def __init__(self, stand: Stand, client_id: str) -> None:
        self._stand = stand
        self._desk = f"{stand.systems[client_id]}/desk"

    def get(self, path: str) -> httpx.Response:
        """Read something at the hub."""
        with client(self._desk, timeout=45) as http:
            return http.get(path, headers={"accept-language": "en"})

    def post(self, path: str, body: Body, **headers: str) -> httpx.Response:
        """Write something to the hub."""
        with client(self._desk, timeout=45) as http:
            return http.post(path, json=body, headers={"accept-language": "en", **headers})

    def send(self, body: Body) -> httpx.Response:
        """Send an evidence request."""
        key = {"idempotency-key": secrets.token_urlsafe(12)}
        return self.post("/evidence-requests", body, prefer="wait=20", **key)

    def ask(self, body: Body) -> list[Retrieval]:
        """Send an evidence request; its retrievals, settled.

        Raises:
            Trouble: the hub did not settle it.
        """
        answer = self.send(body)
        if answer.status_code != httpx.codes.CREATED:
            raise Trouble(f"the hub answered {answer.status_code}: {answer.text}")
        return list(answer.json()["retrievals"])

    def look(self, retrieval: Retrieval, by: str) -> httpx.Response:
        """Look at a preview as the person `by`."""
        return self.get(f"/retrievals/{retrieval['id']}/preview?by={by}")

    def decide(self, retrieval: Retrieval, word: str, by: str) -> Retrieval:
        """Say `use` or `do-not-use` as the person `by`.

        Raises:
            Trouble: the hub did not take it.
        """
        body = use_decision(word, by, self._stand.now())
        answer = self.post(f"/retrievals/{retrieval['id']}/use-decision", body)
        if not answer.is_success:
            raise Trouble(f"the hub answered {answer.status_code}: {answer.text}")
        return dict(answer.json())

    def read(self, retrieval: Retrieval) -> httpx.Response:
        """Collect evidence."""
        return self.get(f"/retrievals/{retrieval['id']}/evidence")

    def confirm(self, retrieval: Retrieval) -> httpx.Response:
        """Say that the evidence is filed."""
        return self.post(f"/retrievals/{retrieval['id']}/receipt", {})
