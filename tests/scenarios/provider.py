"""A providing office as a process of its own: `python -m scenarios.provider FOLDER`.

FOLDER/people.json says whom it knows: given name -> content. Everybody else is unknown. While
FOLDER/shut is there it hears questions and answers none. It prints where it listens, and keeps
what it heard in FOLDER/heard.jsonl.
"""

import asyncio
import json
import sys
from pathlib import Path

from connectors.wire import answer
from scenarios.stub import AS_OF, Asked, Stub


class Office:
    """Answers from its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._people = json.loads((folder / "people.json").read_text())

    async def answers(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Whom it knows, once it is not shut."""
        with (self._folder / "heard.jsonl").open("a") as heard:
            heard.write(json.dumps(asked) + "\n")
        while (self._folder / "shut").exists():  # noqa: ASYNC110 -- the folder belongs to another process
            await asyncio.sleep(0.05)
        content = self._people.get(asked["person"]["given_names"][0])
        if content is None:
            writer.write(answer(status="404 Not Found"))
        else:
            told = {name: one for name, one in content.items() if name in asked["fields"]}
            writer.write(answer({"content": told, "document_date": "2026-05-20", "as_of": AS_OF}))


async def main(folder: Path) -> None:
    """Until it is killed."""
    async with Stub() as stub:
        stub.manner = Office(folder).answers
        print(stub.url, flush=True)  # noqa: T201 -- who started it reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
