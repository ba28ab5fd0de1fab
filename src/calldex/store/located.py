"""Finding calls and records by whatever id a client knows, inside a transaction that is going to write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.core.calls import Call
from calldex.core.ids import uuid_within
from calldex.store.calls import Columns, lookup_form, read_row

if TYPE_CHECKING:
    from calldex.store.database import Session


async def locate_calls(session: Session, organization_id: int, texts: Collection[str], source: str) -> dict[str, UUID]:
    """The calls that clients mean by these ids, deleted ones included; an id that means none is left out.

    The asking surface's own ``source`` comes first when two sources use the same id. One statement.
    """
    wanted = list(dict.fromkeys(texts))
    if not wanted:
        return {}
    rows = await session.fetch(
        "SELECT w.text, c.id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS w (text, looked_up, own)"
        " CROSS JOIN LATERAL (SELECT coalesce("
        " (SELECT i.call_id FROM call_ids i WHERE i.organization_id = $1 AND i.vendor_id = w.looked_up"
        " ORDER BY i.source <> $5, i.source LIMIT 1), w.own) AS id) AS f"
        " JOIN calls c ON c.organization_id = $1 AND c.id = f.id",
        organization_id,
        wanted,
        [lookup_form(text) for text in wanted],
        [uuid_within(text) for text in wanted],
        source,
    )
    return {row[0]: row[1] for row in rows}


async def read_calls(session: Session, organization_id: int, ids: Sequence[UUID], columns: Columns) -> dict[UUID, Call]:
    """The calls of these UUIDs that there are, as a surface shows them. One statement."""
    rows = await session.fetch(
        f"SELECT {columns.sql} FROM calls c WHERE c.organization_id = $1 AND c.id = ANY($2)", organization_id, list(ids)
    )
    found = (read_row(columns.names, row) for row in rows)
    return {call.id: call for call in found}
