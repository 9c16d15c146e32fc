"""Telling a story that checks itself: numbered steps, what the law said, what moved."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from onceonly.demo.clerk import Retrieval
from onceonly.demo.plain import client
from onceonly.demo.processes import Trouble
from onceonly.demo.stand import Stand

Say = Callable[[str], None]


class Told:
    """Numbers the steps and checks what was promised."""

    def __init__(self, stand: Stand, say: Say) -> None:
        self.stand = stand
        self._say = say
        self._step = 0

    def chapter(self, title: str) -> None:
        """A new chapter begins."""
        self._say(f"\n== {title}")

    def step(self, text: str) -> None:
        """A new step begins."""
        self._step += 1
        self._say(f"\n{self._step:>2}  {text}")

    def line(self, text: str) -> None:
        """Something about the step."""
        self._say(f"    {text}")

    def check(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads as a sentence
        """What the story promised must be so.

        Raises:
            Trouble: it is not.
        """
        if not holds:
            raise Trouble(f"step {self._step}: {otherwise}")

    def decision(self, retrieval: Retrieval, state: str) -> None:
        """What the law said to it and by which norm; where it stands must be `state`."""
        decision = retrieval["decision"]
        reason = f" ({decision['reason']})" if decision["reason"] else ""
        self.line(f"The law says {decision['outcome']}{reason}: {decision['explanation']}")
        rule = ""
        if decision["rule"] is not None:
            rule = f" (rule {decision['rule']}, mode {decision['mode'] or 'none'})"
        self.line(f"By {' · '.join(decision['law'])}{rule}")
        if decision["alternatives"]:
            kinds = dict.fromkeys(one["kind"] for one in decision["alternatives"])
            self.line(f"What is open instead: {', '.join(kinds)}")
        self.check(
            retrieval["state"] == state, f"state is {retrieval['state']}{reason}, not {state}"
        )

    def moved(self, answer: httpx.Response, retrieval: Retrieval) -> dict[str, Any]:
        """What evidence or preview holds; never more than was granted."""
        self.check(answer.is_success, f"the hub answered {answer.status_code}: {answer.text}")
        content: dict[str, Any] = answer.json()["content"]
        granted = {path.partition(".")[0] for path in retrieval["decision"]["fields"]}
        told = {one.removesuffix("[]") for one in granted}
        self.check(set(content) <= told, f"more moved than granted: {sorted(content)}")
        return content

    def heard(self, client_id: str, retrieval: Retrieval) -> list[dict[str, Any]]:
        """What an office system wrote down about this question."""
        with client(self.stand.systems[client_id]) as http:
            answer = http.get("/demo/calls", params={"reference": retrieval["id"]})
        return list(answer.json()["items"])


def short(content: Mapping[str, Any]) -> str:
    """A content on one line."""
    return json.dumps(content, ensure_ascii=False)
