"""When the business calls: working days, working hours and the bursts of its diallers."""

from bisect import bisect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

from calldex.ingest.demo.chance import between

HISTORY_DAYS = 182

# Hours of a working day (local time) and how busy each is.
_FIRST_HOUR = 8
_HOUR_LOADS = list(accumulate([2, 6, 9, 10, 7, 4, 7, 9, 8, 6, 2]))
# Twice a day a dialler works through what its workflow has planned, within minutes.
_BURST_HOURS = (10, 14)
_UTC_OFFSETS = {"US": 5, "FR": -1, "ES": -1}

Draw = Callable[[Random, str, bool], datetime]


def working_hours(now: datetime) -> Draw:
    """A function that draws the moment of a call in the six months before `now`.

    It takes the generator, the country ("US", "FR", "ES") and whether a dialler makes the call.
    The moment lies at least twenty minutes in the past, so that the call can be over by now.
    """
    latest = now - timedelta(minutes=20)
    first_day = (now - timedelta(days=HISTORY_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first_day + timedelta(days=offset) for offset in range(HISTORY_DAYS + 1)]
    loads = list(accumulate(_load(day) for day in days))

    def draw(rng: Random, country: str, burst: bool) -> datetime:
        while True:
            day = days[bisect(loads, rng.random() * loads[-1])]
            if burst:
                hour = _BURST_HOURS[rng.random() < 0.4]
                second = int(rng.random() ** 2 * 600)
            else:
                hour = _FIRST_HOUR + bisect(_HOUR_LOADS, rng.random() * _HOUR_LOADS[-1])
                second = between(rng, 0, 3599)
            moment = day + timedelta(hours=hour + _UTC_OFFSETS[country], seconds=second)
            if first_day <= moment < latest:
                return moment

    return draw


def working_day_after(day: datetime, days: int) -> datetime:
    """The same time that many days later, moved on to Monday when it falls on a weekend."""
    later = day + timedelta(days=days)
    return later + timedelta(days=max(0, 7 - later.weekday()) if later.weekday() > 4 else 0)


def whole_second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _load(day: datetime) -> float:
    if day.weekday() > 4:
        return 0.06
    if (day + timedelta(days=4)).month != day.month:
        return 1.9
    return 1.2 if day.weekday() == 0 else 1.0
