"""The door to the connections of a pool: who finds none free waits a little, and nobody waits in a crowd."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakSet

from calldex.core.errors import Overloaded

WAITING_PER_CONNECTION = 50
"""How many may wait for each connection. Usual requests hold one for some milliseconds, so that a queue of this
length is served well within the wait; a longer one would only be refused later."""

_LONGEST_RETRY_SECONDS = 3


@dataclass(slots=True)
class Waits:
    """What became of those who found no connection free: served after a wait, given up after the longest wait,
    or refused at once because too many waited already. ``now`` are those who wait at this moment.
    """

    now: int = 0
    served: int = 0
    given_up: int = 0
    refused: int = 0


class _Places:
    """As many places as there are connections. Who returns goes before who comes: it has work to lose."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.returning: deque[asyncio.Future[None]] = deque()
        self.coming: deque[asyncio.Future[None]] = deque()

    async def wait(self, seconds: float | None, *, returns: bool) -> None:
        """Until a place is handed over. Raises TimeoutError, and then no place was taken."""
        queue = self.returning if returns else self.coming
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException:
            if turn.cancelled():
                # Whoever hands a place on passes over it, if it did not do so already.
                with suppress(ValueError):
                    queue.remove(turn)
            else:
                # The place came at the same moment as the end of the wait.
                self.hand_on()
            raise

    def hand_on(self) -> None:
        """Give a place that is not needed any more to who waits longest, else to who comes next."""
        for queue in (self.returning, self.coming):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self.free += 1


class Door:
    """Lets in as many as there are connections, in the order in which they came. A request that was inside before
    goes first and is not refused because others want to begin; else a crowd would only ever do halves of its work.

    Without bounds everybody waits for as long as it takes. The places are shared with every door that was made
    by ``bounded``, so that the patient and the impatient stand in one queue.
    """

    def __init__(self, connections: int, *, seconds: float | None = None, places: _Places | None = None) -> None:
        self.waits = Waits()
        self._connections = connections
        self._seconds = seconds
        self._places = places or _Places(connections)
        # Each request is a task of its own.
        self._begun: WeakSet[asyncio.Task[object]] = WeakSet()

    def bounded(self, seconds: float) -> Door:
        """A door to the same places that refuses who would wait longer than this, or in too long a queue."""
        return Door(self._connections, seconds=seconds, places=self._places)

    @property
    def full(self) -> bool:
        """Whether who comes now has to wait."""
        return self._places.free == 0

    async def enter(self) -> None:
        """Take a place; whoever does gives it back with ``leave``. Raises Overloaded at a bounded door."""
        if self._places.free:
            self._places.free -= 1
        else:
            await self._wait()
        task = asyncio.current_task()
        if self._seconds is not None and task is not None:
            self._begun.add(task)

    async def _wait(self) -> None:
        returns = asyncio.current_task() in self._begun
        crowded = not returns and self.waits.now >= self._connections * WAITING_PER_CONNECTION
        if self._seconds is not None and (crowded or self._seconds <= 0):
            self.waits.refused += 1
            raise _overloaded()
        self.waits.now += 1
        try:
            await self._places.wait(self._seconds, returns=returns)
        except TimeoutError:
            self.waits.given_up += 1
            raise _overloaded() from None
        finally:
            self.waits.now -= 1
        self.waits.served += 1

    def leave(self) -> None:
        """Give a place back."""
        self._places.hand_on()


def _overloaded() -> Overloaded:
    # Clients that are refused together must not come back together.
    return Overloaded(retry_after=random.randint(1, _LONGEST_RETRY_SECONDS))  # noqa: S311
