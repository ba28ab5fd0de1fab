"""Copies of calls that are there already, for measuring: many calls in little time, as true as the first ones.

A copy is a call of its own: new id, new vendors' ids, all its times moved together. What it points at stays. The
columns come from the catalogue, so that a new one needs nothing here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Connection, Session

_MOVED: Final = ("occurred_at", "created_at", "modified_at", "started_at", "ended_at", "deleted_at", "decided_at")

_TABLES: Final = """
    SELECT quote_ident(t.relname) FROM pg_class t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'call_id' AND NOT a.attisdropped
    JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND EXISTS (
        SELECT 1 FROM pg_attribute k
        WHERE k.attrelid = t.oid AND k.attnum = ANY(i.indkey) AND k.attname IN ('call_id', 'vendor_id'))
    ORDER BY t.relname
"""
"""The tables of what belongs to a call, save those whose keys have neither it nor its vendor's id in them."""

_COLUMNS: Final = """
    SELECT quote_ident(attname) FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""

_SOURCE: Final = """
    FROM unnest($2::uuid[]) AS b (id) JOIN calls c ON c.organization_id = $1 AND c.id = b.id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.occurred_at + $4::interval < $5::timestamptz THEN $4::interval
            ELSE $4::interval - $6::interval END AS by) AS m
    CROSS JOIN LATERAL (SELECT md5(c.id::text || '-' || $3::integer) AS text) AS h
    CROSS JOIN LATERAL (SELECT (
        lpad(to_hex(floor(extract(epoch FROM c.occurred_at + m.by) * 1000)::bigint), 12, '0')
        || '7' || substr(h.text, 1, 3) || 'a' || substr(h.text, 4, 15))::uuid AS id) AS n
"""
"""The calls at hand with the interval that each is moved by and its new id, a UUIDv7 that depends on them alone."""


@dataclass(frozen=True, slots=True)
class Copying:
    """How the copies of one round are made.

    ``number`` tells the rounds apart. Times are moved by ``moved``, and a call that would come to ``end`` or later
    goes back by ``span``: the same stretch of time is filled again.
    """

    number: int
    moved: timedelta
    end: datetime
    span: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """The statements that copy, made once from the catalogue."""

    columns: tuple[str, ...]
    calls: str
    others: tuple[str, ...]


async def calls_in_time(session: Session, organization_id: int) -> list[tuple[UUID, datetime]]:
    """Every call of the organization with its time, the oldest first."""
    rows = await session.fetch(
        "SELECT id, occurred_at FROM calls WHERE organization_id = $1 ORDER BY occurred_at, id", organization_id
    )
    return [(row[0], row[1]) for row in rows]


async def make_plan(session: Session) -> Plan:
    """Ask the catalogue which tables and columns there are."""
    columns = await _columns(session, "calls")
    special = {"id": "n.id", "vendor_ids": _renamed("c.vendor_ids")} | {name: f"c.{name} + m.by" for name in _MOVED}
    calls = f"SELECT {', '.join(special.get(name, f'c.{name}') for name in columns)} {_SOURCE}"
    others = [await _other(session, table) for (table,) in await session.fetch(_TABLES)]
    return Plan(tuple(columns), calls, tuple(others))


async def _other(session: Session, table: str) -> str:
    columns = await _columns(session, table)
    special = {
        "call_id": "n.id",
        "vendor_id": "o.vendor_id || '-' || $3::integer",
        "occurred_at": "o.occurred_at + m.by",
    }
    return (
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {', '.join(special.get(name, f'o.{name}') for name in columns)} {_SOURCE}"
        f" JOIN {table} o ON o.organization_id = $1 AND o.call_id = c.id"
        # A table that a trigger fills has them already.
        " ON CONFLICT DO NOTHING"
    )


async def _columns(session: Session, table: str) -> list[str]:
    return [row[0] for row in await session.fetch(_COLUMNS, table)]


def _renamed(column: str) -> str:
    names = f"SELECT json_object_agg(v.key, v.value || '-' || $3::integer) FROM json_each_text({column}) v"
    return f"coalesce(({names}), '{{}}'::json)"


async def copy_calls(
    reader: Connection, writer: Connection, organization_id: int, plan: Plan, ids: Sequence[UUID], copying: Copying
) -> None:
    """Copy these calls and what belongs to them, in one transaction of the writer: the calls stream from one
    connection into the other by COPY.
    """
    values = (organization_id, list(ids), copying.number, copying.moved, copying.end, copying.span)
    # Only few pieces wait, so that the reader never runs away from the writer.
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(64)

    async def read() -> None:
        await reader.copy_from_query(plan.calls, *values, output=pieces.put, format="binary")
        await pieces.put(None)

    async def come() -> AsyncIterator[bytes]:
        while (piece := await pieces.get()) is not None:
            yield piece

    async with asyncio.TaskGroup() as together:
        reading = together.create_task(read())
        async with writer.transaction():
            # The calls come last: their triggers change counts that two writers share, and then the end is near.
            for statement in plan.others:
                await writer.execute(statement, *values)
            await writer.copy_to_table("calls", source=come(), columns=list(plan.columns), format="binary")
            await reading


async def written_tables(session: Session) -> list[str]:
    """The tables of calls, of records and of what belongs to a call."""
    others = await session.fetch(
        "SELECT quote_ident(table_name) FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND column_name = 'call_id' ORDER BY table_name"
    )
    return ["records", "record_forms", *(row[0] for row in others), "calls"]


async def copy_seconds(session: Session, tables: Sequence[str]) -> float:
    """How long COPY takes to write the rows of these tables into empty ones with the same columns and indexes."""
    seconds = 0.0
    for table in tables:
        rows = BytesIO()
        await session.copy_from_table(table, output=rows, format="binary")
        rows.seek(0)
        await session.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        start = perf_counter()
        await session.copy_to_table(f"bench_{table}", source=rows, format="binary")
        seconds += perf_counter() - start
        await session.execute(f"DROP TABLE bench_{table}")
    return seconds


async def settle(session: Session) -> None:
    """Tell the planner what is there now, and mark pages as visible to all."""
    await session.execute("VACUUM ANALYZE")
