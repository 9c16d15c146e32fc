"""A provider of onceonly in one file: read it, run it, then put your own system in.

    pip install -r requirements.txt
    python provider.py --hub http://127.0.0.1:8099 --url http://127.0.0.1:9101

The hub calls `POST {url}/v1/evidence` with one question about one person, and `GET {url}/v1/health`.
Five things matter, and each has its part below:

1. Who asks?            Only the hub, in the name of your municipality; else 401.
2. What is asked?       Read it strictly; a question that cannot be read is 400.
3. About whom?          Exactly one person fits every attribute given; else 404 or 409.
4. What is answered?    The asked fields and nothing else.
5. How does it travel?  WSGI: any server runs it; `python provider.py` is enough for trying out.

Parts 1, 2 and 5 can stay as they are. Parts 3 and 4 are where your own system comes in: `Files`
reads a JSON file of invented people and would ask your database instead.
"""

import argparse
import json
import re
import ssl
import threading
import time
import unicodedata
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

Json = dict[str, Any]

# 1. Who asks? -----------------------------------------------------------------------------------


class Hub:
    """The one who may ask, known by the keys it publishes.

    A token lives for a minute and serves for several calls: its `jti` comes more than once.
    """

    def __init__(self, issuer: str, own_url: str, municipality: str) -> None:
        self._issuer = issuer
        self._claims = jwt.JWTClaimsRegistry(
            leeway=5,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": own_url},
            # One hub serves several municipalities; the others have no business here.
            sub={"essential": True, "value": municipality},
            exp={"essential": True},
            jti={"essential": True},
        )
        self._keys: dict[str, ECKey] = {}
        self._read_at = float("-inf")
        self._one_at_a_time = threading.Lock()

    def sent(self, authorization: str) -> bool:
        """Whether this header is the hub's. OSError: the hub's keys cannot be read."""
        scheme, _, token = authorization.partition(" ")
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
            key = self._key(str(kid))
            if scheme.lower() != "bearer" or key is None:
                return False
            # The algorithm is ours to choose, never the token's.
            self._claims.validate(jwt.decode(token, key, algorithms=["ES256"]).claims)
        except (JoseError, ValueError):
            return False
        return True

    def _key(self, kid: str) -> ECKey | None:
        """The hub's key of this name; its page is read again for a new one, once a second."""
        with self._one_at_a_time:
            if kid not in self._keys and time.monotonic() - self._read_at > 1:
                with urllib.request.urlopen(  # noqa: S310 -- the address is yours
                    f"{self._issuer}/.well-known/jwks.json", timeout=3
                ) as page:
                    published = json.load(page)["keys"]
                self._keys = {one["kid"]: ECKey.import_key(one) for one in published}
                self._read_at = time.monotonic()
            return self._keys.get(kid)


# 2. What is asked? ------------------------------------------------------------------------------


class Unreadable(Exception):
    """The question breaks the protocol. Its words name a member and never a person."""


def read_question(body: bytes) -> Json:
    """The question, with what this program relies on checked; members it does not know stay."""
    try:
        question = json.loads(body)
        # Half a surrogate pair is no text: it would break whatever writes it next.
        json.dumps(question, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Unreadable("not JSON in UTF-8") from None
    if not isinstance(question, dict):
        raise Unreadable("not an object")
    for member, fits in _FORMS.items():
        if not fits(question.get(member)):
            raise Unreadable(member)
    return question


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_month(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value) is not None


def _is_period(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _is_month(value.get("from_month"))
        and (value.get("to_month") is None or _is_month(value["to_month"]))
    )


def _is_person(value: object) -> bool:
    return (
        isinstance(value, dict)
        and (value.get("family_name") is None or _is_text(value["family_name"]))
        and _are_texts(value.get("given_names"))
        and isinstance(value.get("address", {}), dict)
        and re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value.get("date_of_birth"))) is not None
    )


_FORMS: dict[str, Callable[[object], bool]] = {
    "reference": _is_text,
    "evidence_type": _is_text,
    "fields": _are_texts,
    "reference_month": _is_month,
    "period": _is_period,
    "person": _is_person,
}

# 3. About whom? ---------------------------------------------------------------------------------


class Files:
    """What the office holds: a list of files, each about one person. Ask your database here."""

    def __init__(self, path: Path) -> None:
        self._files: list[Json] = json.loads(path.read_text("utf-8"))

    def about(self, person: Json) -> list[Json]:
        """Every file that fits all attributes given. Ask nobody else, guess nothing."""
        return [one for one in self._files if _fits(person, one["person"])]


def _fits(asked: Json, filed: Json) -> bool:
    return (
        _plain(asked.get("family_name")) == _plain(filed.get("family_name"))
        and _plain(" ".join(asked["given_names"])) == _plain(" ".join(filed["given_names"]))
        and _may_be_one_day(asked["date_of_birth"], filed["date_of_birth"])
        and all(
            _plain(asked[name]) == _plain(filed.get(name))
            for name in ("place_of_birth", "birth_name", "idnr")
            if asked.get(name) is not None
        )
        and all(
            _plain(value) == _plain(filed.get("address", {}).get(part))
            for part, value in asked.get("address", {}).items()
        )
    )


def _may_be_one_day(asked: str, filed: str) -> bool:
    """Part by part; `00` is an unknown month or day and fits any."""
    parts = zip(asked.split("-"), filed.split("-"), strict=True)
    return all(one == other or "00" in {one, other} for one, other in parts)


def _plain(text: object) -> str:
    """Without case and marks: `Mustergül` and `MUSTERGUL` are one name. ı and ł have no mark."""
    folded = unicodedata.normalize("NFKD", str(text or "").casefold())
    letters = "".join(one for one in folded if not unicodedata.combining(one))
    return letters.translate(str.maketrans("ıłđøʼ’", "ildo''")).strip()


# 4. What is answered? ---------------------------------------------------------------------------

Answer = tuple[int, Json]
EVIDENCE_TYPE = "ben.sgb2"


def answer(question: Json, files: Files) -> Answer:
    """Status and body. Whoever is unknown, and whoever else is unknown, get the same bytes."""
    if question["evidence_type"] != EVIDENCE_TYPE:
        return refusal("not-competent", "This office does not issue such evidence")
    found = files.about(question["person"])
    if not found:
        return problem(404, "No such person is known here")
    if len(found) > 1:
        return problem(409, "More than one person fits")
    (file,) = found
    if "refused" in file:
        return refusal(file["refused"], "This office refuses")
    now = datetime.now(UTC).replace(microsecond=0)
    if "ready_in_minutes" in file:
        return 202, {"available_at": instant(now + timedelta(minutes=file["ready_in_minutes"]))}
    if file.get("address_protected"):
        # The hub drops the answer and tells nobody; so there is nothing to send.
        return 200, {"content": None, "flags": {"address_protected": True}}
    benefit = file.get("benefit")
    return 200, {
        "content": content(question, benefit),
        "document_date": None if benefit is None else benefit["document_date"],
        "as_of": instant(now),
    }


def content(question: Json, benefit: Json | None) -> Json:
    """The asked fields; one record for each month where months are asked about one by one."""
    first, last = question["period"]["from_month"], question["period"]["to_month"]
    if "month" not in question["fields"] or last in (None, first):
        return cut(record(benefit, first), question["fields"])
    return {
        "months": [cut(record(benefit, one), question["fields"]) for one in months(first, last)]
    }


def record(benefit: Json | None, month: str) -> Json:
    """Everything there is to say about one month. Money is whole cents, months are `YYYY-MM`."""
    if benefit is None or month < benefit["from_month"]:
        return {"state": "none", "month": month, "total_ct": 0}
    period = {"from_month": benefit["from_month"], "to_month": benefit["to_month"], "month": month}
    if month > benefit["to_month"]:
        return {"state": "ended", **period, "total_ct": 0}
    return {"state": "granted", **period, **benefit["monthly"]}


def cut(everything: Json, fields: Iterable[str]) -> Json:
    """Only the asked fields.

    `kdu_ct.rent` is a member of a member, `mehrbedarf[].amount_ct` one of every element of a list;
    a person inside (`members[].ref`) is given by names and birth date.
    """
    tree: Json = {}
    for field in fields:
        branch = tree
        for name in field.split("."):
            branch = branch.setdefault(name.removesuffix("[]"), {})
    return _members(everything, tree)


def _members(container: Json, tree: Json) -> Json:
    """Of each asked member its value, and of a container its asked members; no value, no member."""
    kept = {name: _asked(container.get(name), inside) for name, inside in tree.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _asked(value: Any, inside: Json) -> Any:  # noqa: ANN401 -- a JSON value
    if not inside:
        return value
    if isinstance(value, list):
        return [_members(one, inside) for one in value if isinstance(one, dict)]
    return _members(value, inside) if isinstance(value, dict) else None


def months(first: str, last: str) -> Iterator[str]:
    """The months from first to last, at most twenty years of them."""
    year, month = int(first[:4]), int(first[5:])
    for number in range(month - 1, month + 239):
        one = f"{year + number // 12:04}-{number % 12 + 1:02}"
        if one > last:
            return
        yield one


def instant(moment: datetime) -> str:
    """With its zone: `2026-10-05T09:12:01Z`."""
    return moment.isoformat().replace("+00:00", "Z")


def refusal(reason: str, title: str) -> Answer:
    """`reason`: not-competent, not-connected, disputed or other."""
    return 403, {"type": "about:blank", "title": title, "status": 403, "reason": reason}


def problem(status: int, title: str) -> Answer:
    """The title is the same for everybody: it says nothing about a person."""
    return status, {"type": "about:blank", "title": title, "status": status}


# 5. How does it travel? -------------------------------------------------------------------------

_PHRASES = {
    200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
    503: "Service Unavailable",
}  # fmt: skip
LARGEST_QUESTION = 64 * 1024
Environment = dict[str, Any]


class Provider:
    """The two operations as a WSGI application; one object may serve many threads."""

    def __init__(self, hub: Hub, files: Files) -> None:
        self._hub = hub
        self._files = files

    def __call__(self, environ: Environment, start: Callable[..., Any]) -> list[bytes]:
        """Answer one call."""
        status, body = self._answer(environ)
        kind = "application/json" if status < 400 else "application/problem+json"
        written = json.dumps(body, ensure_ascii=False).encode()
        headers = [("Content-Type", kind), ("Content-Length", str(len(written)))]
        headers.append(("Cache-Control", "no-store"))
        if status == 401:
            headers.append(("WWW-Authenticate", "Bearer"))
        start(f"{status} {_PHRASES[status]}", headers)
        return [written]

    def _answer(self, environ: Environment) -> Answer:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/v1/health":
                return 200, {"status": "ok"}
            case "POST", "/v1/evidence":
                return self._evidence(environ)
            case _, "/v1/health" | "/v1/evidence":
                return problem(405, "No such operation")
            case _:
                return problem(404, "No such page")

    def _evidence(self, environ: Environment) -> Answer:
        try:
            if not self._hub.sent(environ.get("HTTP_AUTHORIZATION", "")):
                return problem(401, "The token is not the hub's")
        except OSError:
            return problem(503, "The hub's keys cannot be read")
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LARGEST_QUESTION:
            return problem(413, "The question is too large")
        try:
            question = read_question(environ["wsgi.input"].read(int(length)))
        except Unreadable as unreadable:
            return problem(400, f"The question cannot be read: {unreadable}")
        return answer(question, self._files)


class _Server(ThreadingMixIn, WSGIServer):
    """Several questions at once; good for trying out. Put a server of your own before it."""

    daemon_threads = True
    request_queue_size = 128

    def speak_tls(self, own: list[str], hubs: str | None) -> None:
        """By a certificate and key of its own; `hubs`: only to who has a certificate of these."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*own)
        if hubs:
            context.load_verify_locations(hubs)
            context.verify_mode = ssl.CERT_REQUIRED
        # The handshake is a caller's own matter: it must not hold up the next one.
        self.socket = context.wrap_socket(self.socket, True, do_handshake_on_connect=False)  # noqa: FBT003


def main() -> None:
    """Serve until told to stop."""
    words = argparse.ArgumentParser(description="A provider of onceonly, for a start.")
    words.add_argument("--hub", required=True, help="the hub's issuer URL, as it publishes it")
    words.add_argument("--url", required=True, help="base_url in the municipality's file, exactly")
    words.add_argument("--municipality", default="musterkreis", help="its code in that file")
    words.add_argument("--people", type=Path, default=Path(__file__).with_name("people.json"))
    words.add_argument("--port", type=int, default=9101)
    words.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="PEM files")
    words.add_argument("--hubs", help="PEM of the authority that issued the hub's certificate")
    told = words.parse_args()
    hub = Hub(told.hub.rstrip("/"), told.url, told.municipality)
    provider = Provider(hub, Files(told.people))
    with make_server("127.0.0.1", told.port, provider, _Server) as server:
        if told.tls:
            server.speak_tls(told.tls, told.hubs)
        server.serve_forever()


if __name__ == "__main__":
    main()
