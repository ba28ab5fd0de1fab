"""Days, weeks, months and years as somebody in a time zone lives them, as spans of instants.

A day begins where its date begins in the zone, so it has 23 or 25 hours where clocks are changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from calldex.core.times import day_of, in_zone

Unit = Literal["day", "week", "month", "year", "century"]

_MOST_DAYS: Final[tuple[tuple[Unit, int], ...]] = (("day", 92), ("week", 732), ("month", 3_050), ("year", 36_525))
"""Up to how many days are shown in each unit, so that there are about a hundred columns at most."""
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_CHANGING: Final = range(1800, 2101)
"""The years in which clocks are changed: nobody did before, and who knows what will be behind them."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Spans of one unit that follow each other without a gap: the first at ``edges[0]``, the last up to ``edges[-1]``.

    The first and the last span are cut where what was asked for begins and ends. ``dates`` are the first days of
    the spans, of the whole ones too where a span is cut.
    """

    unit: Unit
    dates: tuple[date, ...]
    edges: tuple[datetime, ...]


def start_of_day(zone: ZoneInfo, day: date) -> datetime:
    """The first instant at which it is that day, or a later one, in the zone; in UTC."""
    midnight = datetime.combine(day, time())
    try:
        moment = midnight.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == 1 else _LAST
    if _wall(zone, moment) == midnight:
        return moment
    # Clocks were put forward over midnight, so the day begins when they were.
    low, high = moment - _DAY, moment + _DAY
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        low, high = (low, middle) if _wall(zone, middle) >= midnight else (middle, high)
    return high.replace(microsecond=0)


def calendar(zone: ZoneInfo, begin: datetime, end: datetime) -> Calendar:
    """The days from ``begin`` up to ``end``, or spans of a longer unit where there are too many days."""
    if begin >= end:
        return Calendar("day", (), ())
    first, last = day_of(begin, zone), day_of(end - timedelta.resolution, zone)
    days = (last - first).days + 1
    unit: Unit = next((name for name, most in _MOST_DAYS if days <= most), "century")
    dates: list[date] = []
    edges: list[datetime] = []
    for day in _firsts(unit, first, last):
        edge = max(start_of_day(zone, day), begin) if edges else begin
        if edges and edge == edges[-1]:
            # A day that the zone left out, as an island does that moves to the other side of the date line.
            dates.pop()
            edges.pop()
        dates.append(day)
        edges.append(edge)
    return Calendar(unit, tuple(dates), (*edges, end))


def _firsts(unit: Unit, first: date, last: date) -> Iterator[date]:
    """The first days of the spans that these days are in."""
    if unit in {"day", "week"}:
        steps = 1 if unit == "day" else 7
        begin = first.toordinal() - (first.weekday() if unit == "week" else 0)
        yield from map(date.fromordinal, range(max(begin, 1), last.toordinal() + 1, steps))
    elif unit == "month":
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            yield date(month // 12, month % 12 + 1, 1)
    else:
        years = 1 if unit == "year" else 100
        for year in range(first.year - (first.year - 1) % years, last.year + 1, years):
            yield date(year, 1, 1)


@dataclass(frozen=True, slots=True)
class Offsets:
    """How far the clocks of a zone are ahead of UTC: from each of ``since`` on by so many ``seconds``."""

    since: tuple[datetime, ...]
    seconds: tuple[int, ...]

    @property
    def whole_hours(self) -> bool:
        """Whether every hour of the zone is an hour of UTC."""
        changes = self.since[1:]
        return all(seconds % 3600 == 0 for seconds in self.seconds) and all(
            change.minute == change.second == 0 for change in changes
        )

    @property
    def minute(self) -> int:
        """How many minutes past the hour clocks showed at full hours of UTC, by the last offset."""
        return self.seconds[-1] % 3600 // 60

    def by_hours_of_utc(self) -> Offsets:
        """Clocks that show full hours at those of UTC: ``minute`` minutes behind the real ones, less than an hour."""
        return Offsets(self.since, tuple(seconds - seconds % 3600 for seconds in self.seconds))


def offsets(zone: ZoneInfo, begin: datetime, end: datetime) -> Offsets:
    """The offsets of the zone between two instants; the first holds from ``begin`` on."""
    steady = datetime(_CHANGING[0], 1, 1, tzinfo=UTC), datetime(_CHANGING[-1], 12, 31, 23, tzinfo=UTC)
    since, seconds = [begin], [_offset(zone, min(max(begin, steady[0]), steady[1]))]
    for year in range(max(begin.year, _CHANGING[0]), min(end.year, _CHANGING[-1]) + 1):
        for change, offset in _changes_of_year(zone, year):
            if begin < change < end:
                since.append(change)
                seconds.append(offset)
    return Offsets(tuple(since), tuple(seconds))


@lru_cache(maxsize=8192)
def _changes_of_year(zone: ZoneInfo, year: int) -> tuple[tuple[datetime, int], ...]:
    """When clocks were changed in a year of UTC, and to which offset in seconds; never twice within a day."""
    changes: list[tuple[datetime, int]] = []
    begin = datetime(year, 1, 1, tzinfo=UTC) - _SECOND
    low, before = begin, _offset(zone, begin)
    for place in range(1, 367):
        high = min(begin + place * _DAY, datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC))
        after = _offset(zone, high)
        if after != before:
            changes.append((_change_between(zone, low, high), after))
        low, before = high, after
    return tuple(changes)


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second of the offset that holds at ``high`` and not yet at ``low``."""
    before = _offset(zone, low)
    while high - low > _SECOND:
        middle = (low + (high - low) // 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return (_wall(zone, moment) - moment.replace(tzinfo=None)) // _SECOND


def _wall(zone: ZoneInfo, moment: datetime) -> datetime:
    """What clocks of the zone show, without the zone; at the ends of all time they stand still."""
    return in_zone(moment, zone).replace(tzinfo=None, fold=0)
