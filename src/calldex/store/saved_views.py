"""Views of the calls that somebody keeps under a name, for themselves or for everybody in the organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session

MOST_VIEWS: Final = 100


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view with its name; ``mine`` is whether the one who asks has saved it."""

    id: UUID
    name: str
    query: str
    shared: bool
    mine: bool
    by: str


async def list_views(session: Session, organization_id: int, user_id: UUID) -> list[SavedView]:
    """The views of a user, and those that others share, by name."""
    rows = await session.fetch(
        "SELECT v.id, v.name, v.query, v.shared, v.user_id = $2, u.name FROM saved_views v"
        " JOIN users u ON u.organization_id = v.organization_id AND u.id = v.user_id"
        " WHERE v.organization_id = $1 AND (v.user_id = $2 OR v.shared)"
        " ORDER BY v.user_id <> $2, lower(v.name), v.id LIMIT $3",
        organization_id,
        user_id,
        2 * MOST_VIEWS,
    )
    return [SavedView(*row) for row in rows]


async def keep_view(
    session: Session, organization_id: int, user_id: UUID, *, view_id: UUID, name: str, query: str, shared: bool
) -> bool:
    """Save a view; one of the same name is replaced. False when the user has as many as there may be."""
    found = await session.fetchval(
        "INSERT INTO saved_views AS kept (organization_id, id, user_id, name, query, shared)"
        " SELECT $1, $3, $2, $4, $5, $6 WHERE $7 > (SELECT count(*) FROM saved_views"
        " WHERE organization_id = $1 AND user_id = $2 AND name <> $4)"
        " ON CONFLICT (organization_id, user_id, name)"
        " DO UPDATE SET query = excluded.query, shared = excluded.shared RETURNING id",
        organization_id,
        user_id,
        view_id,
        name,
        query,
        shared,
        MOST_VIEWS,
    )
    return found is not None


async def forget_view(
    session: Session, organization_id: int, user_id: UUID, view_id: UUID, *, any_shared: bool = False
) -> bool:
    """Delete a view of the user's own, or with ``any_shared`` one that anybody shares; False when there is none."""
    found = await session.fetchval(
        "DELETE FROM saved_views WHERE organization_id = $1 AND id = $2 AND (user_id = $3 OR (shared AND $4))"
        " RETURNING id",
        organization_id,
        view_id,
        user_id,
        any_shared,
    )
    return found is not None
