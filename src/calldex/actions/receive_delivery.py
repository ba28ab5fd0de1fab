"""A delivery whose signature is right is kept, once, before its sender gets an answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.core.ids import new_uuid
from calldex.store.deliveries import NewDelivery, keep_delivery

if TYPE_CHECKING:
    from calldex.store.database import Database
    from calldex.store.endpoints import Endpoint

_LONGEST_TYPE = 200


async def receive_delivery(
    database: Database, endpoint: Endpoint, key: str, body: bytes, content_type: str | None, now: datetime
) -> tuple[UUID, bool]:
    """The delivery's id, and whether it is new; one with a key that the endpoint knows changes nothing.

    When this returns, the delivery has been written durably. It is processed afterwards, by its id.
    """
    shown = (content_type or "")[:_LONGEST_TYPE]
    delivery = NewDelivery(
        id=new_uuid(now),
        endpoint_id=endpoint.id,
        key=key,
        received_at=now,
        content_type=shown if shown and shown.isprintable() else None,
        body=body,
    )
    async with database.session() as session:
        return await keep_delivery(session, endpoint.organization_id, delivery)
