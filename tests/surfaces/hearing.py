"""Hearing every SQL statement that the app's connections are asked, whatever the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from calldex.store.database import Database


@asynccontextmanager
async def hearing(database: Database) -> AsyncIterator[list[str]]:
    """The statements of this block in their order, blanks made one."""
    heard: list[str] = []

    def listen(query: Any) -> None:
        # The loop beside the requests looks for deliveries once a second, whatever is asked meanwhile.
        if "deliveries" not in query.query:
            heard.append(" ".join(query.query.split()))

    async def each(name: str) -> None:
        async with AsyncExitStack() as stack:
            pool = database.pool
            taken = [await stack.enter_async_context(pool.acquire()) for _ in range(pool.get_max_size())]
            for connection in taken:
                getattr(connection, name)(listen)

    await each("add_query_logger")
    try:
        yield heard
    finally:
        await each("remove_query_logger")
