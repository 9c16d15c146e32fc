"""The story of one exchange, played through the public API, told step by step."""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from onceonly.demo import education
from onceonly.demo.people import AYSE, NOBODY, Person
from onceonly.demo.stand import Stand, Trouble, token_words

Say = Callable[[str], None]
FACT = "sgb2-28-grundleistung"


class Told:
    """Numbers the steps and checks what was promised."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._step = 0

    def step(self, text: str) -> None:
        """A new step begins."""
        self._step += 1
        self._say(f"\n{self._step}  {text}")

    def line(self, text: str) -> None:
        """Something about the step."""
        self._say(f"   {text}")

    def check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads as a sentence
        """What the story promised must be so.

        Raises:
            Trouble: it is not.
        """
        if not holds:
            raise Trouble(f"step {self._step}: {otherwise}")


class Caseworker:
    """The BuT office's Fachverfahren: one client, asking the hub over HTTP."""

    def __init__(self, stand: Stand, month: str) -> None:
        self._month = month
        token = stand.onceonly(*token_words(stand, education.CLIENT_ID))
        self.http = httpx.Client(
            base_url=stand.hub,
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
            trust_env=False,
            timeout=30,
        )

    def ask(self, person: Person, *, evidence_type: str, profile: str) -> dict[str, Any]:
        """Ask for one evidence about one person; the one retrieval comes back."""
        answer = self.http.post(
            "/v1/evidence-requests",
            headers={"idempotency-key": secrets.token_urlsafe(12), "prefer": "wait=20"},
            json=question(person, self._month, evidence_type=evidence_type, profile=profile),
        )
        if answer.status_code != httpx.codes.CREATED:
            raise Trouble(f"the hub answered {answer.status_code}: {answer.text}")
        (retrieval,) = answer.json()["retrievals"]
        return dict(retrieval)

    def read(self, retrieval: Mapping[str, Any]) -> dict[str, Any]:
        """Read released evidence."""
        answer = self.http.get(f"/v1/retrievals/{retrieval['id']}/evidence")
        answer.raise_for_status()
        return dict(answer.json())


def question(person: Person, month: str, *, evidence_type: str, profile: str) -> dict[str, Any]:
    """The body of an evidence request of the BuT office."""
    return {
        "procedure": "but.sgb2",
        "case_reference": "BUT-2026-0001",
        "channel": "office",
        "reference_month": month,
        "caseworker": {"id": "sb-4711"},
        "persons": [{"ref": "p1", "role": "applicant", **person.attributes()}],
        "items": [
            {
                "ref": "i1",
                "person": "p1",
                "evidence_type": evidence_type,
                "profile": profile,
                "necessity": {"fact": FACT},
            }
        ],
    }


def play(stand: Stand, month: str, say: Say) -> None:
    """Play the story.

    Raises:
        Trouble: something is not as the story tells it.
    """
    told = Told(say)
    caseworker = Caseworker(stand, month)
    cut = _permitted_and_cut(told, stand, caseworker)
    refused = _refused(told, stand, caseworker)
    _excess(told, stand, caseworker)
    _unknown(told, caseworker)
    _on_record(told, stand, (cut, refused))
    _destroyed(told, caseworker, cut)


def _permitted_and_cut(told: Told, stand: Stand, caseworker: Caseworker) -> dict[str, Any]:
    told.step("Ms Mustergül applies for Bildung und Teilhabe. The office needs to know whether she")
    told.line(
        "gets the basic benefit, and asks the Jobcenter for everything up to the amounts (P2)."
    )
    retrieval = caseworker.ask(AYSE, evidence_type="ben.sgb2", profile="P2")
    decision = retrieval["decision"]
    told.line(f"The law says {decision['outcome']}: {decision['explanation']}")
    _norms(told, decision)
    told.check(retrieval["state"] == "released", f"state is {retrieval['state']}")
    told.check(decision["profile"] == "P0", "the question was not cut to what is necessary")
    heard = _heard(stand.jobcenter, retrieval["id"])
    told.check(len(heard) == 1, "the Jobcenter did not hear exactly one question")
    told.line(f"The Jobcenter was asked for {', '.join(heard[0]['asked']['fields'])}; no amount.")
    evidence = caseworker.read(retrieval)
    told.check(set(evidence["content"]) <= set(decision["fields"]), "more moved than granted")
    told.line(f"What moved: {_short(evidence['content'])}")
    return retrieval


def _refused(told: Told, stand: Stand, caseworker: Caseworker) -> dict[str, Any]:
    told.step("Out of curiosity the office asks whether the youth office helps the family.")
    retrieval = caseworker.ask(AYSE, evidence_type="jug.hilfe", profile="P0")
    decision = retrieval["decision"]
    told.line(
        f"The law says {decision['outcome']} ({decision['reason']}): {decision['explanation']}"
    )
    _norms(told, decision)
    told.line(f"What else is open: {', '.join(one['kind'] for one in decision['alternatives'])}")
    told.check(retrieval["state"] == "refused", f"state is {retrieval['state']}")
    told.check(not _heard(stand.jobcenter, retrieval["id"]), "somebody was asked")
    told.line("Nobody was asked. The refusal is on record like a permit.")
    return retrieval


def _excess(told: Told, stand: Stand, caseworker: Caseworker) -> None:
    told.step("The Jobcenter's system has a bad day and sends everything it has on file.")
    _talkative(stand.jobcenter, on=True)
    retrieval = caseworker.ask(AYSE, evidence_type="ben.sgb2", profile="P0")
    _talkative(stand.jobcenter, on=False)
    (heard,) = _heard(stand.jobcenter, retrieval["id"])
    told.line(f"It sent {len(heard['sent'])} fields: {', '.join(heard['sent'])}")
    told.check(retrieval["state"] == "released", f"state is {retrieval['state']}")
    content = caseworker.read(retrieval)["content"]
    told.line(f"What moved: {_short(content)}")
    told.check(set(content) <= set(retrieval["decision"]["fields"]), "more moved than granted")
    told.check(len(heard["sent"]) > len(content), "the office was not talkative")
    told.line(f"The rest was discarded unread and counted: {_metric(stand)}")


def _unknown(told: Told, caseworker: Caseworker) -> None:
    told.step("The office asks about somebody whom the Jobcenter does not know.")
    retrieval = caseworker.ask(NOBODY, evidence_type="ben.sgb2", profile="P0")
    told.check(retrieval["state"] == "no-result", f"state is {retrieval['state']}")
    told.line("no-result: unknown, ambiguous and protected look alike, so it tells nothing.")


def _on_record(told: Told, stand: Stand, retrievals: tuple[dict[str, Any], ...]) -> None:
    told.step("What is on record (`onceonly log show`; that it was read is an entry too):")
    for retrieval in retrievals:
        lines = stand.onceonly("log", "show", "--json", "--retrieval", retrieval["id"])
        entries = [json.loads(line) for line in lines.splitlines()]
        for entry in entries:
            told.line(f"{entry['at']}  {entry['event']:<19} {_summary(entry['payload'])}")
        events = [entry["event"] for entry in entries]
        wanted = (
            ["question:refused"]
            if retrieval["state"] == "refused"
            else ["question:permitted", "answer:received", "evidence:released", "evidence:read"]
        )
        told.check(sorted(events) == sorted(wanted), f"on record is {events}")
        told.check(
            retrieval["log"]["question"] in {entry["entry"] for entry in entries},
            "the retrieval names an entry that is not there",
        )


def _destroyed(told: Told, caseworker: Caseworker, retrieval: dict[str, Any]) -> None:
    told.step("The office has filed the evidence and says so; the hub destroys its copy.")
    receipt = caseworker.http.post(f"/v1/retrievals/{retrieval['id']}/receipt", json={})
    again = caseworker.http.get(f"/v1/retrievals/{retrieval['id']}/evidence")
    told.check(receipt.is_success, f"the receipt was answered {receipt.status_code}")
    told.check(again.status_code == httpx.codes.GONE, "the evidence is still there")
    told.line(f"Reading it again: {again.status_code} {again.json()['title']}")


def _norms(told: Told, decision: Mapping[str, Any]) -> None:
    told.line(f"By {' · '.join(decision['law'])}" + _by_rule(decision))


def _by_rule(decision: Mapping[str, Any]) -> str:
    if decision["rule"] is None:
        return ""
    return f" (rule {decision['rule']} of {decision['rule_version']}, mode {decision['mode']})"


def _heard(office: str, reference: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{office}/demo/calls", params={"reference": reference}, trust_env=False)
    return list(answer.json()["items"])


def _talkative(office: str, *, on: bool) -> None:
    httpx.post(f"{office}/demo/talkative", json={"on": on}, trust_env=False).raise_for_status()


def _metric(stand: Stand) -> str:
    text = httpx.get(f"{stand.hub}/metrics", trust_env=False).text
    lines = [one for one in text.splitlines() if one.startswith("onceonly_provider_excess_fields_")]
    return next((one for one in lines if "_total{" in one), "nothing was counted")


def _summary(payload: Mapping[str, Any]) -> str:
    words = ("consumer", "provider", "evidence_type", "outcome", "rule", "reason", "state")
    return " ".join(f"{one}={payload[one]}" for one in words if payload.get(one) is not None)


def _short(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)
