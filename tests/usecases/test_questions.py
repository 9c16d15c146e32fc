"""A question that is kept says of its request what this one item needs, and opens as it was."""

from dataclasses import replace

from builders import ERIKA, NOW, a_request
from onceonly.domain.persons import Person, Relationship
from onceonly.domain.requests import Choice
from onceonly.usecases.questions import Asked, open_question, seal_question
from onceonly.usecases.world import World

CHILD = Person("p2", "child", "Mustermann", ('Kim "],"items":[]}',), "2016-00-00")


async def test_each_item_of_a_request_is_kept_by_itself_and_opens_as_it_was_asked(
    world: World,
) -> None:
    one = a_request()
    first = one.items[0]
    choice = Choice("p1", NOW, "wahl-67f-v1", "sitzung-0123456789")
    whole = replace(
        one,
        persons=(ERIKA, CHILD),
        relationships=(Relationship("parent", "p1", "p2", None),),
        items=(first, replace(first, ref="i2", person="p2", choices=(choice,))),
    )

    for item, provider in zip(whole.items, ("jobcenter", None), strict=True):
        asked = Asked(1, "but", whole, item, provider)
        sealed = seal_question(asked, world.new_id(), world, at=NOW)
        opened = open_question(sealed, municipality=1, office="but", world=world)

        assert opened is not None
        assert opened.whole == asked.request
        assert (opened.item, opened.provider) == (asked.request.items[0], provider)
