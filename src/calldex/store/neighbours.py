"""The calls beside a call: those with the same partner just before and just after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, LiteralString
from uuid import UUID

from calldex.core.calls import Call

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another call, and when it was."""

    id: UUID
    occurred_at: datetime


_OF_PARTNER: Final[LiteralString] = (
    "SELECT id, occurred_at FROM calls WHERE organization_id = $1 AND partner = $2 AND deleted_at IS NULL"
)


async def neighbours(session: Session, organization_id: int, call: Call) -> tuple[Neighbour | None, Neighbour | None]:
    """The calls with the same partner before and after this one, where there are. One statement that reads two rows."""
    if call.partner is None:
        return None, None
    rows = await session.fetch(
        f"SELECT true AS before, b.* FROM ({_OF_PARTNER} AND (occurred_at, id) < ($3, $4)"
        " ORDER BY occurred_at DESC, id DESC LIMIT 1) b"
        f" UNION ALL SELECT false, a.* FROM ({_OF_PARTNER} AND (occurred_at, id) > ($3, $4)"
        " ORDER BY occurred_at, id LIMIT 1) a",
        organization_id,
        call.partner,
        call.occurred_at,
        call.id,
    )
    found = {row[0]: Neighbour(row[1], row[2]) for row in rows}
    return found.get(True), found.get(False)
