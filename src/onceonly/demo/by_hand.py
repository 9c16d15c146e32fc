"""A question that no agreement automates: the Jobcenter asks, a person at the Wohngeldbehörde answers."""

from onceonly.demo.bodies import Body, asked_once, family, item, request
from onceonly.demo.clerk import Clerk, Retrieval
from onceonly.demo.named import yilmaz
from onceonly.demo.stand import Stand

ASKING, ANSWERING = "jobcenter-fachverfahren", "wohngeld-fachverfahren"
FACT = "sgb2-12a-vorrang"


def question(stand: Stand, case_reference: str) -> Body:
    """Whether Ms Yılmaz has applied for Wohngeld."""
    persons, relationships = family(yilmaz(stand.month))
    return request(
        "sgb2.veraenderung",
        case_reference,
        stand.month,
        persons=persons,
        relationships=relationships,
        items=[item(1, "p1", "ben.wohngeld", "P0", FACT, **asked_once(stand.now()))],
    )


def ask(stand: Stand) -> tuple[Retrieval, str]:
    """Ask it; the retrieval that waits, and the page where it is answered."""
    case_reference = f"JC-{stand.now():%Y%m%d-%H%M%S}"
    (retrieval,) = Clerk(stand, ASKING).ask(question(stand, case_reference))
    return retrieval, f"{stand.systems[ANSWERING]}/tray"
