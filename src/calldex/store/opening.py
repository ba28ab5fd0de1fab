"""From a place to an open database: the embedded server when there is no other."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from calldex.core.errors import Unavailable
from calldex.store.database import Database, open_database
from calldex.store.embedded import EmbeddedServer
from calldex.store.migrations import upgrade

_CLOSE_SECONDS = 10
_LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 10.0
"""After a start that failed: its reason, a full disk for one, does not pass within moments."""

_log = logging.getLogger(__name__)


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
        with _kept_running(server):
            yield server.url
    finally:
        server.stop()


@contextmanager
def _kept_running(server: EmbeddedServer) -> Iterator[None]:
    """Nobody but its users starts the embedded server, so they do that again when it is killed under them."""
    over = threading.Event()

    def look() -> None:
        seconds = _LOOK_SECONDS
        while not over.wait(seconds):
            try:
                if server.revive():
                    _log.warning("The embedded database had ended and was started again.")
                seconds = _LOOK_SECONDS
            except (Unavailable, OSError) as error:
                _log.error("The embedded database has ended and does not start again: %s", error)
                seconds = _AGAIN_SECONDS

    looking = threading.Thread(target=look, name="embedded database", daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


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
