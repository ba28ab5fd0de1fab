"""Notes about calls, each with its author and its time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about a call."""

    id: UUID
    body: str
    author: str | None
    created_at: datetime


async def insert_note(session: Session, organization_id: int, call_id: UUID, note: Note) -> None:
    await session.execute(
        "INSERT INTO call_notes (organization_id, call_id, id, body, author, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        organization_id,
        call_id,
        note.id,
        note.body,
        note.author,
        note.created_at,
    )


async def list_notes(session: Session, organization_id: int, call_id: UUID) -> list[Note]:
    """The notes of a call, the oldest first."""
    return (await notes_of_calls(session, organization_id, [call_id])).get(call_id, [])


async def notes_of_calls(session: Session, organization_id: int, calls: Collection[UUID]) -> dict[UUID, list[Note]]:
    """The notes of each of these calls that has any, the oldest first."""
    rows = await session.fetch(
        "SELECT call_id, id, body, author, created_at FROM call_notes"
        " WHERE organization_id = $1 AND call_id = ANY($2) ORDER BY id",
        organization_id,
        list(calls),
    )
    found: dict[UUID, list[Note]] = {}
    for call_id, *note in rows:
        found.setdefault(call_id, []).append(Note(*note))
    return found
