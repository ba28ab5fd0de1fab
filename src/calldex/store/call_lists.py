"""Lists of calls: any page of any filter, with its exact total, in one statement.

Where facets and a window of time answer the whole filter, the database finds the page by adding up counts
(docs/decisions/0017-counts.md). Other filters are selective: their calls are counted and passed in an index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, LiteralString
from uuid import UUID

from calldex.core.calls import Call
from calldex.core.facets import FINEST
from calldex.core.filters import CallFilter, Window
from calldex.core.searching import Understood
from calldex.store.calls import Columns, Deadline, existing, read_row, reading
from calldex.store.conditions import Conditions, conditions, gathered_by_numbers, has_numbers, some_of_numbers
from calldex.store.facets import Marks
from calldex.store.versions import COLUMNS as VERSION_COLUMNS
from calldex.store.versions import Versions

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

By = Literal["time", "duration"]

_LARGEST_OFFSET: Final = 2**62
"""Beyond this PostgreSQL cannot count, and no list is that long."""
_UNKNOWN_MS: Final = -1
_DURATION: Final[LiteralString] = "coalesce(c.duration_ms, -1)"
_ATTEMPTS: Final = 5
_FEW_NUMBERS: Final = 5000
_BEFORE: Final = 5
"""Columns that stand before those of the call: the total, the newest facet, the three of the versions."""
_CREATION: Final = frozenset({"created_from", "created_until"})
_DURATIONS: Final = frozenset({"min_duration_ms", "max_duration_ms"})
_FINEST: Final[LiteralString] = "5"
assert str(FINEST) == _FINEST  # noqa: S101 - a text that is literal, so that it can be part of a statement.


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
    """Part of a list; ``more`` says whether it goes on, ``total`` how many there are if that was asked.

    ``versions`` are those of the organization at that moment.
    """

    calls: list[Call]
    more: bool
    total: int | None
    versions: Versions


def place_of(call: Call, order: Order) -> Place:
    """Where a call stands; for the order by duration the call must have been asked with ``duration_ms``."""
    if order.by == "time":
        return Place(call.occurred_at, call.id)
    return Place(_UNKNOWN_MS if call.duration_ms is None else call.duration_ms, call.id)


async def list_calls(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    window: Window,
    columns: Columns,
    *,
    order: Order | None = None,
    after: Place | None = None,
    count: bool = True,
    deadline_ms: int | None = None,
) -> CallList:
    """The calls of a window of a filtered list, counted from the place ``after`` on if there is one.

    A list that is read from place to place shows every call once that was there all the time, whatever arrives.
    One statement, so that page and total are of one moment; one more for a filter by partner or invoice, and one or
    two where this process does not know yet which facets the filter means. ``deadline_ms`` holds for all of them.
    """
    order = order or Order()
    async with reading(database, deadline_ms) as (session, deadline):
        await deadline.arm()
        asked = await existing(session, organization_id, asked)
        rows = await _rows(
            database, session, deadline, organization_id, asked, window, columns, order=order, after=after, count=count
        )
    total, _, *versions = rows[0][:_BEFORE]
    calls = [read_row(columns.names, row[_BEFORE:]) for row in rows if row[_BEFORE] is not None]
    more = len(calls) > window.limit
    return CallList(calls[: window.limit], more, total if count else None, Versions.of(*versions))


async def _rows(
    database: Database,
    session: Session,
    deadline: Deadline,
    organization_id: int,
    asked: CallFilter,
    window: Window,
    columns: Columns,
    *,
    order: Order,
    after: Place | None,
    count: bool,
) -> list[Any]:
    for attempt in range(_ATTEMPTS if asked.said is None else 0):
        marks = await database.marks.of(session, organization_id, asked, anew=attempt > 0)
        await deadline.arm()
        rest = marks.told.rest(asked)
        if not rest.given() and order.by == "time":
            rows = await _counted(session, organization_id, marks, asked, window, columns, order, after)
            if rows[0][0] is not None:
                return rows
            continue
        found = conditions(organization_id, _within(rest, asked), marks.bits)
        total = _total(found, marks, asked, rest) if count else "NULL::bigint"
        if count and rest.given().keys() & _CREATION:
            # A window can hold a few calls or most of them, and what the planner knows of columns tells it which.
            found = conditions(organization_id, asked, beside=found)
        elif order.by == "time":
            found.source = await _led_by(session, deadline, organization_id, found, marks, rest, order)
        rows = await _passed(session, found, total, window, columns, order, after)
        if marks.bits is None or rows[0][1] <= marks.known:
            return rows
    # A search knows its own way to its calls; and new facets may come faster than they can be looked at.
    found = conditions(organization_id, asked)
    counted: LiteralString = "NULL::bigint"
    if count and isinstance(asked.said, Understood):
        counted = _matches(organization_id, found, asked, asked.said)
    elif count:
        counted = f"(SELECT count(*) FROM {found.source} WHERE {found.where})"
    await deadline.arm()
    return await _passed(session, found, counted, window, columns, order, after)


async def _led_by(
    session: Session,
    deadline: Deadline,
    organization_id: int,
    found: Conditions,
    marks: Marks,
    rest: CallFilter,
    order: Order,
) -> LiteralString:
    """Where the calls come from that lead to a page, where the planner's own choice can be many times off."""
    if rest.given().keys() <= _DURATIONS:
        dense = marks.bits is None or await _is_dense(session, organization_id, marks.bits)
        await deadline.arm()
        return _walked(order) if dense else _gathered(found, marks)
    if has_numbers(rest) and found.source == "calls c":
        few = await _are_few(session, organization_id, rest)
        await deadline.arm()
        return gathered_by_numbers(found, rest) if few else found.source
    return found.source


def _matches(organization_id: int, found: Conditions, asked: CallFilter, said: Understood) -> LiteralString:
    """How many calls match a search and fit the rest of the filter, as one value.

    LATERAL makes the rest a look-up for each match. A planner that has not yet counted the tables would otherwise go
    through all matches for each call.
    """
    matches: LiteralString = (
        f"FROM call_texts t WHERE t.organization_id = $1 AND t.words @@ {found.add(said.query)}::tsquery"
    )
    rest = replace(asked, said=None)
    if not rest.given():
        return f"(SELECT count(*) {matches})"
    fits = conditions(organization_id, rest, beside=found)
    return (
        f"(SELECT count(*) FROM (SELECT t.call_id {matches} OFFSET 0) AS m CROSS JOIN LATERAL"
        f" (SELECT 1 FROM {fits.source} WHERE c.id = m.call_id AND {fits.where} OFFSET 0) AS x)"
    )


def _within(rest: CallFilter, asked: CallFilter) -> CallFilter:
    """The rest of a filter with its window of time, which the calls must be asked too."""
    return replace(rest, occurred_from=asked.occurred_from, occurred_before=asked.occurred_before)


async def _counted(
    session: Session,
    organization_id: int,
    marks: Marks,
    asked: CallFilter,
    window: Window,
    columns: Columns,
    order: Order,
    after: Place | None,
) -> list[Any]:
    """A page that is found by its place; the total is None when the marks are too old."""
    return await session.fetch(
        f"SELECT p.total, 0, {VERSION_COLUMNS}, {columns.sql}"
        " FROM page_of_calls($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) p"
        " LEFT JOIN organization_versions v ON v.organization_id = $1"
        " LEFT JOIN LATERAL unnest(p.ids) WITH ORDINALITY AS i (id, place) ON true"
        " LEFT JOIN calls c ON c.organization_id = $1 AND c.id = i.id ORDER BY i.place",
        organization_id,
        marks.told.detail,
        marks.bits,
        None if marks.facets is None else list(marks.facets),
        len(marks.finest),
        marks.known,
        asked.occurred_from,
        asked.occurred_before,
        None if after is None else after.value,
        None if after is None else after.id,
        min(window.offset, _LARGEST_OFFSET),
        window.limit + 1,
        order.ascending,
    )


def _total(found: Conditions, marks: Marks, asked: CallFilter, rest: CallFilter) -> LiteralString:
    """How many calls there are, as one value. Durations alone are counted in those facets only that they divide."""
    windowed = asked.occurred_from is not None or asked.occurred_before is not None
    if windowed or marks.bits is None or not rest.given().keys() <= _DURATIONS:
        return f"(SELECT count(*) FROM {found.source} WHERE {found.where})"
    whole = bytearray(marks.bits)
    for number in marks.edges:
        whole[number >> 3] &= ~(1 << (number & 7))
    edges = Conditions("calls c", ["c.organization_id = $1", "c.deleted_at IS NULL", "c.facet = e.facet"], found.values)
    edges.durations(rest)
    return (
        f"((SELECT coalesce(sum(k.calls), 0) FROM call_counts k WHERE k.organization_id = $1 AND k.detail = {_FINEST}"
        f" AND k.span = 0 AND {found.marked('k.facet', bytes(whole))})"
        # OFFSET keeps the look-ups by facet apart; joined with all calls they would be one large join.
        f" + (SELECT count(*) FROM unnest({found.add(list(marks.edges))}::integer[]) AS e (facet) CROSS JOIN LATERAL"
        f" (SELECT 1 FROM calls c WHERE {edges.where} OFFSET 0) AS x))::bigint"
    )


async def _is_dense(session: Session, organization_id: int, bits: bytes) -> bool:
    """Whether so many calls are in the marked finest facets that a page of them is soon found among all calls."""
    return bool(
        await session.fetchval(
            "SELECT 50 * coalesce(sum(c.calls) FILTER (WHERE c.detail = $2"
            " AND CASE WHEN c.facet < $4 THEN get_bit($3::bytea, c.facet) = 1 END), 0)"
            " > coalesce(sum(c.calls) FILTER (WHERE c.detail = 0), 0) FROM call_counts c"
            " WHERE c.organization_id = $1 AND c.detail = ANY(ARRAY[0, $2]::smallint[]) AND c.span = 0",
            organization_id,
            FINEST,
            bits,
            len(bits) * 8,
        )
    )


async def _are_few(session: Session, organization_id: int, asked: CallFilter) -> bool:
    """Whether so few calls have the numbers that all of them are soon looked up.

    What the planner believes of a number is many times off, and then it passes a hundred thousand calls for a page.
    """
    counted, values = some_of_numbers(organization_id, asked, _FEW_NUMBERS + 1)
    return bool(await session.fetchval(f"SELECT {counted}", *values) <= _FEW_NUMBERS)


def _gathered(found: Conditions, marks: Marks) -> LiteralString:
    """The calls of the finest facets that fit, in no order."""
    return (
        f"unnest({found.add(list(marks.finest))}::integer[]) AS e (number) CROSS JOIN LATERAL"
        " (SELECT k.organization_id, k.id, k.occurred_at, k.facet, k.duration_ms, NULL::timestamptz AS deleted_at"
        " FROM calls k WHERE k.organization_id = $1 AND k.deleted_at IS NULL AND k.facet = e.number OFFSET 0) c"
    )


def _walked(order: Order) -> LiteralString:
    """All calls in the order of the list, from an index that holds what is asked of them.

    The planner knows nothing of marks, takes them to fit next to nothing, and would sort instead. OFFSET keeps the
    conditions out of the inside; a call that is not deleted has no other time of deletion to look up.
    """
    direction: LiteralString = "ASC" if order.ascending else "DESC"
    return (
        "(SELECT organization_id, id, occurred_at, facet, duration_ms, NULL::timestamptz AS deleted_at FROM calls"
        " WHERE organization_id = $1 AND deleted_at IS NULL"
        f" ORDER BY occurred_at {direction}, id {direction} OFFSET 0) c"
    )


async def _passed(
    session: Session,
    found: Conditions,
    total: LiteralString,
    window: Window,
    columns: Columns,
    order: Order,
    after: Place | None,
) -> list[Any]:
    """A page that is found by passing the calls before it in an index."""
    keys = found.ordered_by if order.by == "time" else (_DURATION, "c.id")
    clauses: LiteralString = found.where
    if after is not None:
        beyond: LiteralString = ">" if order.ascending else "<"
        clauses += f" AND ({keys[0]}, {keys[1]}) {beyond} ({found.add(after.value)}, {found.add(after.id)})"
    direction: LiteralString = "ASC" if order.ascending else "DESC"
    limit, offset = found.add(window.limit + 1), found.add(min(window.offset, _LARGEST_OFFSET))
    return await session.fetch(
        f"WITH page AS MATERIALIZED ("
        f" SELECT c.id, {keys[0]} AS place FROM {found.source} WHERE {clauses}"
        f" ORDER BY {keys[0]} {direction}, {keys[1]} {direction} LIMIT {limit} OFFSET {offset})"
        f" SELECT t.total, t.latest, {VERSION_COLUMNS}, {columns.sql} FROM (SELECT {total} AS total,"
        " (SELECT coalesce(max(f.id), -1) FROM call_facets f WHERE f.organization_id = $1) AS latest) AS t"
        " LEFT JOIN organization_versions v ON v.organization_id = $1"
        " LEFT JOIN page p ON true LEFT JOIN calls c ON c.organization_id = $1 AND c.id = p.id"
        f" ORDER BY p.place {direction}, p.id {direction}",
        *found.values,
    )
