from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from calldex.core.errors import NotFound
from calldex.core.keys import visible_key
from calldex.store.acts import Actor, write_act
from calldex.store.database import Database
from calldex.store.keys import revoke_key_of, revoke_key_row


async def revoke_key(database: Database, key_id: UUID) -> bool:
    """Revoke a key for good. True when it worked now, False when it already was revoked."""
    async with database.session() as connection, connection.transaction():
        revoked = await revoke_key_row(connection, key_id)
    if revoked is None:
        raise NotFound(f"There is no key with the id {key_id}.")
    return revoked


async def revoke_own_key(database: Database, organization_ids: Sequence[int], key_id: UUID, by: Actor) -> bool:
    """The same for a key of one of these organizations, by somebody who administers them."""
    async with database.session() as connection, connection.transaction():
        found = await revoke_key_of(connection, organization_ids, key_id)
        if found is None:
            raise NotFound("There is no such key.")
        if found.now:
            visible = visible_key(found.short, test=found.test)
            now = datetime.now(UTC)
            await write_act(connection, found.organization_id, by, "revoke_key", now, key=visible, key_name=found.name)
    return found.now
