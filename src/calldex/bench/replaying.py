"""Ceiling (a): the statements that the server sends for a question, through the bare driver, which only fetches.

``python -m calldex.bench.replaying`` reads lines of JSON and answers each with one. The first line names the
database and the requests; every request is answered once by the shipped app in this process, as a server that has just
started would, and what it sends to the database is kept. Then each line ``[question, times, seconds]`` runs the
statements of one question again.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvloop

from calldex.bench.processes import read_line, write_line
from calldex.bench.questions import Request
from calldex.bench.series import FEWEST
from calldex.settings import Settings
from calldex.store.database import Database, connect, open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from calldex.store.database import Connection, PooledConnection

_POOL = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """What was sent to the database, and its values."""

    text: str
    values: tuple[Any, ...]


_heard: ContextVar[list[Statement] | None] = ContextVar("heard", default=None)


def _hear(record: Any) -> None:
    """Keep a statement, if the request that is recorded sent it: background work has another context."""
    kept = _heard.get()
    if kept is not None:
        kept.append(Statement(record.query, tuple(record.args or ())))


async def record(url: str, folder: Path, asked: list[Request], greeting: Request) -> list[list[Statement]]:
    """The statements of each request, sent by an app that has just started and knows nothing but the key."""
    return [await _record_one(url, folder, request, greeting) for request in asked]


async def _record_one(url: str, folder: Path, request: Request, greeting: Request) -> list[Statement]:
    async with _app(url, folder) as client:
        # A key is looked up once a second, which is no part of a question.
        await _send(client, greeting)
        kept: list[Statement] = []
        token = _heard.set(kept)
        try:
            answer = await _send(client, request)
            answer.raise_for_status()
            # The driver tells of a statement when the loop comes around again.
            await asyncio.sleep(0)
        finally:
            _heard.reset(token)
        return kept


async def _send(client: httpx.AsyncClient, request: Request) -> httpx.Response:
    headers = dict(request.headers)
    return await client.request(request.method, request.path, headers=headers, content=request.body or b"")


@asynccontextmanager
async def _app(url: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    from calldex.app import create_app  # noqa: PLC0415 - loads every surface, which the parent need not

    database = await open_database(url, min_size=_POOL, max_size=_POOL)
    try:
        await _listen(database)
        app = create_app(Settings(data=folder, database_url=url, log_level="error"), database)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=600) as client:
                yield client
    finally:
        await database.close()


async def _listen(database: Database) -> None:
    """Hear what every connection of the pool sends."""
    connections: list[PooledConnection] = [await database.pool.acquire() for _ in range(_POOL)]
    for connection in connections:
        connection.add_query_logger(_hear)
        await database.pool.release(connection)


async def replay(connection: Connection, statements: list[Statement], times: int, seconds: float) -> list[float]:
    """How long each turn took, in seconds: so many turns, or as many as fit into the seconds."""
    taken: list[float] = []
    begin = time.perf_counter()
    for _ in range(times):
        start = time.perf_counter()
        for statement in statements:
            if statement.values:
                await connection.fetch(statement.text, *statement.values)
            else:
                await connection.execute(statement.text)
        end = time.perf_counter()
        taken.append(end - start)
        if end - begin > seconds and len(taken) >= FEWEST:
            break
    return taken


async def _main() -> None:
    told = read_line(sys.stdin.buffer)
    asked = [read_request(one) for one in told["requests"]]
    recorded = await record(told["url"], Path(told["folder"]), asked, read_request(told["greeting"]))
    write_line(sys.stdout.buffer, [len(statements) for statements in recorded])
    # What the app left behind is not to be looked at again while it is measured.
    gc.collect()
    gc.freeze()
    connection = await connect(told["url"])
    try:
        while line := sys.stdin.buffer.readline():
            place, times, seconds = json.loads(line)
            write_line(sys.stdout.buffer, await replay(connection, recorded[place], times, seconds))
    finally:
        await connection.close()


def read_request(told: dict[str, Any]) -> Request:
    """A request from a line of JSON."""
    body = told["body"]
    return Request(told["method"], told["path"], told["headers"], None if body is None else body.encode())


def tell_request(request: Request) -> dict[str, Any]:
    """A request for a line of JSON."""
    return {
        "method": request.method,
        "path": request.path,
        "headers": dict(request.headers),
        "body": None if request.body is None else request.body.decode(),
    }


if __name__ == "__main__":
    uvloop.run(_main())
