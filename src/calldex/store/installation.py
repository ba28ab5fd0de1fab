"""What belongs to this installation as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calldex.store.database import Session


async def installation_secret(connection: Session) -> bytes:
    """The secret of the keyed hashes, made when it is asked for the first time.

    Two processes that ask at the same moment get the same secret.
    """
    found = await connection.fetchval("SELECT secret FROM installation")
    if found is None:
        await connection.execute("INSERT INTO installation (secret) VALUES ($1) ON CONFLICT DO NOTHING", os.urandom(32))
        found = await connection.fetchval("SELECT secret FROM installation")
    return bytes(found)
