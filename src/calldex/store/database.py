"""The way to PostgreSQL: a pool of connections, and one clear sentence when there is none."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from calldex.core.errors import Unavailable
from calldex.store.door import Door
from calldex.store.facets import RememberedMarks
from calldex.store.form_cache import FormCache
from calldex.store.record_names import RememberedChoices

# The driver's types are generic for the checker only.
if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = asyncpg.Connection[asyncpg.Record]
    PooledConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Session = Connection | PooledConnection
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection
    PooledConnection = asyncpg.pool.PoolConnectionProxy

OLDEST_VERSION = 15
CONNECT_SECONDS = 10
SESSION = {"application_name": "calldex", "jit": "off", "timezone": "UTC"}


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Whoever changes a setting of a connection does so inside a transaction
    (`set_config(..., true)`): connections go back to the pool without being reset.
    """

    pool: Pool
    door: Door
    marks: RememberedMarks = field(default_factory=RememberedMarks)
    forms: FormCache = field(default_factory=FormCache)
    choices: RememberedChoices = field(default_factory=RememberedChoices)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[PooledConnection]:
        """A connection for the statements of the block. Raises Overloaded when none becomes free in time.

        Nobody who has one may ask for another: when everybody did, everybody would wait.
        """
        await self.door.enter()
        try:
            async with self.pool.acquire() as connection:
                yield connection
        finally:
            self.door.leave()

    def bounded(self, wait_ms: int) -> Database:
        """The same database, where nobody waits longer than this for a connection, nor in too long a queue."""
        return replace(self, door=self.door.bounded(wait_ms / 1000))

    def forget(self) -> None:
        """Forget what this process has learnt of the data, as if it had just started."""
        self.marks.clear()
        self.forms.clear()
        self.choices.kept.clear()

    async def close(self) -> None:
        """Waits for the statements in flight and closes every connection."""
        await self.pool.close()


async def open_database(url: str, *, min_size: int = 1, max_size: int = 10) -> Database:
    """Opens a pool on this URL; raises `Unavailable` if nothing usable answers there."""
    async with _explained(url):
        pool = asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_SECONDS,
            server_settings=SESSION,
            init=_json_as_bytes,
            reset=_keep,
        )
        await pool.__aenter__()
    try:
        async with pool.acquire() as connection:
            _check_version(connection, url)
    except BaseException:
        pool.terminate()
        raise
    return Database(pool, Door(max_size))


async def connect(url: str) -> Connection:
    """One connection of its own, with the same settings and the same errors as the pool's."""
    async with _explained(url):
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=SESSION)
    try:
        _check_version(connection, url)
        await _json_as_bytes(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """One connection of its own for the block, beside every pool."""
    connection = await connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _json_as_bytes(connection: Connection | PooledConnection) -> None:
    """JSON goes in and out as the bytes it is: nothing is parsed only to be printed again."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")


async def _keep(_connection: Connection | PooledConnection) -> None:
    """The driver has ended any transaction by now; its default would ask the server four more
    questions after every use of a connection.
    """


def _check_version(connection: Connection | PooledConnection, url: str) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_VERSION:
        raise Unavailable(f"{describe(url)} runs PostgreSQL {version.major}; Calldex needs {OLDEST_VERSION} or newer.")


@asynccontextmanager
async def _explained(url: str) -> AsyncIterator[None]:
    place = describe(url)
    try:
        yield
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise Unavailable(f"{place} refused the user or the password.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise Unavailable(f"{place} does not exist; create it with createdb.") from error
    except asyncpg.TooManyConnectionsError as error:
        raise Unavailable(f"{place} has no connection left to give.") from error
    except (asyncpg.CannotConnectNowError, asyncpg.PostgresError) as error:
        raise Unavailable(f"{place} does not take connections: {error}.") from error
    except TimeoutError as error:
        raise Unavailable(f"{place} did not answer within {CONNECT_SECONDS} seconds.") from error
    except ssl.SSLError as error:
        raise Unavailable(f"{place} could not agree on TLS: {error.reason}.") from error
    except (ValueError, asyncpg.exceptions.ClientConfigurationError) as error:
        # The driver's own words may repeat the URL and with it the password.
        raise Unavailable(
            "The database URL is not valid; it looks like postgresql://user:password@host:5432/name."
        ) from error
    except (OSError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"{place} cannot be reached: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    # asyncio joins the failures of several addresses into one long text; the last one is enough.
    text = getattr(error, "strerror", None) or str(error)
    return text.rpartition("] ")[2].rstrip(".") if "Connect call failed" in str(error) else text.rstrip(".")


def describe(url: str) -> str:
    """The database of a URL in words, without its password."""
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        host = parts.hostname or query.get("host", ["the default host"])[0]
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "The database"
    name = unquote(parts.path.lstrip("/")) or query.get("database", query.get("dbname", [""]))[0]
    return f"The database {name or 'of the user'} at {host}{port}"
