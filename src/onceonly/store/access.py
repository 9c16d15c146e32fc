"""Assertions that were used: each opens the door once, in every process."""

from datetime import datetime

from onceonly.store.database import Connection, Statement

USE = Statement(
    "insert into assertion (client_id, jti, expires_at) values (:client_id, :jti, :expires_at)"
    " on conflict do nothing returning 1 as used"
)
FORGET = Statement(
    "with gone as (delete from assertion where expires_at < :before returning 1)"
    " select count(*) as count from gone"
)


async def use_assertion(
    connection: Connection, *, client_id: str, jti: str, expires_at: datetime
) -> bool:
    """Use an assertion up; False when it was used before."""
    row = await USE.row(connection, client_id=client_id, jti=jti, expires_at=expires_at)
    return row is not None


async def forget_assertions(connection: Connection, before: datetime) -> int:
    """Forget assertions that no clock accepts any more; how many."""
    row = await FORGET.row(connection, before=before)
    return int(row["count"]) if row is not None else 0
