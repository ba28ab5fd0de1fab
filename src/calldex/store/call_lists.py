"""Lists of calls in other orders than the usual one, by page or from a known place on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, LiteralString
from uuid import UUID

from calldex.core.calls import Call
from calldex.core.filters import CallFilter, Window
from calldex.store.calls import Columns, count_calls, existing, read_row, reading
from calldex.store.conditions import Conditions, conditions

if TYPE_CHECKING:
    from calldex.store.database import Database

By = Literal["time", "duration"]

_LARGEST_OFFSET: Final = 2**62
_UNKNOWN_MS: Final = -1
_DURATION: Final[LiteralString] = "coalesce(c.duration_ms, -1)"


@dataclass(frozen=True, slots=True)
class Order:
    """By time or by duration, the greatest first unless ``ascending``; calls that are equal go by their UUID.

    A call whose duration is not known counts as shorter than all others.
    """

    by: By = "time"
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands in an order: its time or duration, and its UUID."""

    value: datetime | int
    id: UUID


@dataclass(frozen=True, slots=True)
class CallList:
    """Part of a list; ``more`` says whether it goes on, ``total`` how many there are if that was asked."""

    calls: list[Call]
    more: bool
    total: int | None


def place_of(call: Call, order: Order) -> Place:
    """Where a call stands; for the order by duration the call must have been asked with ``duration_ms``."""
    if order.by == "time":
        return Place(call.occurred_at, call.id)
    return Place(_UNKNOWN_MS if call.duration_ms is None else call.duration_ms, call.id)


async def browse_calls(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    order: Order,
    window: Window,
    columns: Columns,
    *,
    after: Place | None = None,
    count: bool = False,
) -> CallList:
    """The calls of a window of a filtered list, counted from the place ``after`` on if there is one.

    A list that is read from place to place shows every call once that was there all the time, whatever arrives.
    One statement, one more for the total, one more for a filter by partner, invoice or workflow.
    """
    async with reading(database) as (session, _):
        asked = await existing(session, organization_id, asked)
        found = conditions(organization_id, asked)
        keys = _keys(found, order)
        if after is not None:
            beyond: LiteralString = ">" if order.ascending else "<"
            found.clauses.append(f"({keys[0]}, {keys[1]}) {beyond} ({found.add(after.value)}, {found.add(after.id)})")
        direction: LiteralString = "ASC" if order.ascending else "DESC"
        limit, offset = found.add(window.limit + 1), found.add(min(window.offset, _LARGEST_OFFSET))
        rows = await session.fetch(
            f"WITH page AS MATERIALIZED ("
            f" SELECT c.id, {keys[0]} AS place FROM {found.source} WHERE {found.where}"
            f" ORDER BY {keys[0]} {direction}, {keys[1]} {direction} LIMIT {limit} OFFSET {offset})"
            f" SELECT {columns.sql} FROM page p JOIN calls c ON c.organization_id = $1 AND c.id = p.id"
            f" ORDER BY p.place {direction}, p.id {direction}",
            *found.values,
        )
        total = await count_calls(session, organization_id, asked) if count else None
    calls = [read_row(columns.names, row) for row in rows]
    return CallList(calls[: window.limit], len(calls) > window.limit, total)


def _keys(found: Conditions, order: Order) -> tuple[LiteralString, LiteralString]:
    return found.ordered_by if order.by == "time" else (_DURATION, "c.id")
