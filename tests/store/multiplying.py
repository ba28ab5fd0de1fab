"""Very many calls in one statement: copies of those that are there, each with an id and times of its own.

What a page costs depends on where calls stand and on what they share, so that stays, their facets with it; what is long
in a call does not come along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from calldex.store.database import Session

_LONG: Final = (
    "transcript",
    "translated_text",
    "analysis",
    "tasks",
    "display_tasks",
    "summary",
    "placeholders",
    "kept",
)
_COLUMNS: Final = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = 'calls'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


async def multiply(
    session: Session, organization_id: int, copies: int, moment: str, others: Mapping[str, str] | None = None
) -> None:
    """Copy each call that is there ``copies`` times. ``moment`` is the SQL of a copy's time and ``others`` that of more
    columns, by ``c``, the call, ``n``, the number of its copy from 1 on, and ``place``, its number among all copies.
    """
    special = {
        "id": "md5(c.id::text || n)::uuid",
        "occurred_at": moment,
        "transcript_text": "CASE WHEN c.has_transcript THEN '-' END",
        **dict.fromkeys(_LONG, "NULL"),
        **(others or {}),
    }
    columns = [row[0] for row in await session.fetch(_COLUMNS)]
    async with session.transaction():
        # The servers of tests do not wait for the disk, and VACUUM marks no page whose rows may not have come there.
        await session.execute("SET LOCAL synchronous_commit = on")
        await session.execute(
            f"INSERT INTO calls ({', '.join(columns)})"
            f" SELECT {', '.join(special.get(name, f'c.{name}') for name in columns)} FROM ("
            " SELECT k.*, row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS all_calls FROM calls k"
            " WHERE organization_id = $1) AS c CROSS JOIN generate_series(1, $2::integer) AS n"
            " CROSS JOIN LATERAL (SELECT (n - 1) * c.all_calls + c.number AS place) AS p",
            organization_id,
            copies,
        )


async def settle(session: Session) -> None:
    """Let the planner know, and mark the pages of tables as seen by all, as autovacuum does sooner or later."""
    await session.execute("VACUUM (ANALYZE) calls, call_counts, call_facets, organization_versions")
