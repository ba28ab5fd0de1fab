from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import PooledConnection


async def newest_call_id(connection: PooledConnection, organization_id: int) -> UUID | None:
    """The call that stands first in every list, or None when the organization has no calls."""
    found: UUID | None = await connection.fetchval(
        """
        SELECT id FROM calls WHERE organization_id = $1 AND deleted_at IS NULL
        ORDER BY occurred_at DESC, id DESC LIMIT 1
        """,
        organization_id,
    )
    return found
