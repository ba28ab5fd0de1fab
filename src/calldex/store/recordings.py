"""What is known of the recordings that are stored by us."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Recording:
    """One stored recording. ``location`` leads to it below the place of all recordings."""

    call_id: UUID
    id: UUID
    location: str
    content_type: str
    size: int
    sha256: bytes
    created_at: datetime

    @property
    def tag(self) -> str:
        """The same for the same bytes: their ETag."""
        return f'"{self.sha256.hex()[:32]}"'


def headers_of(recording: Recording) -> dict[str, str]:
    """What every answer with a recording says of it, whoever asked and however much of it is sent.

    The bytes and their media type are a stranger's, and a browser would read a type such as ``audio/x+xml`` as a
    document of ours.
    """
    is_document = recording.content_type.endswith("xml")
    return {
        "Accept-Ranges": "bytes",
        "ETag": recording.tag,
        "Content-Type": "application/octet-stream" if is_document else recording.content_type,
        "Content-Disposition": f'inline; filename="{recording.call_id}"',
        "Cache-Control": "private, max-age=60",
    }


async def insert_recording(session: Session, organization_id: int, recording: Recording) -> None:
    await session.execute(
        "INSERT INTO recordings (organization_id, call_id, id, location, content_type, size, sha256, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        organization_id,
        recording.call_id,
        recording.id,
        recording.location,
        recording.content_type,
        recording.size,
        recording.sha256,
        recording.created_at,
    )


async def newest_recordings(
    session: Session, organization_id: int, call_ids: Collection[UUID]
) -> dict[UUID, Recording]:
    """The newest stored recording of each of the calls that has one. One statement."""
    rows = await session.fetch(
        "SELECT DISTINCT ON (call_id) call_id, id, location, content_type, size, sha256, created_at FROM recordings"
        " WHERE organization_id = $1 AND call_id = ANY($2) ORDER BY call_id, id DESC",
        organization_id,
        list(call_ids),
    )
    return {row["call_id"]: Recording(*row) for row in rows}


async def recordings_of_call(session: Session, organization_id: int, call_id: UUID) -> list[Recording]:
    """The stored recordings of a call, the newest first."""
    rows = await session.fetch(
        "SELECT call_id, id, location, content_type, size, sha256, created_at FROM recordings"
        " WHERE organization_id = $1 AND call_id = $2 ORDER BY id DESC",
        organization_id,
        call_id,
    )
    return [Recording(*row) for row in rows]


async def find_recording(session: Session, organization_id: int, call_id: UUID, recording_id: UUID) -> Recording | None:
    """One recording of one call that is not deleted."""
    row = await session.fetchrow(
        "SELECT r.call_id, r.id, r.location, r.content_type, r.size, r.sha256, r.created_at FROM recordings r"
        " JOIN calls c ON c.organization_id = r.organization_id AND c.id = r.call_id AND c.deleted_at IS NULL"
        " WHERE r.organization_id = $1 AND r.call_id = $2 AND r.id = $3",
        organization_id,
        call_id,
        recording_id,
    )
    return None if row is None else Recording(*row)
