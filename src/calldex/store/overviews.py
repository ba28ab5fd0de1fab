"""The figures of the overview: how many calls of a filter there are by day, hour, outcome, length and partner.

Each of them is one aggregate statement, of one moment, beside what a filter needs to be understood. All take the
organization and the filter, whose window of time is the figure's; some take the IANA name of the viewer's time zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calldex.core.answering import DIALLED, was_answered
from calldex.core.calendar import Unit, calendar, offsets
from calldex.core.facets import LENGTH_BOUNDS_MS, Told
from calldex.core.filters import CallFilter
from calldex.store.calls import reading
from calldex.store.counting import (
    LENGTH,
    SENTIMENT,
    STATUS,
    VOICEMAIL,
    WORDS,
    Field,
    Statement,
    Times,
    ask,
    calls_of,
    count_by,
)

if TYPE_CHECKING:
    from calldex.store.database import Database

TOP_PARTNERS: Final = 10


@dataclass(frozen=True, slots=True)
class Column:
    """The calls of one span of time, ``begin`` <= time < ``end``, by what they are told apart by.

    ``day`` is the first day of the whole span, which the window may cut.
    """

    day: date
    begin: datetime
    end: datetime
    calls: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class OverTime:
    """Spans of one unit, in order, without a gap."""

    unit: Unit
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the calls that were dialled, how many were answered."""

    answered: int = 0
    dialled: int = 0


@dataclass(frozen=True, slots=True)
class AnswersByHour:
    """For each weekday from Monday on what there was in its 24 hours, which begin ``minute`` minutes past the hour."""

    minute: int
    days: tuple[tuple[Answers, ...], ...]


@dataclass(frozen=True, slots=True)
class Length:
    """How many calls lasted from ``at_least_ms`` on to below ``below_ms``; None where there is no such bound."""

    at_least_ms: int | None
    below_ms: int | None
    calls: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """Calls by their duration, and those of which it is not known."""

    classes: tuple[Length, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class PartnerCalls:
    """A partner and its calls."""

    partner: UUID
    calls: int


async def calls_by_status(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    zone: str,
) -> OverTime:
    """Calls per day and status; without an end of the window up to the last call, of longer spans than days if many."""
    return await _over_time(database, organization_id, asked, zone, STATUS)


async def calls_by_sentiment(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    zone: str,
) -> OverTime:
    """Calls per day and sentiment, None where there is none; like ``calls_by_status``."""
    return await _over_time(database, organization_id, asked, zone, SENTIMENT)


async def answers_by_hour(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    zone: str,
    *,
    by_hours_of_utc: bool = False,
) -> AnswersByHour:
    """What was dialled and answered in each of the 24 hours of each weekday of the zone.

    With ``by_hours_of_utc`` the hours of a zone like India's, which begin at half past an hour of UTC, are not those of
    its clocks but those of UTC, as counts know them: else every call of the window is looked at there. An hour belongs
    to the weekday on which it begins.
    """
    statuses = tuple(status for status in asked.statuses or DIALLED if status in DIALLED)
    bounds = await _bounds(database, organization_id, asked)
    answered: Counter[int] = Counter()
    dialled: Counter[int] = Counter()
    minute = 0
    if statuses and bounds is not None:
        asked = replace(asked, statuses=statuses)
        clocks = offsets(ZoneInfo(zone), *bounds)
        if by_hours_of_utc:
            minute, clocks = clocks.minute, clocks.by_hours_of_utc()
        times = Times(bounds, clocks)
        rows = await count_by(database, organization_id, asked, times, (STATUS, VOICEMAIL))
        for hour, status, voicemail, calls in rows:
            dialled[hour] += calls
            answered[hour] += calls if was_answered(status, voicemail=voicemail) else 0
    days = tuple(
        tuple(Answers(answered[place], dialled[place]) for place in range(24 * day, 24 * day + 24)) for day in range(7)
    )
    return AnswersByHour(minute, days)


async def calls_by_classification(
    database: Database,
    organization_id: int,
    asked: CallFilter,
) -> Counter[str | None]:
    """Calls by the words of their classifications, in each of them if they have several; None if they have none."""
    found: Counter[str | None] = Counter()
    if not _is_empty(asked):
        times = Times((asked.occurred_from, asked.occurred_before))
        for _, words, calls in await count_by(database, organization_id, asked, times, (WORDS,)):
            for word in set(words or ()) or {None}:
                found[word] += calls
    return found


async def calls_by_length(
    database: Database,
    organization_id: int,
    asked: CallFilter,
) -> Lengths:
    """Calls by class of duration."""
    found: Counter[int | None] = Counter()
    if not _is_empty(asked):
        times = Times((asked.occurred_from, asked.occurred_before))
        for _, length, calls in await count_by(database, organization_id, asked, times, (LENGTH,)):
            found[length] += calls
    bounds = (None, *LENGTH_BOUNDS_MS, None)
    classes = tuple(Length(bounds[place], bounds[place + 1], found[place]) for place in range(len(bounds) - 1))
    return Lengths(classes, found[None])


async def top_partners(
    database: Database,
    organization_id: int,
    asked: CallFilter,
    *,
    limit: int = TOP_PARTNERS,
) -> list[PartnerCalls]:
    """The partners with the most calls, those with the most first. One statement, in the index of partners."""
    if _is_empty(asked):
        return []

    def write(asked: CallFilter, told: Told, folded: frozenset[str]) -> Statement:
        found, source = calls_of(organization_id, asked, told, folded, ())
        return Statement(
            f"SELECT c.partner, count(*) AS calls FROM {source} AND c.partner IS NOT NULL"
            f" GROUP BY c.partner ORDER BY calls DESC, c.partner LIMIT {found.add(limit)}",
            found.values,
        )

    rows = await ask(database, organization_id, asked, write)
    rows.sort(key=lambda row: (-row[1], row[0]))
    return [PartnerCalls(*row) for row in rows]


async def _over_time(database: Database, organization_id: int, asked: CallFilter, zone: str, by: Field) -> OverTime:
    bounds = await _bounds(database, organization_id, asked)
    if bounds is None:
        return OverTime("day", ())
    spans = calendar(ZoneInfo(zone), *bounds)
    places: list[Counter[str | None]] = [Counter() for _ in spans.dates]
    for place, value, calls in await count_by(database, organization_id, asked, Times(spans.edges), (by,)):
        places[place][value] += calls
    columns = zip(spans.dates, spans.edges[:-1], spans.edges[1:], places, strict=True)
    return OverTime(spans.unit, tuple(Column(*column) for column in columns))


async def _bounds(database: Database, organization_id: int, asked: CallFilter) -> tuple[datetime, datetime] | None:
    """From when to when is asked for; where that has no end, from the first call or behind the last, if there is one.

    One more statement in that case, which looks at two entries of an index.
    """
    begin, end = asked.occurred_from, asked.occurred_before
    if begin is None or end is None:
        async with reading(database) as (session, _):
            row = await session.fetchrow(
                "SELECT min(c.occurred_at), max(c.occurred_at) FROM calls c"
                " WHERE c.organization_id = $1 AND c.deleted_at IS NULL",
                organization_id,
            )
        if row is None or row[0] is None:
            return None
        begin = row[0] if begin is None else begin
        end = row[1] + timedelta.resolution if end is None else end
    return (begin, end) if begin < end else None


def _is_empty(asked: CallFilter) -> bool:
    begin, end = asked.occurred_from, asked.occurred_before
    return begin is not None and end is not None and begin >= end
