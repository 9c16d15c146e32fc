"""Second chapter (S01): a family applies for Wohngeld online and looks before anything is used."""

from collections.abc import Sequence
from datetime import datetime

from onceonly.demo.bodies import Body, asked_once, choice, family, item, request
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.months import shift
from onceonly.demo.named import yilmaz
from onceonly.demo.told import Told, short

PORTAL, OFFICE = "wohngeld-online", "wohngeld-fachverfahren"
PROVIDER = "jobcenter-fachverfahren"
PROCEDURE, CASE = "wohngeld.mietzuschuss", "WG-2026-0815"
EXCLUDED, RENT = "wogg-7-ausschluss", "wogg-11-miete"
GUARDIANS = {"p1": "p1", "p2": "p2", "p3": "p1", "p4": "p1"}
"""Who acts for whom: each adult for their own part, a parent for the children."""

_NAMES = {"p1": "Gökçe", "p2": "Davor", "p3": "Mila", "p4": "Can"}


def application(month: str, now: datetime, case_reference: str = CASE) -> Body:
    """The online application: SGB II of everybody in the household, chosen by each."""
    persons, relationships = family(yilmaz(month))
    return request(
        PROCEDURE,
        case_reference,
        month,
        persons=persons,
        relationships=relationships,
        items=[
            item(number, ref, "ben.sgb2", "WOG", EXCLUDED, **choice(actor, now))
            for number, (ref, actor) in enumerate(GUARDIANS.items(), 1)
        ],
        online=True,
    )


def at_the_office(month: str, items: Sequence[Body], case_reference: str = CASE) -> Body:
    """What a caseworker asks in the same case."""
    persons, relationships = family(yilmaz(month))
    return request(
        PROCEDURE, case_reference, month, persons=persons, relationships=relationships, items=items
    )


def play(told: Told) -> tuple[Retrieval, Retrieval]:
    """Play it; the retrievals of the two adults."""
    told.chapter("A family looks first: Wohngeld, online")
    # A case of its own each time: a refusal stays with its case.
    case_reference = f"WG-{told.stand.now():%Y%m%d-%H%M%S}"
    portal, office = Clerk(told.stand, PORTAL), Clerk(told.stand, OFFICE)
    retrievals = _chosen(told, portal, case_reference)
    _who_may_look(told, portal, office, retrievals)
    _used_and_not(told, portal, office, retrievals)
    _closed(told, office, case_reference)
    return retrievals[0], retrievals[1]


def _chosen(told: Told, portal: Clerk, case_reference: str) -> list[Retrieval]:
    month = told.stand.month
    told.step(f"The family Yılmaz/Kovačić had SGB II until {shift(month, -1)}, now there is a job.")
    told.line("They apply for Wohngeld. Both adults choose that the office may fetch the notice,")
    told.line("each for their own part, and the mother for the children Mila and Can.")
    retrievals = portal.ask(application(month, told.stand.now(), case_reference))
    for retrieval in retrievals:
        told.check(retrieval["state"] == "previewing", f"state is {retrieval['state']}")
    told.decision(retrievals[0], "previewing")
    (heard,) = told.heard(PROVIDER, retrievals[0])
    told.line(f"Per person the Jobcenter was asked for {', '.join(heard['asked']['fields'])};")
    told.line("no amount is among them. Four answers wait, and nobody may use one yet.")
    return retrievals


def _who_may_look(
    told: Told, portal: Clerk, office: Clerk, retrievals: Sequence[Retrieval]
) -> None:
    told.step("Who may look?")
    shown = told.moved(portal.look(retrievals[0], "p1"), retrievals[0])
    told.line(f"Gökçe sees her own part: {short(shown)}")
    told.line("The months do not overlap, so housing costs and loans stay at the Jobcenter.")
    told.check(shown["state"] == "ended", "the benefit has not ended")
    told.check("kdu_considered" not in shown, "more was told than the months need")
    for who, answer in (
        ("Gökçe at Davor's part", portal.look(retrievals[1], "p1")),
        ("the caseworker at a preview", office.look(retrievals[0], "p1")),
        ("the online application at evidence", portal.read(retrievals[0])),
        ("the caseworker at evidence before the decision", office.read(retrievals[0])),
    ):
        told.check(not answer.is_success, f"{who}: let in")
        told.line(f"{who}: {answer.status_code} {answer.json()['title']}")


def _used_and_not(
    told: Told, portal: Clerk, office: Clerk, retrievals: Sequence[Retrieval]
) -> None:
    told.step("Gökçe says `use` for herself and the children. Davor looks and says `do-not-use`.")
    told.moved(portal.look(retrievals[1], "p2"), retrievals[1])
    words = {"p1": "use", "p2": "do-not-use", "p3": "use", "p4": "use"}
    for retrieval in retrievals:
        ref = retrieval["person"]
        decided = portal.decide(retrieval, words[ref], GUARDIANS[ref])
        wanted = "released" if words[ref] == "use" else "withheld"
        told.check(decided["state"] == wanted, f"{ref}: state is {decided['state']}")
    for retrieval in retrievals:
        answer = office.read(retrieval)
        if retrieval["person"] == "p2":
            told.check(not answer.is_success, "what Davor withheld was delivered")
            told.line(f"Davor's part never reaches the office: {answer.json()['title']}")
            continue
        whose = _NAMES[retrieval["person"]]
        told.line(f"Of {whose} moved: {short(told.moved(answer, retrieval))}")
        told.check(office.confirm(retrieval).is_success, "the receipt was refused")


def _closed(told: Told, office: Clerk, case_reference: str) -> None:
    month, now = told.stand.month, told.stand.now()
    told.step("The caseworker tries to get Davor's part at the desk, with a justification.")
    again = item(1, "p2", "ben.sgb2", "WOG", EXCLUDED, **asked_once(now))
    (closed,) = office.ask(at_the_office(month, [again], case_reference))
    told.decision(closed, "refused")
    told.check(closed["decision"]["reason"] == "choice-refused", "his no was not respected")
    told.check(not told.heard(PROVIDER, closed), "somebody was asked")
    told.step("The caseworker would like the copy of the lease in the Jobcenter's file.")
    lease = item(1, "p1", "hou.unterkunft", "P2", RENT, origin="submitted")
    (copy,) = office.ask(at_the_office(month, [lease], case_reference))
    told.decision(copy, "consent-required")
    told.line("A copy is not the issuer's own word: without her consent it stays where it is.")
