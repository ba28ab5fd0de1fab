"""Let deliveries that could not be processed be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.errors import NotFound
from calldex.store.acts import Actor, write_act
from calldex.store.deliveries import State, retry_deliveries
from calldex.store.inbox import load_delivery_of

if TYPE_CHECKING:
    from calldex.store.database import Database

_AGAIN: Final[tuple[State, ...]] = ("waiting", "known", "failed", "nonsense")


async def retry_one(database: Database, organization_ids: Sequence[int], delivery_id: UUID, by: Actor) -> bool:
    """Let one delivery of these organizations be processed again; False when it was meanwhile.

    Raises NotFound when they have none of this id.
    """
    async with database.session() as session, session.transaction():
        if await load_delivery_of(session, organization_ids, delivery_id, most_bytes=0) is None:
            raise NotFound("There is no such delivery.")
        for organization_id in organization_ids:
            count = await retry_deliveries(
                session, delivery_ids=[delivery_id], organization_ids=[organization_id], states=_AGAIN
            )
            if count:
                now = datetime.now(UTC)
                await write_act(session, organization_id, by, "retry_delivery", now, delivery=str(delivery_id))
                return True
    return False


async def retry_all(database: Database, organization_ids: Sequence[int], state: State, by: Actor) -> int:
    """Let all deliveries of these organizations that are in a state be processed again; how many there were."""
    retried = 0
    async with database.session() as session, session.transaction():
        for organization_id in organization_ids:
            count = await retry_deliveries(session, organization_ids=[organization_id], states=[state])
            if count:
                now = datetime.now(UTC)
                await write_act(session, organization_id, by, "retry_deliveries", now, state=state, count=count)
            retried += count
    return retried
