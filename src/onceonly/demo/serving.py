"""The stand left running: addresses, ready credentials, and curl lines that work when pasted."""

import json
import time
from collections.abc import Callable

from onceonly.demo import education
from onceonly.demo.people import AYSE
from onceonly.demo.stand import Stand, token_words
from onceonly.demo.story import question

RENEW_EVERY_S = 540
"""Access tokens are good for ten minutes."""


def serve(stand: Stand, month: str, say: Callable[[str], None]) -> None:
    """Tell what can be done here, with a fresh token from time to time, until interrupted."""
    say(f"The hub            {stand.hub}   (OpenAPI: {stand.hub}/openapi.json)")
    say(f"Jobcenter          {stand.jobcenter}")
    say(f"Bildung und Teilh. {stand.education}")
    say(f"Client             {education.CLIENT_ID}, key {stand.key(education.CLIENT_ID)}")
    say(f"Municipality file  {stand.directory / 'musterkreis.yaml'}")
    say(f"Apply another with ONCEONLY_DATA_DIR={stand.environment['ONCEONLY_DATA_DIR']}")
    number = 0
    while True:
        number += 1
        token = stand.onceonly(*token_words(stand, education.CLIENT_ID))
        say("\nPaste, each good for ten minutes:\n")
        for line in curl_lines(stand, month, token, number):
            say(line + "\n")
        say("Stop with Ctrl-C.")
        time.sleep(RENEW_EVERY_S)


def curl_lines(stand: Stand, month: str, token: str, number: int) -> list[str]:
    """Calls that work as they are: health, catalogue, one exchange with its evidence."""
    auth = f"-H 'Authorization: Bearer {token}'"
    body = json.dumps(
        question(AYSE, month, evidence_type="ben.sgb2", profile="P2"), ensure_ascii=False
    )
    return [
        f"curl -s {stand.hub}/health",
        f"curl -s {auth} '{stand.hub}/v1/procedures/but.sgb2?month={month}'",
        f"curl -s {auth} -H 'Content-Type: application/json' -H 'Idempotency-Key: try-{number}-{int(time.time())}'"
        f" -H 'Prefer: return=representation' -d '{body}' {stand.hub}/v1/evidence-requests",
        f"curl -s {auth} {stand.hub}/v1/evidence-requests",
    ]
