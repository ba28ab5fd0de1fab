"""API keys: what is kept of them and the one question that finds whose a key is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from calldex.core.keys import Principal, visible_key

if TYPE_CHECKING:
    from calldex.store.database import PooledConnection, Session


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An issued key without its secret part."""

    id: UUID
    name: str | None
    short: str
    test: bool
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None

    @property
    def visible(self) -> str:
        """How the key begins, which may be shown."""
        return visible_key(self.short, test=self.test)


@dataclass(frozen=True, slots=True)
class FoundKey:
    """Whose a key would be, if the hash of the whole text matches and it was not revoked."""

    principal: Principal
    hash: bytes
    revoked: bool


async def insert_key(
    connection: Session,
    organization_id: int,
    *,
    key_id: UUID,
    name: str | None,
    short: str,
    key_hash: bytes,
    test: bool,
    scopes: tuple[str, ...] = (),
) -> None:
    await connection.execute(
        """
        INSERT INTO api_keys (organization_id, id, name, short, hash, test, scopes)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        organization_id,
        key_id,
        name,
        short,
        key_hash,
        test,
        list(scopes),
    )


async def list_keys(connection: PooledConnection, organization_id: int, sandbox_id: int) -> list[StoredKey]:
    """The keys of an organization and of its sandbox, the oldest first, revoked ones included."""
    rows = await connection.fetch(
        """
        SELECT id, name, short, test, scopes, created_at, revoked_at FROM api_keys
        WHERE organization_id = ANY($1::integer[]) ORDER BY created_at, id
        """,
        [organization_id, sandbox_id],
    )
    return [
        StoredKey(
            id=row["id"],
            name=row["name"],
            short=row["short"],
            test=row["test"],
            scopes=tuple(row["scopes"]),
            created_at=row["created_at"],
            revoked_at=row["revoked_at"],
        )
        for row in rows
    ]


async def revoke_key_row(connection: PooledConnection, key_id: UUID) -> bool | None:
    """True when the key was revoked now, False when it already was, None when there is none.

    Finds the key by its id alone: the operator's command line knows nothing else of it.
    """
    row: asyncpg.Record | None = await connection.fetchrow(
        """
        WITH found AS (
            SELECT organization_id, id, revoked_at IS NULL AS live FROM api_keys
            WHERE id = $1 FOR UPDATE
        ), done AS (
            UPDATE api_keys SET revoked_at = now() FROM found
            WHERE api_keys.organization_id = found.organization_id
              AND api_keys.id = found.id AND found.live
        )
        SELECT live FROM found
        """,
        key_id,
    )
    return None if row is None else bool(row["live"])


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """A key that is revoked; ``now`` is False when it was before."""

    organization_id: int
    name: str | None
    short: str
    test: bool
    now: bool


async def revoke_key_of(
    connection: PooledConnection, organization_ids: Sequence[int], key_id: UUID
) -> RevokedKey | None:
    """Revoke a key of one of these organizations; None when they have none of this id."""
    row = await connection.fetchrow(
        """
        WITH found AS (
            SELECT organization_id, id, name, short, test, revoked_at IS NULL AS live FROM api_keys
            WHERE organization_id = ANY($1::integer[]) AND id = $2 FOR UPDATE
        ), done AS (
            UPDATE api_keys SET revoked_at = now() FROM found
            WHERE api_keys.organization_id = found.organization_id
              AND api_keys.id = found.id AND found.live
        )
        SELECT organization_id, name, short, test, live FROM found
        """,
        list(organization_ids),
        key_id,
    )
    return None if row is None else RevokedKey(*row)


async def find_principal(connection: PooledConnection, short: str) -> FoundKey | None:
    """Whose key has this look-up part. The one door through which an organization is found."""
    row = await connection.fetchrow(
        """
        SELECT api_keys.organization_id, organizations.public_id, api_keys.id, api_keys.test,
               api_keys.name, api_keys.scopes, api_keys.hash, api_keys.revoked_at IS NOT NULL AS revoked
        FROM api_keys JOIN organizations ON organizations.id = api_keys.organization_id
        WHERE api_keys.short = $1
        """,
        short,
    )
    if row is None:
        return None
    principal = Principal(
        organization_id=row["organization_id"],
        organization_public_id=row["public_id"],
        key_id=row["id"],
        test=row["test"],
        scopes=frozenset(row["scopes"]),
        name=row["name"],
    )
    return FoundKey(principal, bytes(row["hash"]), row["revoked"])
