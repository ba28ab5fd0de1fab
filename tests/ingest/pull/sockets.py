"""A second Calldex on a real socket, and a proxy before it that misbehaves as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from calldex.app import create_app
from calldex.settings import Settings
from calldex.store.database import Database, open_database

Mishap = str | Callable[[], Awaitable[object]]
"""``"500"``, ``"503"``, ``"429"``, ``"429 seconds"``, ``"429 date"``, ``"429 milliseconds"``: a refusal. ``"silence"``,
``"hangup"``, ``"cut"``, ``"cut without length"``, ``"ok"``; or something to do before the request is passed on.
"""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Far:
    """The other Calldex."""

    url: str
    database: Database


@contextlib.asynccontextmanager
async def far_calldex(url: str, folder: Path, **settings: object) -> AsyncIterator[Far]:
    database = await open_database(url, max_size=5)
    chosen = {"skipcall_requests_per_minute": 0, "whippy_requests_per_second": 0, "log_level": "error", **settings}
    app = create_app(Settings(data=folder, database_url=url, **chosen), database)  # type: ignore[arg-type]
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="on", access_log=False, ws="none")
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it.
        await asyncio.sleep(0.01)
    yield Far(f"http://127.0.0.1:{listener.getsockname()[1]}", database)
    server.should_exit = True
    await serving
    listener.close()
    await database.close()


@dataclass
class Proxy:
    """Passes requests on, each as the next mishap says; when there is none left, well."""

    far: str
    mishaps: list[Mishap] = field(default_factory=list)
    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _whole(reader)
            if request:
                await self._answer(request, writer)
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        mishap = self.mishaps.pop(0) if self.mishaps else "ok"
        if not isinstance(mishap, str):
            await mishap()
            mishap = "ok"
        if mishap == "silence":
            await asyncio.sleep(1.5)
            return
        if mishap == "hangup":
            return
        if mishap[:3].isdigit():
            writer.write(_refusal(mishap))
            await writer.drain()
            return
        answer = await self._passed_on(request)
        head, _, body = answer.partition(b"\r\n\r\n")
        if mishap.startswith("cut"):
            body = body[: len(body) // 2]
        if mishap == "cut without length":
            head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length"))
        writer.write(head + b"\r\n\r\n" + body)
        await writer.drain()

    async def _passed_on(self, request: bytes) -> bytes:
        port = int(self.far.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [
            line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection", b"accept-encoding"))
        ]
        writer.write(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
        answer = await reader.read(-1)
        writer.close()
        return answer


def _refusal(mishap: str) -> bytes:
    header = {
        "429 seconds": "Retry-After: 1\r\n",
        "429 date": "Retry-After: Thu, 01 Jan 2015 00:00:00 GMT\r\n",
        "429 milliseconds": "X-RateLimit-Remaining-Interval-Milliseconds: 40\r\n",
    }.get(mishap, "")
    text = f"HTTP/1.1 {mishap[:3]} No\r\n{header}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    return text.encode()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + (await reader.readexactly(length) if length else b"")


@contextlib.asynccontextmanager
async def misbehaving(far: str, mishaps: list[Mishap]) -> AsyncIterator[Proxy]:
    proxy = Proxy(far, mishaps)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield proxy
