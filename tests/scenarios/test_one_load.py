"""Two hubs and three workers under one load: each asked once, each position once, each proof holds."""

import asyncio
from contextlib import AsyncExitStack

import httpx

from conftest import Repeated
from onceonly.merkle.bundle import LogProof
from onceonly.merkle.note import Checkpoint, VerifierKey
from onceonly.merkle.tree import leaf_hash, root_of
from scenarios.carrying import carrying
from scenarios.stand import Hub, Stand, until

ENTRIES = 600
"""Enough for two full tiles."""


async def proven(
    hub: Hub, told: list[httpx.Response], key: VerifierKey, heads: list[Checkpoint]
) -> None:
    """Have the last evidence that was read proven, and take the head that anybody sees."""
    named = next(one.json()["log"] for one in reversed(told) if one.url.path.endswith("evidence"))
    answer = await hub.http.get(f"/v1/log/entries/{named['entry']}/proof")
    if answer.status_code == 409:
        assert answer.headers["retry-after"] == "1"
    else:
        proof = LogProof.parse(answer.text)
        heads.append(proof.verify(bytes.fromhex(named["leaf"]), key))
    head = await hub.http.get("/v1/log/checkpoint")
    if head.is_success:
        heads.append(Checkpoint.opened(head.text, key))


async def test_hubs_and_workers_share_one_load_and_every_proof_holds(
    stand: Stand, repeated: Repeated
) -> None:
    wanted = repeated("entries written by two hubs, sequenced by three workers", ENTRIES)
    heads = list[Checkpoint]()

    async with stand.hubs(2) as hubs, AsyncExitStack() as stack:
        for name in ("work-1", "work-2", "work-3"):
            work = stand.running("work", environment=stand.environment(), name=name)
            await stack.enter_async_context(work)
        key = VerifierKey.parse((await hubs[0].http.get("/v1/log/key")).text)
        async with carrying(hubs, askers=8) as told:
            await until(lambda: _is_read(told))
            while not heads or heads[-1].size < wanted:
                for hub in hubs:
                    await proven(hub, told, key, heads)
                await asyncio.sleep(0.05)

        async def sequenced() -> bool:
            return not await stand.rows("select 1 from log_inbox")

        await until(sequenced)

    rows = await stand.rows("select position, commitment from log_leaf order by position")
    leaves = [leaf_hash(row["commitment"]) for row in rows]
    assert [row["position"] for row in rows] == list(range(len(rows)))
    assert all(root_of(leaves[: one.size]) == one.root for one in heads)
    assert len({one.size for one in heads}) > 2
    assert {one.status_code for one in told} <= {200, 201}
    assert set(stand.stub.times.values()) == {1}
    entries = await stand.rows("select 1 from log_entry")
    assert len(entries) == len(rows)
    words = [stand.last_words(name) for name in ("serve", "work-1", "work-2", "work-3")]
    assert "bug" not in "".join(words)


async def _is_read(told: list[httpx.Response]) -> bool:
    return any(one.url.path.endswith("evidence") for one in told)
