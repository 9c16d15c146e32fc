"""Third chapter (S02): a fee waiver for day care needs one yes, and not how much."""

from datetime import datetime

from onceonly.demo.bodies import Body, choice, family, item, request
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.named import shevchenko
from onceonly.demo.told import Told, short

PORTAL, OFFICE = "kita-online", "kita-fachverfahren"
PROVIDER = "jobcenter-fachverfahren"
PROCEDURE, CASE, FACT = "kita.beitragserlass", "KITA-2026-0042", "sgb8-90-4-erlass"


def waiver(month: str, now: datetime | None) -> Body:
    """The question for the mother's SGB II; online with her choice, else at the office without."""
    persons, relationships = family(shevchenko(month))
    brought = {} if now is None else choice("p1", now)
    return request(
        PROCEDURE,
        CASE,
        month,
        persons=persons,
        relationships=relationships,
        items=[item(1, "p1", "ben.sgb2", "P2", FACT, **brought)],
        online=now is not None,
    )


def play(told: Told) -> Retrieval:
    """Play it; what moved."""
    told.chapter("One yes is enough: the Kita fee")
    month = told.stand.month
    portal, office = Clerk(told.stand, PORTAL), Clerk(told.stand, OFFICE)
    told.step("Olena Shevchenko (Шевченко in the Jobcenter's file) asks for the fee waiver for")
    told.line("Danylo and chooses retrieval. The form wants the whole notice (P2).")
    (retrieval,) = portal.ask(waiver(month, told.stand.now()))
    told.decision(retrieval, "previewing")
    told.check(retrieval["decision"]["profile"] == "KITA", "the question was not cut")
    told.line(f"She looks: {short(told.moved(portal.look(retrieval, 'p1'), retrieval))}")
    portal.decide(retrieval, "use", "p1")
    content = told.moved(office.read(retrieval), retrieval)
    told.line(f"What moved: {short(content)}; no amounts, nothing about higher needs.")
    told.check(content["qualifying_benefit"] is True, "the benefit does not qualify")
    told.check(set(content) == {"qualifying_benefit", "from_month", "to_month"}, "more moved")
    told.check(office.confirm(retrieval).is_success, "the receipt was refused")
    told.step("A colleague asks the same at the office, with neither choice nor justification.")
    (bare,) = office.ask(waiver(month, None))
    told.decision(bare, "choice-required")
    told.check(not told.heard(PROVIDER, bare), "somebody was asked")
    told.line("Nobody was asked: the law wants her choice first.")
    return retrieval
