"""What the log says: a closed list of words, each used, none spelled anywhere else."""

import ast
import re
from pathlib import Path

from onceonly.domain.log import ANSWERS, Event
from onceonly.domain.retrievals import MOVES, State

SOURCE = Path(__file__).parents[2] / "src/onceonly"
WORDS = {one.value for one in Event}
_WORD = re.compile(r"[a-z]+(-[a-z]+)*:[a-z]+(-[a-z]+)*")
_PREFIXES = {word.partition(":")[0] for word in WORDS}


def strings() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(SOURCE)), node.value)
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_a_word_is_a_noun_and_what_happened_to_it() -> None:
    assert [word for word in WORDS if not _WORD.fullmatch(word)] == []


def test_every_event_spelled_in_code_is_of_the_list() -> None:
    spelled = {
        (place, text)
        for place, text in strings()
        if _WORD.fullmatch(text) and text.partition(":")[0] in _PREFIXES
    }

    assert {one for one in spelled if one[1] not in WORDS} == set()


def test_every_event_of_the_list_is_written_by_somebody() -> None:
    used = {
        node.attr
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Event"
    }

    assert {one.name for one in Event} - used == set()


def test_whatever_an_answer_moves_a_retrieval_to_has_its_word() -> None:
    assert ANSWERS.keys() == MOVES[State.FETCHING]
