from uuid import UUID

from calldex.core.errors import NotFound
from calldex.store.database import Database
from calldex.store.keys import revoke_key_row


async def revoke_key(database: Database, key_id: UUID) -> bool:
    """Revoke a key for good. True when it worked now, False when it already was revoked."""
    async with database.session() as connection, connection.transaction():
        revoked = await revoke_key_row(connection, key_id)
    if revoked is None:
        raise NotFound(f"There is no key with the id {key_id}.")
    return revoked
