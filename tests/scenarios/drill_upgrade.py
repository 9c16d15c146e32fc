"""The program as it was before the last migration, on the schema of today, under load."""

import asyncio
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from typing_extensions import override

from conftest import Repeated
from onceonly.cli.schema import head
from onceonly.embedded import Addresses
from scenarios.carrying import carrying
from scenarios.stand import Stand, until
from scenarios.test_running import empty

__all__ = ["empty"]

ROOT = Path(__file__).parents[2]
ASKED = 300


@dataclass
class Before(Stand):
    """A stand whose commands are an older program's."""

    program: Path = Path()

    @override
    def environment(self, **settings: str | None) -> dict[str, str]:
        return super().environment(**settings) | {"PYTHONPATH": str(self.program / "src")}


def git(*words: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(ROOT), *words],  # noqa: S607 -- whichever git there is
        check=True,
        capture_output=True,
    ).stdout


def program_before_the_last_migration(place: Path) -> None:
    """The newest commit that does not have it, and whose own migrations are one line."""
    for commit in git("log", "--format=%H", "--", "migrations/versions").decode().split():
        files = git("ls-tree", "--name-only", commit, "migrations/versions/").decode().split()
        numbers = [Path(one).name.partition("_")[0] for one in files]
        if len(set(numbers)) == len(numbers) and max(numbers) < head():
            with tarfile.open(fileobj=BytesIO(git("archive", commit))) as archive:
                archive.extractall(place)  # noqa: S202 -- an archive of our own
            return
    raise AssertionError("no commit before the last migration; is the history here?")


async def test_old_and_new_carry_load_while_the_last_migration_runs(
    stand: Stand, empty: Addresses, tmp_path: Path, repeated: Repeated
) -> None:
    program = tmp_path / "before"
    program_before_the_last_migration(program)
    stand.addresses = empty
    shared = (stand.directory, stand.addresses, stand.keys, stand.stub, stand.port, stand.began)
    before = Before(*shared, program=program)
    assert (await before.onceonly("migrate")).status == 0
    at = "select version_num from alembic_version"
    old_schema = await before.rows(at)

    async with before.hubs(1, "--with-worker") as (old,), carrying([old]) as told:
        await asyncio.sleep(1)
        said = await stand.onceonly("migrate")
        assert said.status == 0, said.err
        stand._served = True
        async with stand.starting("--with-worker") as new:
            await new.is_ready()
            await new.come_in()
            async with carrying([old, new]) as by_both:

                async def enough() -> bool:
                    return len(by_both) > ASKED

                await until(enough)
    new_schema = await stand.rows(at)
    repeated("calls during an upgrade, to the old program and the new", len(told) + len(by_both))

    assert old_schema != new_schema
    assert {one.status_code for one in (*told, *by_both)} <= {200, 201}
    assert "bug" not in (stand.directory / "serve.log").read_text()
