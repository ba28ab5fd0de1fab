"""Users: who may sign in to an organization, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from calldex.core.errors import Conflict
from calldex.core.people import Role, email_key

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class User:
    """A user as an administrator sees one."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user whom an e-mail address may mean; the same address may belong to users of several organizations."""

    organization_id: int
    organization_name: str
    test: bool
    id: UUID
    password_hash: str


async def insert_user(
    session: Session, organization_id: int, *, user_id: UUID, email: str, name: str, role: Role, password_hash: str
) -> None:
    """Write a new user. Raises Conflict when the organization has one of this address."""
    try:
        await session.execute(
            "INSERT INTO users (organization_id, id, email, email_key, name, role, password_hash)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organization_id,
            user_id,
            email,
            email_key(email),
            name,
            role,
            password_hash,
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(f"The organization has a user {email} already.") from None


async def find_candidates(session: Session, email: str) -> list[Candidate]:
    """The users of an address that may sign in. Besides a key and an endpoint what finds an organization."""
    rows = await session.fetch(
        "SELECT u.organization_id, coalesce(live.name, o.name), live.id IS NOT NULL, u.id, u.password_hash"
        " FROM users u JOIN organizations o ON o.id = u.organization_id"
        " LEFT JOIN organizations live ON live.id = o.sandbox_of"
        " WHERE u.email_key = $1 AND u.disabled_at IS NULL ORDER BY u.created_at, u.id LIMIT 20",
        email_key(email),
    )
    return [Candidate(*row) for row in rows]


async def password_hash_of(session: Session, organization_id: int, user_id: UUID) -> str | None:
    """What is kept of a user's password."""
    found: str | None = await session.fetchval(
        "SELECT password_hash FROM users WHERE organization_id = $1 AND id = $2", organization_id, user_id
    )
    return found


async def list_users(session: Session, organization_id: int) -> list[User]:
    """The users of an organization, by name, disabled ones included."""
    rows = await session.fetch(
        "SELECT id, email, name, role, created_at, signed_in_at, disabled_at FROM users"
        " WHERE organization_id = $1 ORDER BY lower(name), email_key",
        organization_id,
    )
    return [User(*row) for row in rows]


async def find_user(session: Session, organization_id: int, email: str) -> User | None:
    """The user of an address."""
    row = await session.fetchrow(
        "SELECT id, email, name, role, created_at, signed_in_at, disabled_at FROM users"
        " WHERE organization_id = $1 AND email_key = $2",
        organization_id,
        email_key(email),
    )
    return None if row is None else User(*row)


async def load_user(session: Session, organization_id: int, user_id: UUID) -> User | None:
    """The user of a UUID."""
    row = await session.fetchrow(
        "SELECT id, email, name, role, created_at, signed_in_at, disabled_at FROM users"
        " WHERE organization_id = $1 AND id = $2",
        organization_id,
        user_id,
    )
    return None if row is None else User(*row)


async def lock_users(session: Session, organization_id: int) -> None:
    """Until the transaction ends nobody else changes who the administrators are."""
    await session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('calldex users ' || $1, 0))", str(organization_id)
    )


async def count_admins(session: Session, organization_id: int) -> int:
    """How many administrators may sign in."""
    found = await session.fetchval(
        "SELECT count(*) FROM users WHERE organization_id = $1 AND role = 'admin' AND disabled_at IS NULL",
        organization_id,
    )
    return int(found)


async def set_role(session: Session, organization_id: int, user_id: UUID, role: Role) -> None:
    await session.execute(
        "UPDATE users SET role = $3 WHERE organization_id = $1 AND id = $2", organization_id, user_id, role
    )


async def set_disabled(session: Session, organization_id: int, user_id: UUID, *, disabled: bool) -> None:
    """Let a user sign in no more, or again."""
    await session.execute(
        "UPDATE users SET disabled_at = CASE WHEN $3 THEN now() END WHERE organization_id = $1 AND id = $2",
        organization_id,
        user_id,
        disabled,
    )


async def set_password(session: Session, organization_id: int, user_id: UUID, password_hash: str) -> None:
    await session.execute(
        "UPDATE users SET password_hash = $3 WHERE organization_id = $1 AND id = $2",
        organization_id,
        user_id,
        password_hash,
    )


async def set_preferences(session: Session, organization_id: int, user_id: UUID, preferences: bytes) -> None:
    """Keep what a user chose to see; JSON."""
    await session.execute(
        "UPDATE users SET preferences = $3 WHERE organization_id = $1 AND id = $2",
        organization_id,
        user_id,
        preferences,
    )


async def viewers_hear(session: Session, organization_id: int) -> bool:
    """Whether viewers of the organization may hear recordings."""
    found = await session.fetchval(
        "SELECT viewers_hear FROM organization_settings WHERE organization_id = $1", organization_id
    )
    return True if found is None else bool(found)


async def let_viewers_hear(session: Session, organization_id: int, *, hear: bool) -> None:
    await session.execute(
        "INSERT INTO organization_settings (organization_id, viewers_hear) VALUES ($1, $2)"
        " ON CONFLICT (organization_id) DO UPDATE SET viewers_hear = excluded.viewers_hear",
        organization_id,
        hear,
    )
