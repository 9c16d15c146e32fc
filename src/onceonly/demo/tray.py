"""The in-tray of an office: what its people must do for the hub, on plain pages in a browser.

A question that no law automates is shown with what the office has on file, and a person decides
whether and what to answer. Every call is the office's own, at its desk; the pages keep nothing.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from onceonly.demo.desk import Refused

Call = Callable[[str, str, Mapping[str, Any] | None], Awaitable[httpx.Response]]
"""Calls the hub as this office: method, path below `/v1`, body."""

OnFile = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""What the office has on file for a question, cut to the asked fields; None for nothing."""

_KINDS = {
    "answer-by-hand": "Frage von Hand beantworten",
    "clarify-identity": "Zwei Personen passen: Register bereinigen",
    "check-protection": "Jemand hat gefragt: Auskunftssperre prüfen",
    "delivery-discarded": "Eine Lieferung wurde ungelesen vernichtet",
    "correct-evidence": "Das System liefert mehr als gefragt",
}
_REASONS = ("not-competent", "not-connected", "disputed", "other")
_OWN = frozenset({None, "none", "same-origin"})


class Tray:
    """Pages below `/tray`."""

    def __init__(self, call: Call, on_file: OnFile) -> None:
        self._call = call
        self._on_file = on_file

    def routes(self) -> list[Route]:
        """The pages' routes."""
        return [
            Route("/tray", self._list),
            Route("/tray/{task}", self._one),
            Route("/tray/{task}", self._take, methods=["POST"]),
        ]

    async def _list(self, _: Request) -> Response:
        answer, told = await self._said("GET", "/tasks?limit=100", None)
        if answer is None or not answer.is_success:
            return _page("Eingang", _paragraph(told), 503)
        rows = "".join(
            f'<li><a href="/tray/{escape(one["id"])}">{_KINDS[one["kind"]]}</a>'
            f" {escape(one['evidence_type'] or '')}, seit {escape(one['since'])}</li>"
            for one in answer.json()["items"]
        )
        return _page("Eingang", f"<ul>{rows}</ul>" if rows else _paragraph("Nichts zu tun."))

    async def _one(self, request: Request) -> Response:
        task = request.path_params["task"]
        answer, told = await self._said("GET", f"/tasks/{task}", None)
        if answer is None or not answer.is_success:
            return _page("Aufgabe", _paragraph(told), 503 if answer is None else answer.status_code)
        found = answer.json()
        title = _KINDS[found["kind"]]
        if "question" in found:
            return _page(title, self._question(found["question"]))
        if found["kind"] == "answer-by-hand":
            return _page(title, _paragraph("Diese Frage ist beantwortet oder hat sich erledigt."))
        return _page(title, _form(_button("done", "Erledigt")))

    def _question(self, question: Mapping[str, Any]) -> str:
        asked = {
            "Gefragt von": question.get("consumer") or question.get("requesting_body"),
            "Verfahren": question.get("procedure"),
            "Rechtsgrundlage": ", ".join(question.get("law", ())),
            "Person": ", ".join(map(_plain, question["person"].values())),
            "Nachweis": f"{question['evidence_type']}, {question['profile']}",
            "Felder": ", ".join(question["fields"]),
            "Bezugsmonat": question["reference_month"],
        }
        rows = "".join(
            f"<dt>{name}</dt><dd>{escape(_plain(value))}</dd>"
            for name, value in asked.items()
            if value
        )
        on_file = json.dumps(self._on_file(question), ensure_ascii=False, indent=1)
        reasons = "".join(f"<option>{one}</option>" for one in _REASONS)
        return (
            f"<dl>{rows}</dl>"
            + _form(
                "<p><label>In der Akte steht (änderbar):<br>"
                f'<textarea name="content" rows="8" cols="72">{escape(on_file)}</textarea></label></p>'
                + _button("evidence", "Diesen Nachweis geben")
            )
            + _form(f'<select name="reason">{reasons}</select> ' + _button("refused", "Ablehnen"))
            + _form(_button("answered-outside", "Auf anderem Weg beantwortet"))
        )

    async def _take(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site") not in _OWN:
            return _page("Aufgabe", _paragraph("Nur von dieser Seite aus."), 403)
        form = await request.form()
        body: dict[str, Any] = {"result": str(form.get("result", ""))}
        try:
            if body["result"] == "evidence":
                body["content"] = json.loads(str(form.get("content", "null")))
        except ValueError:
            return _page("Aufgabe", _paragraph("Das ist kein JSON; zurück und berichtigen."), 400)
        if body["result"] == "refused":
            body["reason"] = str(form.get("reason", ""))
        answer, told = await self._said(
            "POST", f"/tasks/{request.path_params['task']}/answer", body
        )
        if answer is None or not answer.is_success:
            status = 503 if answer is None else answer.status_code
            return _page("Aufgabe", _paragraph(told), status)
        return RedirectResponse("/tray", 303)

    async def _said(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[httpx.Response | None, str]:
        """The hub's answer, and in words what it says when it says no."""
        try:
            answer = await self._call(method, path, body)
        except Refused as refused:
            return None, str(refused)
        except httpx.TransportError:
            return None, "Der Hub antwortet nicht."
        told = "" if answer.is_success else str(answer.json().get("title", answer.status_code))
        return answer, told


def _page(title: str, content: str, status: int = 200) -> Response:
    html = (
        f'<!doctype html><html lang="de"><meta charset="utf-8"><title>{title}</title>'
        f'<body><p><a href="/tray">Eingang</a></p><h1>{title}</h1>{content}</body></html>'
    )
    return HTMLResponse(html, status, {"cache-control": "no-store"})


def _form(content: str) -> str:
    return f'<form method="post">{content}</form>'


def _button(result: str, words: str) -> str:
    return f'<button name="result" value="{result}">{words}</button>'


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(map(_plain, value.values()))
    return " ".join(map(_plain, value)) if isinstance(value, list) else str(value)
