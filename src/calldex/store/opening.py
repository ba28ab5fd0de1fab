"""From a place to an open database: the embedded server when there is no other."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from calldex.store.database import Database, open_database
from calldex.store.embedded import EmbeddedServer
from calldex.store.migrations import upgrade

_CLOSE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database and the URL under which other processes reach it."""

    database: Database
    url: str


@contextmanager
def database_address(data: Path, database_url: str | None) -> Iterator[str]:
    """The URL of the database: the given one, or the embedded server's while it is needed."""
    if database_url is not None:
        yield database_url
        return
    server = EmbeddedServer.start(data)
    try:
        yield server.url
    finally:
        server.stop()


@asynccontextmanager
async def opened(data: Path, database_url: str | None = None, *, pool_size: int = 10) -> AsyncIterator[Opened]:
    """The database, migrated and open; closed again in the end, whatever ends it.

    Several processes may do this at the same time on the same data folder.
    """
    address = database_address(data, database_url)
    url = await asyncio.to_thread(address.__enter__)
    try:
        await upgrade(url)
        database = await open_database(url, max_size=pool_size)
        try:
            yield Opened(database, url)
        finally:
            await _close(database)
    finally:
        await asyncio.to_thread(address.__exit__, None, None, None)


async def _close(database: Database) -> None:
    """Close the pool, but do not wait for ever for a statement that does not end."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await database.close()
    except TimeoutError:
        database.pool.terminate()
