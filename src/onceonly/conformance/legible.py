"""Can it be read: a good answer is looked at as a whole before anything in it is."""

from email.message import Message

from onceonly.conformance.asking import Heard, is_answer
from onceonly.conformance.checks import Check, Faults, Section, Trial
from onceonly.conformance.reading import offered
from onceonly.conformance.spelling import packing


async def _legible(trial: Trial) -> Faults:
    faults: dict[str, None] = {}
    for _, offer, code, _ in offered(trial):
        heard = await trial.ask(trial.question(trial.someone_with(offer), offer, profile=code))
        if is_answer(heard):
            meant = heard.meant()
            found = packed(heard) or ([meant] if isinstance(meant, str) else [])
            faults |= dict.fromkeys(found)
    return list(faults)


def packed(heard: Heard) -> Faults:
    """That the body is not sent as it is, or not in UTF-8."""
    coding = packing(heard.headers)
    return ([coding] if coding else []) + (
        [] if _charset(heard) == "utf-8" else ["a charset that is not UTF-8"]
    )


def _charset(heard: Heard) -> str:
    kind = Message()
    kind["content-type"] = heard.headers.get("content-type", "application/json")
    return str(kind.get_param("charset", "utf-8")).lower()


CAN_IT_BE_READ = Section(
    "Can it be read",
    "On the wire",
    (
        Check(
            "legible",
            "An answer can be read, whatever it says.",
            'a body of UTF-8, not packed: {"content": {…} or null, "document_date", "as_of",'
            ' "flags"}',
            "Mend this first: the rest reads what stands in such answers. Heed `Accept-Encoding:"
            " identity`; a proxy before you may pack by itself.",
            _legible,
        ),
    ),
)
