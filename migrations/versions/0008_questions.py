"""Requests on their way into a statement, many at once. Step: expand.

`retrieval_row` stays for the release before this one, and goes with the next step that contracts.
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the rows that a request, its questions and its refusals travel as."""
    op.execute(
        "create type request_row as (id uuid, client_id text, office text, idempotency_key text,"
        " body_hash bytea, procedure text, case_reference text, channel text,"
        " reference_month text, persons text, asked_at timestamptz)"
    )
    op.execute(
        "create type question_row as (request uuid, id uuid, place smallint, item text,"
        " person text, subject bytea, evidence_type text, profile text, provider text,"
        " origin text, state text, decision text, fetching_until timestamptz, replaces uuid,"
        " question_entry uuid)"
    )
    op.execute("create type closed_row as (request uuid, subject bytea, evidence_type text)")
