"""The floor: the smallest FastAPI app that reads, writes, asks a provider, writes, and answers.

No token, no decision, no log, no check. `uvicorn bench.floor:app` with FLOOR_DATABASE_URL and
FLOOR_PROVIDER_URL set.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import httpx
from fastapi import FastAPI, Request
from httpx_aiohttp import AiohttpTransport
from starlette.responses import Response

TABLES = """
create table if not exists floor_office (id integer primary key, name text);
create table if not exists floor_call (id bigserial primary key, body jsonb);
insert into floor_office values (1, 'but') on conflict do nothing;
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One pool, one session."""
    pool = await asyncpg.create_pool(os.environ["FLOOR_DATABASE_URL"], min_size=8, max_size=8)
    await pool.execute(TABLES)
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
    app.state.pool = pool
    app.state.client = httpx.AsyncClient(transport=AiohttpTransport(client=session))
    yield
    await app.state.client.aclose()
    await pool.close()


app = FastAPI(lifespan=lifespan)
_PROVIDER = os.environ.get("FLOOR_PROVIDER_URL", "") + "/v1/evidence"


@app.post("/exchange")
async def exchange(body: dict[str, Any], request: Request) -> Response:
    """SELECT, INSERT, provider call, INSERT."""
    pool = request.app.state.pool
    await pool.fetchrow("select name from floor_office where id = $1", 1)
    await pool.execute("insert into floor_call (body) values ($1)", json.dumps(body))
    answer = await request.app.state.client.post(_PROVIDER, json=body)
    await pool.execute("insert into floor_call (body) values ($1)", answer.text)
    return Response(answer.content, media_type="application/json")
