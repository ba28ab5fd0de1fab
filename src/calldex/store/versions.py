"""How often an organization's calls and linked records have changed: what may be kept in memory, and for how long.

Whoever changes them holds the organization's write lock until the end of the transaction, so the numbers stand in the
order of commits: who has read version 7 has seen everything that versions 1 to 7 changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session

KEPT_CHANGES: Final = 256
"""So many changes of linked records are told apart; who missed more forgets all of them."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The version of an organization's calls, and of its linked records; ``mark`` is no other state's, ever."""

    calls: int
    records: int
    mark: UUID | None = None

    @classmethod
    def of(cls, calls: int | None, records: int | None, mark: UUID | None) -> Versions:
        """What stands in the columns, which are None where nothing has ever changed."""
        return cls(calls or 0, records or 0, mark)


COLUMNS: Final[LiteralString] = "v.calls, v.records, v.mark"
"""What a statement selects from ``organization_versions v`` for ``Versions.of``."""


async def read_versions(session: Session, organization_id: int) -> Versions:
    """The present ones."""
    row = await session.fetchrow(
        f"SELECT {COLUMNS} FROM organization_versions v WHERE v.organization_id = $1", organization_id
    )
    return Versions(0, 0) if row is None else Versions.of(*row)


async def change_calls(session: Session, organization_id: int) -> None:
    """Note that calls change, or what is shown with them. The caller holds the write lock."""
    await session.execute(
        "INSERT INTO organization_versions AS kept (organization_id, calls) VALUES ($1, 1)"
        " ON CONFLICT (organization_id) DO UPDATE SET calls = kept.calls + 1, mark = gen_random_uuid()",
        organization_id,
    )


async def change_records(session: Session, organization_id: int, ids: Sequence[UUID]) -> None:
    """Note that linked records change, and which. The caller holds the write lock."""
    await session.execute(
        "WITH now AS (INSERT INTO organization_versions AS kept (organization_id, records) VALUES ($1, 1)"
        " ON CONFLICT (organization_id) DO UPDATE SET records = kept.records + 1, mark = gen_random_uuid()"
        " RETURNING records),"
        " gone AS (DELETE FROM record_changes WHERE organization_id = $1"
        " AND version <= (SELECT records FROM now) - $3)"
        " INSERT INTO record_changes SELECT $1, records, $2 FROM now",
        organization_id,
        list(ids),
        KEPT_CHANGES,
    )


async def changed_records(session: Session, organization_id: int, seen: int, now: int) -> set[UUID] | None:
    """The linked records that changed after version ``seen`` up to ``now``; None when that is no longer known."""
    rows = await session.fetch(
        "SELECT record_ids FROM record_changes WHERE organization_id = $1 AND version > $2 AND version <= $3",
        organization_id,
        seen,
        now,
    )
    return {record for row in rows for record in row[0]} if len(rows) == now - seen else None


async def calls_versions(session: Session, organization_ids: Sequence[int]) -> dict[int, int]:
    """The versions of the calls of these organizations. One statement."""
    rows = await session.fetch(
        "SELECT organization_id, calls FROM organization_versions WHERE organization_id = ANY($1)",
        list(organization_ids),
    )
    return {row[0]: row[1] for row in rows}
