"""What a page touches: the very statement that the app sends, heard at the driver, carried out again under EXPLAIN,
with what it read of tables and indexes as the database itself counts it. None of it depends on the machine.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import CallList, Order, Place, list_calls
from calldex.surfaces.stuut.v1.render import COLUMNS

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

_READ = """
    SELECT c.relname, CASE c.relkind WHEN 'i' THEN pg_stat_get_xact_numscans(c.oid) ELSE 0 END AS scans,
        pg_stat_get_xact_tuples_returned(c.oid) AS rows
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE coalesce(i.indrelid, c.oid) = ANY (
        ARRAY['calls', 'call_counts', 'call_facets', 'organization_versions']::regclass[])
"""
_CALLED = "SELECT funcname, calls FROM pg_stat_xact_user_functions"


@dataclass
class Touched:
    """What one statement read: pages of 8 KiB, from memory or not; entries and rows; by index, how often it was entered
    and what came of it; and how often each function of ours was called.
    """

    buffers: int
    rows: int
    scans: dict[str, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    called: dict[str, int] = field(default_factory=dict)


Asked = tuple[str, tuple[Any, ...]]
"""A statement and its arguments."""


async def statements_of_page(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    window: Window,
    *,
    order: Order | None = None,
    after: Place | None = None,
) -> tuple[CallList, list[Asked]]:
    """A page, and the statements that it took when everything was known that a process can know.

    The database has one connection, so that it is known which one is asked.
    """
    await list_calls(database, organization_id, asked, window, COLUMNS, order=order, after=after)
    heard: list[Asked] = []

    def hear(query: Any) -> None:
        heard.append((query.query, tuple(query.args)))

    async with database.pool.acquire() as session:
        session.add_query_logger(hear)
    found = await list_calls(database, organization_id, asked, window, COLUMNS, order=order, after=after)
    async with database.pool.acquire() as session:
        session.remove_query_logger(hear)
    # Loggers are told a moment later.
    await asyncio.sleep(0)
    return found, heard


async def touched(session: Session, asked: Asked) -> Touched:
    """What a statement touches when its plans are made already."""
    query, arguments = asked
    explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {query}"
    transaction = session.transaction()
    await transaction.start()
    await session.execute("SELECT set_config('track_functions', 'pl', true)")
    await session.fetch(query, *arguments)
    before, called_before = await _read(session)
    plan = json.loads(await session.fetchval(explain, *arguments))[0]["Plan"]
    after, called_after = await _read(session)
    await transaction.rollback()
    entries = {name: rows - before[name][1] for name, (_, rows) in after.items()}
    return Touched(
        plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        sum(entries.values()),
        {name: scans - before[name][0] for name, (scans, _) in after.items()},
        entries,
        {name: calls - called_before.get(name, 0) for name, calls in called_after.items()},
    )


async def _read(session: Session) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    rows: Sequence[Any] = await session.fetch(_READ)
    called: Sequence[Any] = await session.fetch(_CALLED)
    return {row[0]: (row[1], row[2]) for row in rows}, {row[0]: row[1] for row in called}
