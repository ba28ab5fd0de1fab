"""Whether the process lives and whether it can work."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from calldex import __version__
from calldex.core.errors import CalldexError
from calldex.store.database import Database, connected
from calldex.store.migrations import status
from calldex.store.outages import is_outage
from calldex.surfaces.http import json_answer

Answer = Callable[[Request], Awaitable[Response]]
_PATIENCE_SECONDS = 3


async def healthz(_request: Request) -> Response:
    """The process answers; nothing else is asked."""
    return json_answer(msgspec.json.encode({"status": "ok", "version": __version__}))


def readyz(get_database: Callable[[], Database | None], get_url: Callable[[], str | None]) -> Answer:
    """A handler that says 200 when requests can be served, else 503 with the reason."""
    at_head = False
    one_at_a_time = asyncio.Lock()

    async def reason() -> str | None:
        nonlocal at_head
        database, url = get_database(), get_url()
        if database is None:
            return "The server is starting."
        await _ask(database, url, one_at_a_time)
        if not at_head and url is not None:
            pending = (await status(url)).pending
            if pending:
                return f"Migrations are pending: {', '.join(pending)}. Run calldex db upgrade."
            # Migrations are never taken back, so once is enough.
            at_head = True
        return None

    async def answer(_request: Request) -> Response:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                problem = await reason()
        except CalldexError as error:
            problem = error.message
        except Exception as error:
            if not is_outage(error):
                raise
            problem = "The database does not answer."
        if problem is None:
            return json_answer(msgspec.json.encode({"status": "ready"}))
        return json_answer(msgspec.json.encode({"status": "unready", "reason": problem}), 503)

    return answer


async def _ask(database: Database, url: str | None, one_at_a_time: asyncio.Lock) -> None:
    """A server that has a lot to do is ready, and must not be taken out of service for it: when no connection is
    free, the database is asked over one beside the pool.
    """
    if not database.door.full or url is None:
        async with database.session() as session:
            await session.fetchval("SELECT 1")
    else:
        async with one_at_a_time, connected(url) as connection:
            await connection.fetchval("SELECT 1")
