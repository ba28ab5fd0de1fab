"""How long to wait before the next request: what the server says, else a growing pause with chance in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_MILLISECONDS_LEFT: Final = "x-ratelimit-remaining-interval-milliseconds"
_REMAINING: Final = "x-ratelimit-remaining"
_RESET: Final = "x-ratelimit-reset"
_UNIX_SINCE: Final = 10**9
"""A reset below this is taken for seconds to go; one above it for a moment in Unix time."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to keep trying. The first request gets fewer tries: its address may simply be wrong."""

    tries: int = 8
    first_tries: int = 3
    first_pause: float = 0.5
    longest_pause: float = 60.0
    longest_asked: float = 900.0
    """What the server may ask us to wait, in seconds; if it asks for more, the pull ends and says so."""

    answer_seconds: float = 120.0
    """A whole answer must be there after so long, however steadily its bytes trickle."""


def pause(attempt: int, patience: Patience, chance: Callable[[], float]) -> float:
    """Seconds before the try after ``attempt`` (from 1): doubled each time, half of it by chance."""
    whole = min(patience.longest_pause, patience.first_pause * 2.0 ** (attempt - 1))
    return whole * (0.5 + chance() / 2)


def asked_pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """What an answer that refuses asks us to wait, in seconds; None when it says nothing that can be read.

    ``Retry-After`` is in seconds or a date. Whippy tells milliseconds, Skipcall the moment of the reset. Of
    several the longest holds.
    """
    found = [_retry_after(headers.get("retry-after", ""), now), _number(headers.get(_MILLISECONDS_LEFT, ""), 1000)]
    if headers.get(_REMAINING, "").strip() == "0":
        found.append(_reset(headers.get(_RESET, ""), now))
    known = [seconds for seconds in found if seconds is not None]
    return max(known) if known else None


def used_up(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait after a good answer that tells that it was the last one of this window; else 0."""
    if headers.get(_REMAINING, "").strip() != "0":
        return 0.0
    return _reset(headers.get(_RESET, ""), now) or 0.0


def _retry_after(text: str, now: datetime) -> float | None:
    seconds = _number(text, 1)
    if seconds is not None or not text:
        return seconds
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _reset(text: str, now: datetime) -> float | None:
    value = _number(text, 1)
    if value is None:
        return None
    return max(0.0, value - now.timestamp()) if value >= _UNIX_SINCE else value


def _number(text: str, divisor: int) -> float | None:
    text = text.strip()
    if not text or len(text) > 15 or not text.replace(".", "", 1).isascii() or not text.replace(".", "", 1).isdigit():
        return None
    return float(text) / divisor
