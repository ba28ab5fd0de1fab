"""The loop that processes deliveries beside the requests of one process, and the counters of its endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

from calldex.actions.process_deliveries import BATCH, Processing, process_deliveries
from calldex.app.logs import Log
from calldex.store.database import Database
from calldex.store.endpoints import Counts, Endpoint, add_counts
from calldex.store.outages import is_outage

_POLL_SECONDS: Final = 1.0
_GATHERING_SECONDS: Final = 0.05
"""Under load a transaction for a few deliveries costs as much as one for a hundred, so some are waited for."""

_OUTAGE_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 10.0


class Inbox:
    """What the routes tell the loop: that something came, and how much came to which endpoint."""

    def __init__(self) -> None:
        self._something = asyncio.Event()
        self._counts: dict[str, tuple[Endpoint, Counts]] = {}

    def accepted(self, endpoint: Endpoint, now: datetime, *, is_new: bool) -> None:
        """Count a delivery whose signature is right, and wake the loop for a new one."""
        counts = self._of(endpoint)
        counts.last_accepted_at = now
        if is_new:
            counts.accepted += 1
            self.wake()
        else:
            counts.duplicates += 1

    def refused(self, endpoint: Endpoint, now: datetime, *, stale: bool) -> None:
        """Count a delivery of which nothing else is kept."""
        counts = self._of(endpoint)
        counts.last_refused_at = now
        if stale:
            counts.stale += 1
        else:
            counts.refused += 1

    def _of(self, endpoint: Endpoint) -> Counts:
        return self._counts.setdefault(endpoint.place, (endpoint, Counts()))[1]

    async def write_counts(self, database: Database) -> None:
        """Add what was counted to the endpoints' rows."""
        counts, self._counts = self._counts, {}
        if counts:
            async with database.session() as session:
                await add_counts(session, counts.values())

    def wake(self) -> None:
        """End the loop's wait."""
        self._something.set()

    async def wait(self, seconds: float) -> None:
        """Until something comes, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._something.wait()
        self._something.clear()


@asynccontextmanager
async def processing_deliveries(
    database: Database, processing: Processing, inbox: Inbox, log: Log, count: Callable[[int], None]
) -> AsyncIterator[None]:
    """Process deliveries for as long as the block lasts; ``count`` is told how many were.

    A batch that is under way when the block ends is finished. Whatever is cut off, by a killed process or a
    database that went away, is rolled back whole and taken again by whoever looks next.
    """
    stopping = asyncio.Event()
    task = asyncio.create_task(_work(database, processing, inbox, log, count, stopping))
    try:
        yield
    finally:
        stopping.set()
        # The loop looks at it after the next time that it wakes.
        inbox.wake()
        done, _ = await asyncio.wait([task], timeout=_STOP_SECONDS)
        if not done:
            task.cancel()
            await asyncio.wait([task])


async def _work(
    database: Database,
    processing: Processing,
    inbox: Inbox,
    log: Log,
    count: Callable[[int], None],
    stopping: asyncio.Event,
) -> None:
    while not stopping.is_set():
        pause = _POLL_SECONDS
        try:
            while not stopping.is_set() and (taken := await process_deliveries(database, processing)):
                count(taken)
                await inbox.write_counts(database)
                if taken < BATCH:
                    await asyncio.sleep(_GATHERING_SECONDS)
            await inbox.write_counts(database)
        except Exception as error:
            # The loop must outlive whatever befalls one batch.
            pause = _OUTAGE_SECONDS
            if is_outage(error):
                log.warning("deliveries wait: the database does not answer", reason=str(error))
            else:
                log.exception("deliveries wait: unexpected error", exc_info=error)
        if not stopping.is_set():
            await inbox.wait(pause)
            await asyncio.sleep(_GATHERING_SECONDS)
