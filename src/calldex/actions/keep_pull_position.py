"""A pull keeps how far it has come, after the calls behind that place are safely written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from calldex.core.errors import Conflict
from calldex.store import pulls
from calldex.store.pulls import PullName, PullState, PullWalk

if TYPE_CHECKING:
    from calldex.store.database import Database


@asynccontextmanager
async def holding_pull(database: Database, organization_id: int, name: PullName) -> AsyncIterator[PullState]:
    """Claim the pull for as long as the block lasts, and tell how far it has come.

    Raises Conflict when another process pulls the same. A process that was killed holds nothing: its claim
    goes with its connection.
    """
    async with database.session() as session:
        if not await pulls.hold_pull(session, organization_id, name):
            raise Conflict(f"Another pull of {name.form} from {name.url} is running into this organization.")
        try:
            yield await pulls.load_pull(session, organization_id, name)
        finally:
            await pulls.release_pulls(session)


async def keep_pull_position(database: Database, organization_id: int, name: PullName, walk: PullWalk) -> None:
    """Keep where a walk has to go on if it is interrupted."""
    async with database.session() as session:
        await pulls.keep_walk(session, organization_id, name, walk)


async def finish_pull(database: Database, organization_id: int, name: PullName, seen_until: datetime | None) -> None:
    """Keep that a walk is complete. ``seen_until`` is None when it left something out."""
    async with database.session() as session:
        await pulls.end_walk(session, organization_id, name, seen_until)
