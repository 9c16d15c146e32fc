"""Retrievals go when nothing of them is on record any more, requests with the last. Step: expand.

The uses that a living consent counts by stay longer than what they were made for: their key to the
retrieval goes. Whoever holds a consent writes use and retrieval in one transaction as before, so
that the release before this one notices nothing.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_STATEMENTS = (
    "alter table consent_use drop constraint consent_use_municipality_retrieval_fkey",
    "grant delete on retrieval, evidence_request to onceonly_sequencer",
)


def upgrade() -> None:
    """Part a use from its retrieval, and let the worker delete what is over."""
    for statement in _STATEMENTS:
        op.execute(statement)
