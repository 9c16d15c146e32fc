"""Opening a world: the database, the keys, the law and the way out, for one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from onceonly.domain.rules import Law
from onceonly.readers.layers import misfits
from onceonly.readers.rules import read_law
from onceonly.security.checkpoints import KeptHead
from onceonly.security.ids import Ids
from onceonly.security.keys import KeyFiles
from onceonly.security.names import Names
from onceonly.security.tokens import AccessTokens, ProviderBearer
from onceonly.store.database import Database
from onceonly.store.leadership import Leadership
from onceonly.telemetry import NO_SPANS, Spans, log
from onceonly.usecases.cursors import Cursors
from onceonly.usecases.recording import AnswerRecorder, QuestionRecorder
from onceonly.usecases.ways_out import WaysOut
from onceonly.usecases.world import Clock, Errands, Snapshots, World

IDLE_S = 10
"""Seconds after which a process that says nothing leads nothing: it hangs, or its host is gone."""


@asynccontextmanager
async def open_world(
    url: str,
    *,
    keys: KeyFiles,
    issuer: str,
    clock: Clock,
    role: str | None = "onceonly_app",
    sequencer: str | None = None,
    spans: Spans = NO_SPANS,
) -> AsyncIterator[World]:
    """Everything a process works with, closed again at the end.

    `sequencer`: the address of whoever sequences the log and destroys what is due.

    Raises:
        LogUnavailable: the database did not answer.
        LawFaults: the shipped law cannot be read.
    """
    law = read_law()
    database = await Database.open(url, role=role)
    leading = await Database.open(url, role=role, size=1, idle_s=IDLE_S)
    sequencing = None
    if sequencer is not None:
        sequencing = await Database.open(sequencer, role="onceonly_sequencer", size=2)
    ways = WaysOut(keys, ProviderBearer(keys, issuer, clock), spans)
    names = Names(keys)
    snapshots = Snapshots()
    try:
        await snapshots.renew(database)
        _look_at_layers(snapshots, law)
        yield World(
            database=database,
            questions=QuestionRecorder(database),
            answers=AnswerRecorder(database),
            law=law,
            snapshots=snapshots,
            connect=ways.connect,
            errands=Errands(),
            keys=keys,
            names=names,
            cursors=Cursors(names),
            tokens=AccessTokens(keys, issuer),
            issuer=issuer,
            clock=clock,
            new_id=Ids(clock),
            leadership=Leadership(leading),
            kept_head=KeptHead(keys),
            sequencer=sequencing,
            spans=spans,
        )
    finally:
        if sequencing is not None:
            await sequencing.close()
        await ways.close()
        await leading.close()
        await database.close()


def _look_at_layers(snapshots: Snapshots, law: Law) -> None:
    """Say which municipalities' layers are not of this law: for them something is closed."""
    for one in snapshots.all():
        unfit = misfits(law, one.configuration.layers)
        if unfit:
            log.error("layers fit no more", municipality=one.municipality, count=len(unfit))
