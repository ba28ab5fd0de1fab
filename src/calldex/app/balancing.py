"""Sharing new connections fairly between worker processes that listen on one socket.

Left alone, whichever process wakes first takes everything that waits, so a client that opens its connections
together gets one worker and leaves the other cores idle. Here a worker that has more connections than another one
gives that one a moment to take the next. How many each has stands in a file that all of them map.
"""

import asyncio
import fcntl
import mmap
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvloop

from calldex.app.metrics import is_alive
from calldex.app.protocol import BoundedHttp

BALANCE_VARIABLE: Final = "CALLDEX_BALANCE_FILE"
"""The variable that names the file to the workers; it is no setting."""

_MOST_WORKERS: Final = 256
_LOOKS: Final = 20
_BETWEEN_LOOKS_SECONDS: Final = 0.001
# Without room for another file there is nothing to do but to wait until some are closed.
_EXHAUSTED_SECONDS: Final = 0.1


def create_balance_file(path: Path) -> None:
    """Make the file of one server, with room for every worker that it can have."""
    path.write_bytes(bytes(_MOST_WORKERS * 16))


class Shares:
    """How many connections each worker has: pairs of a process id and a number, of which one is ours."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._pairs = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
            fcntl.flock(file, fcntl.LOCK_EX)
            self._ours = next(at for at in range(0, len(self._pairs), 2) if not self._is_taken(at))
            self._pairs[self._ours] = os.getpid()
            self._pairs[self._ours + 1] = 0
            # The map keeps the file open, so that closing it would not give up the lock.
            fcntl.flock(file, fcntl.LOCK_UN)

    def _is_taken(self, at: int) -> bool:
        return self._pairs[at] != 0 and is_alive(self._pairs[at])

    def add(self, number: int) -> None:
        """Count connections of ours, made or lost."""
        self._pairs[self._ours + 1] += number

    def is_somebodys_turn(self) -> bool:
        """Whether another worker has fewer connections. One that was killed counts until it is replaced."""
        mine = self._pairs[self._ours + 1]
        return any(self._pairs[at] and self._pairs[at + 1] < mine for at in range(0, len(self._pairs), 2))

    def leave(self) -> None:
        """Take no more turns."""
        self._pairs[self._ours] = 0


class Listener:
    """Takes connections from a socket that several workers share, one at a time and in turn."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, make: Callable[[], BoundedHttp], source: socket.socket, shares: Shares
    ) -> None:
        self._loop = loop
        self._make = make
        # A copy of our own, because uvicorn closes its one when the server stops.
        self._source = source.dup()
        self._source.settimeout(0)
        self._shares = shares
        self._task: asyncio.Task[None] | None = loop.create_task(self._take())

    async def _take(self) -> None:
        while True:
            await self._somebody_waits()
            for _ in range(_LOOKS):
                if not self._shares.is_somebodys_turn():
                    break
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)
            try:
                connection, _ = self._source.accept()
            except (BlockingIOError, ConnectionAbortedError):
                # Another worker was first, or the client has gone.
                continue
            except OSError:
                await asyncio.sleep(_EXHAUSTED_SECONDS)
                continue
            self._shares.add(1)
            with suppress(OSError):
                await self._loop.connect_accepted_socket(self._counted, connection)

    async def _somebody_waits(self) -> None:
        come = self._loop.create_future()

        def tell() -> None:
            if not come.done():
                come.set_result(None)

        self._loop.add_reader(self._source, tell)
        try:
            await come
        finally:
            self._loop.remove_reader(self._source)

    def _counted(self) -> BoundedHttp:
        protocol = self._make()
        protocol.when_lost = lambda: self._shares.add(-1)
        return protocol

    def close(self) -> None:
        if self._task is not None:
            self._shares.leave()
            self._task.cancel()
            self._task.add_done_callback(lambda _: self._source.close())
            self._task = None

    async def wait_closed(self) -> None:
        """Every connection ends by itself."""


class BalancedLoop(uvloop.Loop):
    """An event loop whose servers take connections in turn with the servers of other workers."""

    async def create_server(self, protocol_factory: Any, *_: Any, sock: Any = None, **__: Any) -> Any:
        return Listener(self, protocol_factory, sock, Shares(Path(os.environ[BALANCE_VARIABLE])))
