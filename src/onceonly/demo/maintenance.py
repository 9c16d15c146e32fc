"""Fourth chapter (S03): a question that stops at the first answer."""

from datetime import datetime

from onceonly.demo.bodies import Body, choice, family, item, request
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.households import Household
from onceonly.demo.named import brandt, brandt_with_benefit
from onceonly.demo.told import Told, short

PORTAL, OFFICE = "uvg-online", "uvg-fachverfahren"
PROCEDURE, FACT = "uvg.ueberpruefung", "uhvorschg-1-1a"


def review(household: Household, case_reference: str, month: str, now: datetime) -> Body:
    """The question about the child (`p2`), chosen by the parent who cares for it (`p1`)."""
    persons, relationships = family(household)
    return request(
        PROCEDURE,
        case_reference,
        month,
        persons=persons,
        relationships=relationships,
        items=[item(1, "p2", "ben.sgb2", "UVG", FACT, **choice("p1", now))],
        online=True,
    )


def play(told: Told) -> Retrieval:
    """Play both cases; what moved in the second."""
    told.chapter("A question that stops at the first answer: Unterhaltsvorschuss from twelve")
    month = told.stand.month
    told.step(
        "Jonas Brandt is 14. Whether the advance goes on depends on SGB II; his mother Sabine"
    )
    told.line(f"chooses that the office may ask the Jobcenter about {month}.")
    _, content = _case(told, brandt(month), "UVG-2026-0014")
    told.check(content == {"month": month, "child_receives": False}, "more moved than the no")
    told.line("Jonas draws no SGB II: no income, no day of a notice, no flat, no account.")
    told.step("Jakob Brandt is 14 too, and draws SGB II that the advance cannot make needless.")
    retrieval, content = _case(told, brandt_with_benefit(month), "UVG-2026-0015")
    wanted = {"month", "child_receives", "need_avoidable", "money_income_ge_600", "notice_date"}
    told.check(set(content) == wanted, f"moved: {sorted(content)}")
    told.line("`money_income_ge_600` is a yes or no about § 11 (1) S. 1 SGB II, never a sum.")
    return retrieval


def _case(
    told: Told, household: Household, case_reference: str
) -> tuple[Retrieval, dict[str, object]]:
    portal, office = Clerk(told.stand, PORTAL), Clerk(told.stand, OFFICE)
    now = told.stand.now()
    (retrieval,) = portal.ask(review(household, case_reference, told.stand.month, now))
    told.decision(retrieval, "previewing")
    told.moved(portal.look(retrieval, "p1"), retrieval)
    portal.decide(retrieval, "use", "p1")
    content = told.moved(office.read(retrieval), retrieval)
    told.line(f"What moved: {short(content)}")
    told.check(office.confirm(retrieval).is_success, "the receipt was refused")
    return retrieval, content
