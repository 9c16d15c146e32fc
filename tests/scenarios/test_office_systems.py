"""The played office systems alone, as separate processes, asked over HTTP as the hub would."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from typing_extensions import override

import onceonly
from onceonly.demo.people import AYSE, CAN, JOERG, NAMESAKE, NOBODY, OKSANA, SURYA, ZLATKA, Person
from onceonly.demo.registry import others

SOURCE = Path(onceonly.__file__).parents[1]
P0 = ["state", "from_month", "to_month"]
P2 = [*P0, "month", "total_ct", "regelbedarf_ct", "mehrbedarf[].amount_ct", "kdu_ct.rent"]
Claims = dict[str, object]

THIS_MONTH = time.strftime("%Y-%m")


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def an_office(name: str, state: Path, *words: str, port: int | None = None) -> Iterator[str]:
    """One office system, running; gives its base URL."""
    chosen = port or a_free_port()
    program = [sys.executable, "-m", f"onceonly.demo.{name}", "--port", str(chosen)]
    with subprocess.Popen([*program, "--state", str(state), *words], cwd=SOURCE) as process:
        try:
            url = f"http://127.0.0.1:{chosen}"
            wait_for(f"{url}/v1/health", process)
            yield url
        finally:
            process.terminate()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the office ended before it was ready"
        try:
            assert httpx.get(url, trust_env=False).is_success
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{url} never answered")


class AHub:
    """The hub's key page and its signature, ten lines of each."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", private=True)
        self.kid = self.key.thumbprint()
        page = json.dumps({"keys": [self.key.as_dict(private=False) | {"kid": self.kid}]}).encode()

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            @override
            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def bearer(self, audience: str, claims: Claims | None = None, key: ECKey | None = None) -> str:
        now = int(time.time())
        told = {"iss": self.url, "sub": "musterkreis", "aud": audience, "iat": now, "exp": now + 60}
        header = {"alg": "ES256", "kid": self.kid}
        return "Bearer " + jwt.encode(header, told | (claims or {}), key or self.key)


@pytest.fixture(scope="module")
def hub() -> Iterator[AHub]:
    page = AHub()
    thread = threading.Thread(target=page.server.serve_forever)
    thread.start()
    yield page
    page.server.shutdown()
    thread.join()
    page.server.server_close()


@pytest.fixture(scope="module")
def jobcenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with an_office("jobcenter", tmp_path_factory.mktemp("jobcenter")) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, hub: AHub) -> Iterator[str]:
    state = tmp_path_factory.mktemp("guarded")
    with an_office("jobcenter", state, "--hub", hub.url) as url:
        yield url


def a_question(about: Person, fields: list[str], **members: object) -> dict[str, Any]:
    return {
        "reference": "ref-1",
        "evidence_type": "ben.sgb2",
        "profile": "P0",
        "fields": fields,
        "reference_month": THIS_MONTH,
        "period": {"from_month": THIS_MONTH, "to_month": None},
        "person": about.names(),
        "consumer": "but",
        "procedure": "but.sgb2",
        "rule": "R10a",
        "law": ["§ 7a (1) BKGG"],
    } | members


def ask(url: str, question: dict[str, Any], bearer: str | None = None) -> httpx.Response:
    headers = {} if bearer is None else {"authorization": bearer}
    return httpx.post(f"{url}/v1/evidence", json=question, headers=headers, trust_env=False)


def calls(url: str, reference: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/demo/calls", params={"reference": reference}, trust_env=False)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_the_answer_holds_exactly_the_asked_fields(jobcenter: str) -> None:
    answer = ask(jobcenter, a_question(AYSE, P0))

    assert answer.status_code == 200
    assert set(answer.json()["content"]) == set(P0)
    assert answer.json()["content"]["state"] == "granted"


def test_amounts_are_cents_and_add_up(jobcenter: str) -> None:
    fields = [*P2, "kdu_ct.nk", "kdu_ct.heat", "income_counted_ct", "karenzzeit_until"]

    content = ask(jobcenter, a_question(AYSE, fields)).json()["content"]

    needs = content["regelbedarf_ct"] + sum(content["kdu_ct"].values())
    extra = sum(part["amount_ct"] for part in content["mehrbedarf"])
    assert content["total_ct"] == needs + extra - content["income_counted_ct"]
    assert "karenzzeit_until" not in content


def test_several_months_are_one_record_each(jobcenter: str) -> None:
    period = {"from_month": "2020-11", "to_month": "2021-02"}

    answer = ask(jobcenter, a_question(AYSE, ["month", "total_ct"], period=period))

    months = answer.json()["content"]["months"]
    assert [record["month"] for record in months] == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert {record["total_ct"] for record in months} == {0}


@pytest.mark.parametrize("person", [OKSANA, ZLATKA, SURYA, CAN], ids=lambda person: person.street)
def test_hard_cases_are_found(jobcenter: str, person: Person) -> None:
    assert ask(jobcenter, a_question(person, P0)).status_code == 200


def test_a_name_without_marks_and_a_whole_birth_date_find_the_same_person(jobcenter: str) -> None:
    typed = {"family_name": "beispielshchenko", "given_names": ["OKSANA"]}
    born = {"date_of_birth": "1979-06-21"}

    assert ask(jobcenter, a_question(OKSANA, P0, person=typed | born)).status_code == 200


def test_nobody_is_unknown(jobcenter: str) -> None:
    assert ask(jobcenter, a_question(NOBODY, P0)).status_code == 404


def test_namesakes_are_ambiguous_until_told_apart(jobcenter: str) -> None:
    alike = ask(jobcenter, a_question(JOERG, P0))
    apart = ask(jobcenter, a_question(JOERG, P0, person=NAMESAKE.attributes()))

    assert (alike.status_code, apart.status_code) == (409, 200)
    assert set(alike.json()) == {"type", "status", "reason"}


def test_another_evidence_type_is_refused_as_not_competent(jobcenter: str) -> None:
    answer = ask(jobcenter, a_question(AYSE, ["state"], evidence_type="ben.wohngeld"))

    assert (answer.status_code, answer.json()["reason"]) == (403, "not-competent")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["", "[]", '{"reference": "x"}', '{"person": 1}'])
def test_a_broken_question_is_400(jobcenter: str, body: str) -> None:
    answer = httpx.post(f"{jobcenter}/v1/evidence", content=body, trust_env=False)

    assert answer.status_code == 400


def test_every_call_is_on_record_by_reference_and_without_a_name(jobcenter: str) -> None:
    ask(jobcenter, a_question(AYSE, P0, reference="heard-1"))
    ask(jobcenter, a_question(NOBODY, P0, reference="heard-1"))

    heard = calls(jobcenter, "heard-1")

    assert [call["status"] for call in heard] == [200, 404]
    assert heard[0]["sent"] == P0
    assert heard[0]["asked"]["law"] == ["§ 7a (1) BKGG"]
    assert "Mustergül" not in json.dumps(heard, ensure_ascii=False)


def test_a_talkative_office_sends_more_than_asked_until_told_to_stop(jobcenter: str) -> None:
    def turn(*, on: bool) -> None:
        httpx.post(f"{jobcenter}/demo/talkative", json={"on": on}, trust_env=False)

    turn(on=True)
    try:
        much = ask(jobcenter, a_question(AYSE, P0)).json()["content"]
    finally:
        turn(on=False)
    little = ask(jobcenter, a_question(AYSE, P0)).json()["content"]

    assert {"kdu_ct", "mehrbedarf", "regelbedarf_ct"} <= set(much)
    assert set(little) == set(P0)


def test_talkative_can_be_set_at_start(tmp_path: Path) -> None:
    with an_office("jobcenter", tmp_path, "--talkative") as url:
        assert "total_ct" in ask(url, a_question(AYSE, P0)).json()["content"]


def test_the_hub_is_let_in(guarded: str, hub: AHub) -> None:
    assert ask(guarded, a_question(AYSE, P0), hub.bearer(guarded)).status_code == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "http://127.0.0.1:1"}, "iss"),
        ({"aud": "http://127.0.0.1:1"}, "aud"),
        ({"exp": 1_700_000_000}, "exp"),
        ({"exp": None}, "exp"),
    ],
)
def test_a_bearer_for_somebody_else_is_401(
    guarded: str, hub: AHub, claims: Claims, reason: str
) -> None:
    bearer = hub.bearer(guarded, claims)

    answer = ask(guarded, a_question(AYSE, P0, reference="stranger"), bearer)

    assert (answer.status_code, answer.json()["reason"]) == (401, reason)
    assert calls(guarded, "stranger") == []


def test_a_forged_or_missing_bearer_is_401(guarded: str, hub: AHub) -> None:
    forged = hub.bearer(guarded, key=ECKey.generate_key("P-256", private=True))

    bearers = (forged, None, "Bearer x.y.z", "Basic eDp5")

    assert {ask(guarded, a_question(AYSE, P0), one).status_code for one in bearers} == {401}


def test_a_desk_without_a_token_says_so(guarded: str) -> None:
    answer = httpx.get(f"{guarded}/desk/offices", trust_env=False)

    assert answer.status_code == 503
    assert "no token" in answer.json()["title"]


def test_an_online_application_answers_nobody(tmp_path: Path, hub: AHub) -> None:
    with an_office("kita_online", tmp_path, "--hub", hub.url) as url:
        assert ask(url, a_question(AYSE, P0), hub.bearer(url)).status_code == 404


def test_other_people_can_be_filled_in(tmp_path: Path) -> None:
    other = next(one for one in others(THIS_MONTH, seed=3) if any(one.of("ben.sgb2")))
    about = a_question(other.adults[0], P0, person=other.adults[0].attributes())

    with an_office("jobcenter", tmp_path, "--seed", "3", "--households", "200") as url:
        assert ask(url, about).status_code == 200


def test_keys_are_private_and_calls_outlive_a_restart(tmp_path: Path) -> None:
    with an_office("jobcenter", tmp_path) as url:
        ask(url, a_question(AYSE, P0, reference="kept"))
    key = (tmp_path / "jobcenter-fachverfahren.jwk.json").read_bytes()

    with an_office("jobcenter", tmp_path) as url:
        assert [call["status"] for call in calls(url, "kept")] == [200]
    assert (tmp_path / "jobcenter-fachverfahren.jwk.json").read_bytes() == key
    assert (tmp_path / "jobcenter-fachverfahren.jwk.json").stat().st_mode & 0o777 == 0o600


def test_the_education_office_names_the_child_by_names(tmp_path: Path) -> None:
    fields = ["child.ref", "state", "components[].kind"]
    question = a_question(CAN, fields, evidence_type="but.anspruch", profile="P1")

    with an_office("education", tmp_path) as url:
        content = ask(url, question).json()["content"]

    assert content["child"] == CAN.names()
    assert content["components"] == [{"kind": "schulbedarf"}, {"kind": "mittagessen"}]
    assert content["state"] == "granted"
