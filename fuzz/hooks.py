"""What Schemathesis cannot know: who calls which operation, and what is there. Loaded by it."""

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.auths import AuthContext
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

from fuzz import excused
from fuzz.callers import ASSERTION_TYPE, assertion, caller_of, token_of
from fuzz.ground import INSIDE, PORTAL
from fuzz.supplies import asked_for, collectable

RENEW_EVERY_S = 120
FIXED = {
    "/v1/log/tile/{path}": ["0/000", "0/000.p/1", "entries/000.p/1", "1/000", "0/x001/000"],
    "/problems/{kind}": ["invalid", "not-found", "busy", "nothing"],
    "/v1/procedures/{code}": ["but.sgb2", "wohngeld.mietzuschuss", "sgb2.erstantrag"],
    "/v1/evidence-types/{code}": ["ben.sgb2", "hou.unterkunft", "civ.geburt"],
    "/v1/rules/{id}": ["R01", "R10a", "R109"],
    "/v1/notices/{id}": ["wahl-67f-v1", "einwilligung-v1"],
}
"""What stands in a path that no answer tells beforehand."""

NAMES = {"family_name", "birth_name", "place_of_birth", "street", "house_number", "town"}
REFERENCES = {"person", "to", "by", "for", "made_by"}
SPELLINGS = ("Muster", "Mustergül", "O'Beispiel", "Müster-Ł", "A", "Ďoe", "Musterstadt")

_chance = random.Random(int(os.environ["FUZZ_SEED"]))  # noqa: S311 -- repeatable, not secret
_known: dict[str, list[str]] = defaultdict(list)
_known["/v1/previews"] = json.loads(os.environ["FUZZ_SHOWN"])
_known["/v1/collectable"] = collectable()
_known["/v1/consents"] = asked_for()


@schemathesis.auth(cache_by_key=lambda case, _: caller_of(case), refresh_interval=RENEW_EVERY_S)
class Callers:
    """A bearer for each case."""

    def get(self, case: Case, _: AuthContext) -> str:
        """A fresh token of whoever may call."""
        return token_of(caller_of(case))

    def set(self, case: Case, data: str, _: AuthContext) -> None:
        """Put it where it belongs."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(_: HookContext, case: Case, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 -- the hook's form
    """Ask for what is there, most of the time: an id made up leads no deeper than 404."""
    known = _known[_pool(case.operation.path)] or FIXED.get(case.operation.path, [])
    if known and case.path_parameters and _good(case, ParameterLocation.PATH) and _often():
        (name,) = case.path_parameters
        case.path_parameters[name] = _chance.choice(known[-20:])
    if (
        case.operation.path.endswith("/preview")
        and case.query
        and _good(case, ParameterLocation.QUERY)
    ):
        case.query["by"] = _chance.choice(("p1", "p2", "p3"))
    if _good(case, ParameterLocation.BODY) and isinstance(case.body, dict) and _often():
        _write_well(case.body)
        _refer_well(case.body)
    if _good(case, ParameterLocation.HEADER) and case.headers and _often():
        case.headers |= {name: _text(9) for name in case.headers if name == "idempotency-key"}
    if case.operation.path == "/oauth2/token" and _good(case, ParameterLocation.BODY) and _often():
        case.body = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion(INSIDE),
        }


@schemathesis.hook
def after_call(_: HookContext, case: Case, response: Response) -> None:
    """Remember what is there now."""
    excused.count(case, response)
    if response.status_code >= 300:  # noqa: PLR2004 -- not there
        return
    try:
        said = response.json()
    except ValueError:
        return
    if caller_of(case) == PORTAL:  # another office's, which the others do not see
        return
    for pool, one in _ids(_pool(case.operation.path), said):
        if one not in _known[pool]:
            _known[pool].append(one)


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Let go of what rightly is so; each such ground has its reason."""
    return not excused.is_excused(failure, case, response)


def _ids(pool: str, said: object) -> Iterator[tuple[str, str]]:
    """Every id in an answer, with what it is an id of."""
    if isinstance(said, list):
        for one in said:
            yield from _ids(pool, one)
    if not isinstance(said, dict):
        return
    if isinstance(said.get("id"), str):
        yield "/v1/retrievals" if "request" in said else pool, said["id"]
    for name, one in said.items():
        if name == "log" and isinstance(one, dict):
            yield from (("/v1/log", entry) for entry in one.values() if entry)
        elif isinstance(one, list | dict):
            yield from _ids(pool, one)


def _pool(path: str) -> str:
    """What the ids in this path are ids of."""
    if path.endswith(("/preview", "/use-decision")):
        return "/v1/previews"
    if path in ("/v1/retrievals/{id}/evidence", "/v1/retrievals/{id}/receipt"):
        return "/v1/collectable"
    return path if path in FIXED else "/".join(path.split("/")[:3])


def _write_well(value: object) -> None:
    """Write names as names, so that what is refused is not always refused for its letters."""
    if isinstance(value, list):
        for one in value:
            _write_well(one)
    if isinstance(value, dict):
        for name, one in value.items():
            if name in NAMES and isinstance(one, str):
                value[name] = _chance.choice(SPELLINGS)
            elif name == "given_names" and isinstance(one, list):
                value[name] = [_chance.choice(SPELLINGS) for _ in one]
            else:
                _write_well(one)


def _refer_well(body: dict[str, Any]) -> None:
    """Let there be one applicant, and whoever is named be somebody of the request."""
    persons = body.get("persons")
    if not isinstance(persons, list) or not all(isinstance(one, dict) for one in persons):
        return
    for number, person in enumerate(persons):
        person["ref"] = f"p{number + 1}"
        if (person.get("role") == "applicant") != (number == 0):
            person["role"] = "partner" if number else "applicant"
    for name in ("items", "relationships", "representations"):
        _name_somebody(body.get(name), [one["ref"] for one in persons])


def _name_somebody(value: object, refs: list[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _name_somebody(one, refs)
    if isinstance(value, dict):
        for name, one in value.items():
            if name in REFERENCES and isinstance(one, str) and refs:
                value[name] = _chance.choice(refs)
            elif isinstance(one, list | dict):
                _name_somebody(one, refs)


def _text(length: int) -> str:
    return "".join(_chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def _good(case: Case, where: ParameterLocation) -> bool:
    return case.meta is not None and not case.meta.is_negative_at(where)


def _often() -> bool:
    return _chance.random() < 0.8  # noqa: PLR2004 -- four of five
