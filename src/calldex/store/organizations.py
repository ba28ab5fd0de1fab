"""Organizations and their sandboxes: the few questions that find an organization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

if TYPE_CHECKING:
    from calldex.store.database import PooledConnection


@dataclass(frozen=True, slots=True)
class Organization:
    """A live organization. `sandbox_id` is the row that its test keys and test calls belong to."""

    id: int
    public_id: UUID
    name: str
    sandbox_id: int
    created_at: datetime


_COLUMNS = """
SELECT live.id, live.public_id, live.name, sandbox.id AS sandbox_id, live.created_at
FROM organizations live JOIN organizations sandbox ON sandbox.sandbox_of = live.id
WHERE live.sandbox_of IS NULL
"""


async def insert_organization(
    connection: PooledConnection, name: str, public_id: UUID, sandbox_public_id: UUID
) -> Organization:
    """A new organization with its sandbox. The caller has made sure that the name is free."""
    row = await connection.fetchrow(
        """
        WITH live AS (
            INSERT INTO organizations (public_id, name) VALUES ($1, $2)
            RETURNING id, public_id, name, created_at
        ), sandbox AS (
            INSERT INTO organizations (public_id, name, sandbox_of)
            SELECT $3, name, id FROM live RETURNING id
        )
        SELECT live.id, live.public_id, live.name, sandbox.id AS sandbox_id, live.created_at
        FROM live, sandbox
        """,
        public_id,
        name,
        sandbox_public_id,
    )
    if row is None:
        raise RuntimeError("INSERT ... RETURNING gave no row.")
    return _organization(row)


async def lock_organization_name(connection: PooledConnection, name: str) -> None:
    """Until the transaction ends nobody else can make an organization of this name."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('calldex organization ' || $1, 0))", name)


async def list_organizations(connection: PooledConnection) -> list[Organization]:
    """All live organizations, the oldest first."""
    rows = await connection.fetch(_COLUMNS + " ORDER BY live.id")
    return [_organization(row) for row in rows]


async def organizations_named(connection: PooledConnection, name: str) -> list[Organization]:
    rows = await connection.fetch(_COLUMNS + " AND live.name = $1 ORDER BY live.id", name)
    return [_organization(row) for row in rows]


async def organization_with_public_id(connection: PooledConnection, public_id: UUID) -> Organization | None:
    row = await connection.fetchrow(_COLUMNS + " AND live.public_id = $1", public_id)
    return None if row is None else _organization(row)


async def organization_of(connection: PooledConnection, organization_id: int) -> Organization | None:
    """The live organization of this id, or the one whose sandbox has it."""
    row = await connection.fetchrow(_COLUMNS + " AND (live.id = $1 OR sandbox.id = $1)", organization_id)
    return None if row is None else _organization(row)


async def organization_names(connection: PooledConnection, limit: int) -> Sequence[str]:
    """Some names, the newest organization first, for a hint to somebody who mistyped one."""
    rows = await connection.fetch(
        "SELECT name FROM organizations WHERE sandbox_of IS NULL ORDER BY id DESC LIMIT $1", limit
    )
    return [row["name"] for row in rows]


def _organization(row: asyncpg.Record) -> Organization:
    return Organization(
        id=row["id"],
        public_id=row["public_id"],
        name=row["name"],
        sandbox_id=row["sandbox_id"],
        created_at=row["created_at"],
    )
