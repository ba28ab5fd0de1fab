"""A server with very few connections to its database, whoever occupies them, and clients that do not behave."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from calldex.actions.issue_key import IssuedKey
from calldex.app.protocol import BoundedHttp
from calldex.app.surfaces import make_surfaces
from calldex.settings import Settings
from calldex.store.database import Database, connected, open_database

from .conftest import Running, Serve


@dataclass
class Crowded:
    """The shipped app over a pool that is easily full."""

    running: Running
    database: Database
    url: str
    key: IssuedKey

    async def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key.text}", "X-WHIPPY-KEY": self.key.text}
        headers |= more.pop("headers", {})
        return await self.running.client.request(method, path, headers=headers, **more)

    @asynccontextmanager
    async def occupied(self) -> AsyncIterator[list[asyncio.Task[httpx.Response]]]:
        """Every connection waits for a table that somebody outside has locked; the requests that wait there."""
        async with connected(self.url) as outside:
            async with outside.transaction():
                await outside.execute("LOCK TABLE calls")
                most = self.database.pool.get_max_size()
                asked = [asyncio.create_task(self.ask("/stuut/v1/calls")) for _ in range(most)]
                await until(lambda: self.waiting_for_locks(outside), most)
                yield asked
            await asyncio.gather(*asked)

    async def waiting_for_locks(self, session: Any) -> int:
        return int(
            await session.fetchval(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE d.datname = current_database() AND NOT l.granted"
            )
        )

    async def metric(self, line: str) -> float:
        text = (await self.running.client.get("/metrics")).text
        return next(float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line + " "))

    def held(self, connections: list[socket.socket]) -> int:
        """How many of these connections the server keeps."""
        ports = {one.getsockname()[1] for one in connections}
        kept = [one for one in self.running.server.server_state.connections if isinstance(one, BoundedHttp)]
        return sum(one.client is not None and one.client[1] in ports for one in kept)

    def sockets(self, count: int, request: bytes) -> list[socket.socket]:
        """Connections that have sent this and take nothing of what comes back."""
        port = int(self.running.url.rpartition(":")[2])
        opened = []
        for _ in range(count):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall(request)
            opened.append(connection)
        return opened

    def head(self, method: str, path: str, *more: str) -> bytes:
        lines = (f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.key.text}", *more)
        return "\r\n".join((*lines, "", "")).encode()


async def until(count: Any, wanted: int) -> None:
    """Wait until a count is what is wanted; it may be awaitable."""
    for _ in range(6000):
        found = count()
        if asyncio.iscoroutine(found):
            found = await found
        if found == wanted:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"It is {found}, not {wanted}.")


@asynccontextmanager
async def crowded(
    serve: Serve, settings: Settings, url: str, key: IssuedKey, connections: int
) -> AsyncIterator[Crowded]:
    """The app with this many connections."""
    database = await open_database(url, max_size=connections)
    async with serve(settings, database, make_surfaces) as running:
        running.client.timeout = httpx.Timeout(60)
        yield Crowded(running, database, url, key)
    assert database.pool.get_idle_size() == database.pool.get_size()
    assert not database.door.full
    await database.close()
