"""Instants: aware, in UTC, to the microsecond. A time without a zone is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(?:([Zz])|([+\- ])(\d{2}):?(\d{2}))?\Z", re.ASCII
)

_USUAL_LENGTH: Final = len("2026-03-12T15:04:05Z")
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def parse_instant(text: str) -> datetime:
    """The instant that an RFC 3339 text names, in UTC.

    A ``+`` that a query string turned into a space is understood. Digits beyond the microsecond are cut off.
    Raises ValueError with a sentence that says what is wrong.
    """
    if len(text) == _USUAL_LENGTH and text[19] == "Z" and text[10] == "T" and text[4] == text[7] == "-":
        # By far the most common form, and the library reads it many times faster than the pattern does.
        try:
            return _kept(datetime.fromisoformat(text))
        except ValueError as error:
            raise ValueError("there is no such day or time of day") from error
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("it is not an ISO 8601 time such as 2026-03-12T15:04:05Z")
    day, clock, fraction, zulu, sign, hours, minutes = match.groups()
    if zulu is None and sign is None:
        raise ValueError("it has no time zone: end it with Z for UTC or with an offset such as +02:00")
    offset = "+00:00" if zulu else f"{'-' if sign == '-' else '+'}{hours}:{minutes}"
    if len(clock) == 5:
        clock += ":00"
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset}")
        return _kept(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError("there is no such day or time of day") from error


def _kept(moment: datetime) -> datetime:
    """The first and the last instant that a datetime can be mean the infinities to the database's driver, so they
    are kept a microsecond further in: .NET and Go say "never" with them.
    """
    if moment == _FIRST:
        return moment + timedelta.resolution
    return moment - timedelta.resolution if moment == _LAST else moment


def is_instant(text: str) -> bool:
    """Whether ``parse_instant`` would take the text."""
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """The same moment with the clocks of a zone; with those of UTC where they show no year from 1 to 9999.

    Sources write such times: "never" for some is the first or the last instant that there is.
    """
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day that it is somewhere at a moment."""
    return in_zone(moment, zone).date()


def milliseconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole milliseconds from start to end; None when either is unknown or they are the wrong way round."""
    if start is None or end is None or end < start:
        return None
    return (end - start) // timedelta(milliseconds=1)
