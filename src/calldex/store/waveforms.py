"""How loud recordings are over their time, kept once it was worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Waveform:
    """One byte for each equal part of the time, from 0 (silent) to 255, and how long all of it is.

    Both are None where the sound cannot be read.
    """

    peaks: bytes | None
    duration_ms: int | None


async def find_waveform(session: Session, organization_id: int, recording_id: UUID) -> Waveform | None:
    """None when nobody has worked it out yet."""
    row = await session.fetchrow(
        "SELECT peaks, duration_ms FROM waveforms WHERE organization_id = $1 AND recording_id = $2",
        organization_id,
        recording_id,
    )
    return None if row is None else Waveform(*row)


async def keep_waveform(session: Session, organization_id: int, recording_id: UUID, waveform: Waveform) -> None:
    """The first one stays: bytes of a recording never change, and another process may have been quicker."""
    await session.execute(
        "INSERT INTO waveforms (organization_id, recording_id, peaks, duration_ms) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (organization_id, recording_id) DO NOTHING",
        organization_id,
        recording_id,
        waveform.peaks,
        waveform.duration_ms,
    )
