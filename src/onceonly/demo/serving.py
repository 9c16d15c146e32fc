"""The stand left running: addresses, ready credentials, and curl lines that work when pasted."""

import json
import time
from collections.abc import Callable, Iterator

import httpx

from onceonly.demo import by_hand, exchange, housing
from onceonly.demo.bodies import Body, use_decision
from onceonly.demo.people import AYSE
from onceonly.demo.plain import client
from onceonly.demo.processes import Trouble
from onceonly.demo.stand import Stand

RENEW_EVERY_S = 540
"""Access tokens are good for ten minutes."""


def serve(stand: Stand, say: Callable[[str], None]) -> None:
    """Tell what can be done here, with fresh tokens from time to time, until interrupted."""
    say(f"The hub            {stand.hub}   (reference: {stand.hub}/reference)")
    say(f"Municipality file  {stand.directory / 'musterkreis.yaml'}")
    say(f"Apply another with ONCEONLY_DATA_DIR={stand.environment['ONCEONLY_DATA_DIR']}")
    say("\nOffice systems, each with its key; `ADDRESS/desk/…` calls the hub's `/v1/…` as it:")
    for client_id, url in stand.systems.items():
        say(f"  {client_id:<28} {url}   {stand.key(client_id)}")
    waiting, tray = by_hand.ask(stand)
    say(f"\nA question waits for a person ({waiting['id']}): open {tray}")
    while True:
        say("\nPaste in this order, each good for ten minutes.")
        for line in curl_lines(stand):
            say(f"\n{line}")
        say("\nStop with Ctrl-C.")
        time.sleep(RENEW_EVERY_S)


def curl_lines(stand: Stand) -> Iterator[str]:
    """Calls that work as they are, each after a line that says what it does."""
    number = f"{stand.now():%Y%m%d-%H%M%S}"
    yield f"# How is the hub?\ncurl -s {stand.hub}/health"
    but = _bearer(stand, exchange.OFFICE)
    yield (
        "# What does a procedure need?\n"
        f"curl -s {but} '{stand.hub}/v1/procedures/but.sgb2?month={stand.month}'"
    )
    body = exchange.question(AYSE, stand.month, evidence_type="ben.sgb2", profile="P2")
    inline = "-H 'Prefer: return=representation'"
    asked = _post(stand, f"{but} {inline} {_key(f'try-{number}')}", "evidence-requests", body)
    yield f"# One exchange, and its evidence at once: an office asks, the law cuts.\n{asked}"
    yield f"# What this office has asked.\ncurl -s {but} {stand.hub}/v1/evidence-requests"
    yield from _online(stand, number)


def _online(stand: Stand, number: str) -> Iterator[str]:
    """A person looks first. Asked by us already, so that the next lines know the retrieval."""
    portal, office = _bearer(stand, housing.PORTAL), _bearer(stand, housing.OFFICE)
    body = housing.application(stand.month, stand.now(), f"WG-{number}")
    key = f"online-{number}"
    with client(stand.systems[housing.PORTAL], timeout=45) as http:
        headers = {"idempotency-key": key, "prefer": "wait=20"}
        answer = http.post("/desk/evidence-requests", headers=headers, json=body)
    if answer.status_code != httpx.codes.CREATED:
        raise Trouble(f"the hub answered {answer.status_code}: {answer.text}")
    mine = f"retrievals/{answer.json()['retrievals'][0]['id']}"
    chosen = _post(stand, f"{portal} {_key(key)}", "evidence-requests", body)
    yield f"# Online, a family chooses retrieval; the four answers wait to be looked at.\n{chosen}"
    yield (
        f"# Gökçe (p1) looks at her part.\ncurl -s {portal} '{stand.hub}/v1/{mine}/preview?by=p1'"
    )
    use = use_decision("use", "p1", stand.now())
    yield f"# She says use.\n{_post(stand, portal, f'{mine}/use-decision', use)}"
    yield f"# The Fachverfahren collects it.\ncurl -s {office} {stand.hub}/v1/{mine}/evidence"
    received = _post(stand, office, f"{mine}/receipt", {})
    yield f"# It is filed; the hub destroys its copy. Look again: it is gone.\n{received}"


def _bearer(stand: Stand, client_id: str) -> str:
    words = ("--issuer", stand.hub, "--client-id", client_id, "--key", str(stand.key(client_id)))
    return f"-H 'Authorization: Bearer {stand.onceonly('token', *words)}'"


def _key(key: str) -> str:
    return f"-H 'Idempotency-Key: {key}'"


def _post(stand: Stand, words: str, path: str, body: Body) -> str:
    told = json.dumps(body, ensure_ascii=False)
    return f"curl -s {words} -H 'Content-Type: application/json' -d '{told}' {stand.hub}/v1/{path}"
