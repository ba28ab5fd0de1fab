"""Answers that were given under an idempotency key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg
import msgspec

from calldex.core.errors import InProgress

if TYPE_CHECKING:
    from calldex.store.database import Session

_WAIT_MS: Final = 5000
_FORGOTTEN_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was given, and the digest of the request that it was given to."""

    digest: bytes
    status: int
    headers: dict[str, str]
    body: bytes


async def claim(session: Session, organization_id: int, key: str, digest: bytes) -> KeptAnswer | None:
    """Take the key for this transaction (None), or give the answer that is kept under it.

    Waits for a transaction that has the key now; raises InProgress when that takes too long.
    """
    await session.execute("SELECT set_config('lock_timeout', $1, true)", str(_WAIT_MS))
    try:
        ours = await session.fetchval(
            "INSERT INTO idempotency_keys AS k (organization_id, key, digest, created_at) VALUES ($1, $2, $3, now())"
            " ON CONFLICT (organization_id, key) DO UPDATE SET digest = excluded.digest, created_at = now()"
            " WHERE k.created_at < now() - interval '24 hours' RETURNING true",
            organization_id,
            key,
            digest,
        )
    except asyncpg.LockNotAvailableError:
        raise InProgress from None
    await session.execute("SELECT set_config('lock_timeout', '0', true)")
    if ours:
        return None
    row = await session.fetchrow(
        "SELECT digest, status, headers, body FROM idempotency_keys WHERE organization_id = $1 AND key = $2",
        organization_id,
        key,
    )
    if row is None:
        # It was forgotten between the two questions, so it is more than a day old; the client may ask again.
        raise InProgress
    return KeptAnswer(row["digest"], row["status"], msgspec.json.decode(row["headers"]), row["body"])


async def keep(
    session: Session, organization_id: int, key: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep the answer of the transaction that has the key."""
    await session.execute(
        "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE organization_id = $1 AND key = $2",
        organization_id,
        key,
        status,
        msgspec.json.encode(headers),
        body,
    )


async def forget_old(session: Session, organization_id: int) -> None:
    """Forget some answers that are older than 24 hours: each new key takes more away than it adds."""
    await session.execute(
        "DELETE FROM idempotency_keys WHERE organization_id = $1 AND key IN ("
        " SELECT key FROM idempotency_keys WHERE organization_id = $1 AND created_at < now() - interval '24 hours'"
        " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
        organization_id,
        _FORGOTTEN_AT_ONCE,
    )
