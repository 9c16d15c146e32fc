"""First chapter: one exchange that is cut, one refused, an office that says too much, nobody."""

from onceonly.demo.bodies import Body, item, person, request
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.people import AYSE, NOBODY, Person
from onceonly.demo.plain import client
from onceonly.demo.told import Told, short

OFFICE = "but-fachverfahren"
PROVIDER = "jobcenter-fachverfahren"
FACT = "sgb2-28-grundleistung"


def question(about: Person, month: str, *, evidence_type: str, profile: str) -> Body:
    """What the BuT office asks about an applicant."""
    return request(
        "but.sgb2",
        "BUT-2026-0001",
        month,
        persons=[person("p1", "applicant", about)],
        items=[item(1, "p1", evidence_type, profile, FACT)],
    )


def play(told: Told) -> tuple[Retrieval, Retrieval]:
    """Play it; what was permitted and what was refused."""
    told.chapter("One office asks another")
    clerk = Clerk(told.stand, OFFICE)
    cut = _permitted_and_cut(told, clerk)
    refused = _refused(told, clerk)
    _excess(told, clerk)
    _unknown(told, clerk)
    return cut, refused


def _permitted_and_cut(told: Told, clerk: Clerk) -> Retrieval:
    told.step("Ms Mustergül applies for Bildung und Teilhabe. The office needs to know whether she")
    told.line("gets the basic benefit, and asks the Jobcenter up to the amounts (P2).")
    retrieval = _ask(told, clerk, AYSE, "ben.sgb2", "P2")
    told.decision(retrieval, "released")
    told.check(retrieval["decision"]["profile"] == "P0", "the question was not cut")
    heard = told.heard(PROVIDER, retrieval)
    told.check(len(heard) == 1, "the Jobcenter did not hear exactly one question")
    told.line(f"The Jobcenter was asked for {', '.join(heard[0]['asked']['fields'])}; no amount.")
    told.line(f"What moved: {short(told.moved(clerk.read(retrieval), retrieval))}")
    return retrieval


def _refused(told: Told, clerk: Clerk) -> Retrieval:
    told.step("Out of curiosity the office asks whether the youth office helps the family.")
    retrieval = _ask(told, clerk, AYSE, "jug.hilfe", "P0")
    told.decision(retrieval, "refused")
    told.check(not told.heard(PROVIDER, retrieval), "somebody was asked")
    told.line("Nobody was asked. The refusal is on record like a permit.")
    return retrieval


def _excess(told: Told, clerk: Clerk) -> None:
    told.step("The Jobcenter's system has a bad day and sends everything it has on file.")
    _talkative(told, on=True)
    retrieval = _ask(told, clerk, AYSE, "ben.sgb2", "P0")
    _talkative(told, on=False)
    (heard,) = told.heard(PROVIDER, retrieval)
    told.line(f"It sent {len(heard['sent'])} fields: {', '.join(heard['sent'])}")
    told.check(retrieval["state"] == "released", f"state is {retrieval['state']}")
    content = told.moved(clerk.read(retrieval), retrieval)
    told.line(f"What moved: {short(content)}")
    told.check(len(heard["sent"]) > len(content), "the office was not talkative")
    told.line(f"The rest was discarded unread and counted: {_metric(told)}")


def _unknown(told: Told, clerk: Clerk) -> None:
    told.step("The office asks about somebody whom the Jobcenter does not know.")
    retrieval = _ask(told, clerk, NOBODY, "ben.sgb2", "P0")
    told.check(retrieval["state"] == "no-result", f"state is {retrieval['state']}")
    told.line("no-result: unknown, ambiguous and protected look alike, so it tells nothing.")


def _ask(told: Told, clerk: Clerk, about: Person, evidence_type: str, profile: str) -> Retrieval:
    body = question(about, told.stand.month, evidence_type=evidence_type, profile=profile)
    (retrieval,) = clerk.ask(body)
    return retrieval


def _talkative(told: Told, *, on: bool) -> None:
    with client(told.stand.systems[PROVIDER]) as http:
        http.post("/demo/talkative", json={"on": on}).raise_for_status()


def _metric(told: Told) -> str:
    with client(told.stand.hub) as http:
        text = http.get("/metrics").text
    lines = [one for one in text.splitlines() if one.startswith("onceonly_provider_excess_fields_")]
    return next((one for one in lines if "_total{" in one), "nothing was counted")
