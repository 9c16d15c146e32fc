"""The log over HTTP: head, tiles and key for anyone, entries for auditors, proofs for whose they are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.calling import AUDITOR, BUT, PORTAL, Api, kind
from builders import AnOffice, a_municipality, delivered
from guards.conftest import session
from onceonly.domain.retrievals import Answer, Order
from onceonly.embedded import Addresses
from onceonly.merkle.bundle import LogProof
from onceonly.merkle.note import Checkpoint, VerifierKey
from onceonly.merkle.tiles import WIDTH, Tile, path_of, split_hashes
from onceonly.merkle.tree import leaf_hash, root_of
from onceonly.usecases import configuration
from onceonly.usecases.sequencing import recover, take_in
from onceonly.usecases.world import World
from usecases.test_sequencing import restored, write

Payloads = Callable[[str], Awaitable[list[dict[str, object]]]]


@pytest.fixture
async def asked(api: Api) -> dict[str, Any]:
    """A retrieval that was released, with its evidence."""
    answer = await api.ask(headers={"prefer": "return=representation, wait=20"})
    retrieval: dict[str, Any] = answer.json()["retrievals"][0]
    assert retrieval["state"] == "released"
    return retrieval


async def the_key(api: Api) -> VerifierKey:
    return VerifierKey.parse((await api.get("/v1/log/key", by=None)).text)


async def the_head(api: Api) -> Checkpoint:
    answer = await api.get("/v1/log/checkpoint", by=None)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return Checkpoint.opened(answer.text, await the_key(api))


async def test_before_the_first_position_there_is_a_key_and_no_head(api: Api) -> None:
    assert kind(await api.get("/v1/log/checkpoint", by=None)) == "not-found"
    assert (await the_key(api)).name == "hub.example/log/1"


async def test_anyone_may_check_the_log_by_head_and_tiles_alone(api: Api, worker: World) -> None:
    await write(worker, WIDTH + 6)
    await take_in(worker)

    head = await the_head(api)
    full = await api.get("/v1/log/tile/0/000", by=None)
    partial = await api.get("/v1/log/tile/0/001.p/7", by=None)
    above = await api.get("/v1/log/tile/1/000.p/1", by=None)
    bundle = await api.get("/v1/log/tile/entries/001.p/7", by=None)

    assert head.size == WIDTH + 7
    assert root_of(split_hashes(full.content + partial.content)) == head.root
    assert above.content == root_of(split_hashes(full.content))
    entries = [bundle.content[n + 2 : n + 34] for n in range(0, len(bundle.content), 34)]
    assert [leaf_hash(one) for one in entries] == split_hashes(partial.content)
    for one in (full, partial, above, bundle):
        assert one.headers["content-type"] == "application/octet-stream"
        assert "immutable" in one.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["0/001", "0/000.p/2", "1/000.p/1", "entries/000", "0/0", "x", "0/000.p/0", "", "9/000"]
)
async def test_a_tile_that_is_not_there_is_not_found(api: Api, worker: World, path: str) -> None:
    await take_in(worker)

    answer = await api.get(f"/v1/log/tile/{path}", by=None)

    assert kind(answer) == "not-found"


async def test_the_evidence_in_the_answer_is_proven_by_its_own_leaf(
    api: Api, worker: World, asked: dict[str, Any]
) -> None:
    await take_in(worker)
    named = asked["evidence"]["log"]

    answer = await api.get(f"/v1/log/entries/{named['entry']}/proof")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    proof = LogProof.parse(answer.text)
    head = proof.verify(bytes.fromhex(named["leaf"]), await the_key(api))
    assert head == await the_head(api)
    tile = await api.get(f"/v1/log/tile/{path_of(Tile(0, 0, head.size))}", by=None)
    assert split_hashes(tile.content)[proof.index].hex() == named["leaf"]


async def test_after_a_recovery_what_is_old_is_proven_under_its_own_generation(
    api: Api, worker: World, asked: dict[str, Any], addresses: Addresses
) -> None:
    named = asked["evidence"]["log"]
    await take_in(worker)
    old = await the_head(api)
    await write(worker, 1)
    await take_in(worker)
    async with session(addresses.owner) as owning:
        await restored(owning, old.size)
    assert await recover(worker, actor="test") is not None

    proof = LogProof.parse((await api.get(f"/v1/log/entries/{named['entry']}/proof")).text)

    key = VerifierKey.parse((await api.get("/v1/log/key?generation=1", by=None)).text)
    assert proof.verify(bytes.fromhex(named["leaf"]), key) == old
    assert (key.name, (await the_key(api)).name) == ("hub.example/log/1", "hub.example/log/2")
    assert (await api.get("/v1/log/checkpoint?generation=1", by=None)).text == proof.checkpoint
    where = f"/v1/log/tile/{path_of(Tile(0, 0, old.size))}"
    tile = await api.get(f"{where}?generation=1", by=None)
    assert root_of(split_hashes(tile.content)) == old.root
    for path in (where, "/v1/log/key?generation=3", "/v1/log/checkpoint?generation=3"):
        assert kind(await api.get(path, by=None)) == "not-found"
    assert (await the_head(api)).size == 1


async def test_an_entry_without_a_position_is_not_proven_yet(
    api: Api, asked: dict[str, Any]
) -> None:
    answer = await api.get(f"/v1/log/entries/{asked['log']['question']}/proof")

    assert kind(answer) == "not-sequenced"
    assert (answer.headers["retry-after"], answer.json()["retry_after"]) == ("1", 1)


async def test_proofs_are_for_auditors_and_the_office_that_asked(
    api: Api, worker: World, asked: dict[str, Any]
) -> None:
    await take_in(worker)
    where = f"/v1/log/entries/{asked['log']['release']}/proof"

    answers = {one: await api.get(where, by=one) for one in (BUT, AUDITOR, None)}
    others = [
        await api.get(where, by="jobcenter-fachverfahren"),
        await api.get(where, by=PORTAL),
        await api.get("/v1/log/entries/01990000-0000-7000-8000-000000000001/proof"),
        await api.get("/v1/log/entries/01990000-0000-7000-8000-000000000001/proof", by=AUDITOR),
        await api.get("/v1/log/entries/erika/proof", by=AUDITOR),
    ]

    assert answers[BUT].text == answers[AUDITOR].text
    assert kind(answers[None]) == "unauthenticated"
    assert [kind(one) for one in others] == ["not-found"] * 5


async def test_an_auditor_reads_an_entry_and_that_is_an_entry(
    api: Api, worker: World, asked: dict[str, Any], payloads: Payloads
) -> None:
    wanted = asked["log"]["question"]
    before = await api.get(f"/v1/log/entries/{wanted}", by=AUDITOR)
    await take_in(worker)

    answer = await api.get(f"/v1/log/entries/{wanted}", by=AUDITOR)

    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told.keys() == {"entry", "position", "at", "event", "retrieval", "payload"}
    assert (told["entry"], told["retrieval"]) == (wanted, asked["id"])
    assert told["event"] == "question:permitted"
    assert told["payload"]["case_reference"] == "BUT-1"
    assert before.json()["position"] is None
    assert isinstance(told["position"], int)
    read = await payloads("log:read")
    assert [(one["reader"], one["of"]) for one in read] == [(AUDITOR, f"entry {wanted}")] * 2


async def test_entries_are_for_auditors_of_the_municipality_alone(
    api: Api, owner: World, asked: dict[str, Any]
) -> None:
    other = a_municipality(code="nachbarkreis", prefix="nachbar-")
    await configuration.apply(other, owner, actor="test")
    await api.world.snapshots.renew(api.world.database)
    where = f"/v1/log/entries/{asked['log']['question']}"

    answers = [
        await api.get(where, by=BUT),
        await api.get(where, by=PORTAL),
        await api.get(where, by="nachbar-datenschutz"),
        await api.get(f"{where}/proof", by="nachbar-datenschutz"),
        await api.get(where, by=None),
    ]

    assert [kind(one) for one in answers] == [
        "insufficient-scope",
        "insufficient-scope",
        "not-found",
        "not-found",
        "unauthenticated",
    ]


async def test_where_the_reading_cannot_be_recorded_nothing_is_shown(
    api: Api, asked: dict[str, Any]
) -> None:
    key = api.world.keys.directory / "days" / "configuration"
    key.rename(key.with_name("away"))
    key.write_text("no directory")
    api.app.state.world = replace(
        api.world, keys=type(api.world.keys)(api.world.keys.directory, create=False)
    )

    answer = await api.get(f"/v1/log/entries/{asked['log']['question']}", by=AUDITOR)

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert kind(answer) == "log-unavailable"


TAKEN_AWAY = {
    "the right": (
        "revoke insert on log_entry from onceonly_app",
        "grant insert on log_entry to onceonly_app",
    ),
    "the inbox": (
        "alter table log_inbox rename to away",
        "alter table away rename to log_inbox",
    ),
    "the table": (
        "create trigger no before insert on log_entry for each row execute function refuse()",
        "drop trigger no on log_entry",
    ),
}


async def test_where_the_log_cannot_be_written_nobody_is_asked(
    api: Api, addresses: Addresses, jobcenter: AnOffice
) -> None:
    async with session(addresses.owner) as owner:
        await owner.execute(
            "create function refuse() returns trigger language plpgsql as"
            " $$ begin raise exception 'no'; end $$"
        )
        for name, (take, give) in TAKEN_AWAY.items():
            await owner.execute(take)
            answer = await api.ask()
            await owner.execute(give)

            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, name
            assert kind(answer) == "log-unavailable"
    assert jobcenter.asked == []
    assert (await api.ask()).status_code == httpx.codes.CREATED


async def test_a_log_taken_away_in_mid_flight_leaves_no_question_that_is_not_on_record(
    api: Api, addresses: Addresses, jobcenter: AnOffice, payloads: Payloads
) -> None:
    five = asyncio.Event()

    def answer(_: Order) -> Answer:
        if len(jobcenter.asked) == 5:
            five.set()
        return delivered()

    jobcenter.answer = answer
    async with session(addresses.owner) as owner:
        asking = [asyncio.create_task(api.ask()) for _ in range(40)]
        await five.wait()
        await owner.execute("revoke insert on log_entry from onceonly_app")
        told = {(await one).status_code for one in asking}
        asked = len(jobcenter.asked)
        await owner.execute("grant insert on log_entry to onceonly_app")

    assert told <= {201, 202, 503}
    assert len(await payloads("question:permitted")) == asked
