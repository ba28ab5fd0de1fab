"""Corrections of classifications: what people said of them. They are never changed, and the latest holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody said of a classification.

    ``classification`` is the machine's, None where it said nothing. ``corrected`` is what is right: the same word
    where the machine was right after all, None where it was wrong and nothing takes its place.
    """

    id: UUID
    classification: str | None
    corrected: str | None
    reason: str | None
    user_id: UUID
    user_name: str
    created_at: datetime


async def insert_correction(session: Session, organization_id: int, call_id: UUID, correction: Correction) -> None:
    """Write a correction. The caller holds the organization's write lock."""
    await session.execute(
        "INSERT INTO call_corrections (organization_id, call_id, id, classification, corrected, reason, user_id,"
        " user_name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organization_id,
        call_id,
        correction.id,
        correction.classification,
        correction.corrected,
        correction.reason,
        correction.user_id,
        correction.user_name,
        correction.created_at,
    )


async def corrections_of_call(session: Session, organization_id: int, call_id: UUID) -> list[Correction]:
    """All corrections of a call, the oldest first."""
    rows = await session.fetch(
        "SELECT id, classification, corrected, reason, user_id, user_name, created_at FROM call_corrections"
        " WHERE organization_id = $1 AND call_id = $2 ORDER BY created_at, id",
        organization_id,
        call_id,
    )
    return [Correction(*row) for row in rows]


def holding(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """The latest correction of each classification.

    A classification that a person gave where the machine said nothing goes by its own word, so that it can be taken
    back as the machine's can.
    """
    latest: dict[str, Correction] = {}
    for one in corrections:
        word = one.classification or one.corrected
        if word is not None:
            latest[word] = one
    return latest
