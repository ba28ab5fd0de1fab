"""Which counts answer for a stretch of time: whole blocks of 32 days, days and hours of UTC, and the moments at its
edges that no count is of, whose calls are counted one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

HOURS: Final = {1: 768, 2: 24, 3: 1}
"""How many hours a span of ``call_counts`` has."""
BLOCK, DAY, HOUR = 1, 2, 3

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_BEFORE_ALL: Final = -(2**31) + 1
_BEHIND_ALL: Final = 2**31 - 2

Edge = datetime | None
"""None stands for the beginning of all time, or its end."""


@dataclass(slots=True)
class Spans:
    """Runs of spans of one size, (span, first, last), and stretches of time between them, (begin, end)."""

    runs: list[tuple[int, int, int]] = field(default_factory=list)
    torn: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def torn_time(self) -> timedelta:
        """How long the stretches are together whose calls are counted one by one."""
        return sum((end - begin for begin, end in self.torn), timedelta())


@dataclass(frozen=True, slots=True)
class Passes:
    """What is read of the counts of one span: each from ``lows`` to ``highs``, and of that what lies in a run.

    A number lies in a run when an odd number of ``bounds`` is not greater. None where everything does.
    """

    span: int
    lows: list[int]
    highs: list[int]
    bounds: list[int] | None


def passes(spans: Spans) -> list[Passes]:
    """The runs of each span; a run that begins soon behind another one is read in one pass with it.

    Each pass begins with a look-up for each facet, which costs more than to read a few counts for nothing.
    """
    found: list[Passes] = []
    for span in HOURS:
        runs = [(low, high) for size, low, high in spans.runs if size == span]
        lows: list[int] = []
        highs: list[int] = []
        for low, high in runs:
            if highs and low - highs[-1] <= high - low + 2:
                highs[-1] = high
            else:
                lows.append(low)
                highs.append(high)
        if runs:
            bounds = [bound for low, high in runs for bound in (low, high + 1)]
            found.append(Passes(span, lows, highs, bounds if len(lows) < len(runs) else None))
    return found


def hour_from(moment: datetime) -> int:
    """The number of the first hour that begins at or after a moment."""
    return -((_EPOCH - moment) // _HOUR)


def spans_between(edges: Sequence[Edge], *, largest: int = BLOCK, smallest: int = HOUR) -> Spans:
    """What to add up between each edge and the next, so that nothing that is counted crosses an edge."""
    found = Spans()
    for begin, end in itertools.pairwise(edges):
        _between(found, begin, end, largest, smallest)
    return found


def _between(found: Spans, begin: Edge, end: Edge, largest: int, smallest: int) -> None:
    size = HOURS[smallest] * _HOUR
    low = _BEFORE_ALL if begin is None else -((_EPOCH - begin) // size)
    high = _BEHIND_ALL if end is None else (end - _EPOCH) // size
    if begin is not None and end is not None and low >= high:
        found.torn.append((begin, end))
        return
    if begin is not None and _at(low, size) > begin:
        found.torn.append((begin, _at(low, size)))
    for run in _runs(low, high, smallest, largest):
        _add(found, run)
    if end is not None and _at(high, size) < end:
        found.torn.append((_at(high, size), end))


def _at(number: int, size: timedelta) -> datetime:
    """Where a span begins; the one behind the last of all time begins with infinity, as the database reads it."""
    try:
        return _EPOCH + number * size
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _runs(low: int, high: int, span: int, largest: int) -> Iterator[tuple[int, int, int]]:
    """From ``low`` up to, and without, ``high`` in spans of this size; whole larger ones inside take their place."""
    if low >= high:
        return
    if span > largest:
        size = HOURS[span - 1] // HOURS[span]
        first = low if low == _BEFORE_ALL else -(-low // size)
        last = high if high == _BEHIND_ALL else high // size
        if first < last:
            if low != _BEFORE_ALL:
                yield from _runs(low, first * size, span, span)
            yield from _runs(first, last, span - 1, largest)
            if high != _BEHIND_ALL:
                yield from _runs(last * size, high, span, span)
            return
    yield span, low, high - 1


def _add(found: Spans, run: tuple[int, int, int]) -> None:
    """A run that goes on where the last one ended is one with it: which edge it crosses is told by its number."""
    if found.runs:
        span, first, last = found.runs[-1]
        if span == run[0] and last + 1 == run[1]:
            found.runs[-1] = (span, first, run[2])
            return
    found.runs.append(run)
