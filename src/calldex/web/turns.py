"""The transcript of a call as its page shows it: turns with the place that a link leads to, so many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from calldex.core.calls import Call
from calldex.core.spoken import Turn, turns_said
from calldex.web.long_texts import weight

_PAGE_BYTES: Final = 28_000
"""So much of a transcript a page begins with."""

_PART_BYTES: Final = 300_000
"""And so much more comes when the rest is asked for."""

_TURN_BYTES: Final = 300
"""What a turn weighs beside its text."""

TEXT_BYTES: Final = 4_000
"""So much of the text of one turn is shown until somebody reads on."""

_CONTEXT: Final = 20


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn; ``anchor`` is the only one of its name in the transcript."""

    turn: Turn
    anchor: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """The turns before those that are shown, or behind them: how many, and the place that they are asked for by.

    ``first_ms`` and ``last_ms`` are when the earliest and the latest of them begin, None when none has a time.
    """

    place: int
    count: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class Turns:
    """Some turns of a transcript, with what is before and behind them."""

    turns: Sequence[ShownTurn]
    total: int
    earlier: Beyond | None
    rest: Beyond | None
    timed: bool
    text_bytes: int = TEXT_BYTES


def first_turns(call: Call, moment_ms: int | None = None, number: int | None = None) -> Turns:
    """What the page of a call begins with: the turns around a moment or around the turn of this number, else the first.

    As many as are light enough, from the first on when what is asked for is among those.
    """
    said = turns_said(call.transcript, call.transcript_text)
    place = _place(said, moment_ms, number)
    begin = 0
    if sum(map(_weight, said[: place + _CONTEXT])) > _PAGE_BYTES:
        begin = _back(said, place, max(0, place - _CONTEXT), _PAGE_BYTES // 3)
    end = _ahead(said, begin, _PAGE_BYTES)
    if end == len(said):
        begin = _back(said, end, 0, _PAGE_BYTES)
    return _part(said, begin, end)


def turns_from(call: Call, begin: int) -> Turns:
    """The turns from a place on, counted from 0. What is before it is not spoken of."""
    said = turns_said(call.transcript, call.transcript_text)
    return _part(said, begin, _ahead(said, begin, _PART_BYTES), earlier=False)


def turns_before(call: Call, end: int) -> Turns:
    """The turns up to a place. What is behind it is not spoken of."""
    said = turns_said(call.transcript, call.transcript_text)
    end = min(end, len(said))
    return _part(said, _back(said, end, 0, _PART_BYTES), end, rest=False)


def _place(said: Sequence[Turn], moment_ms: int | None, number: int | None) -> int:
    """Where the turn is that an address leads to: the first of those that begin last until the moment."""
    if number is not None:
        return next((place for place, turn in enumerate(said) if turn.number >= number), 0)
    if moment_ms is None:
        return 0
    starts = [turn.start_ms for turn in said]
    latest = max((start for start in starts if start is not None and start <= moment_ms), default=None)
    return 0 if latest is None else starts.index(latest)


def _weight(turn: Turn) -> int:
    return _TURN_BYTES + min(TEXT_BYTES, weight(turn.text))


def _ahead(said: Sequence[Turn], begin: int, most: int) -> int:
    """How far one comes from a place with so many bytes: by one turn at least."""
    end, left = begin, most
    while end < len(said) and (end == begin or _weight(said[end]) <= left):
        left -= _weight(said[end])
        end += 1
    return end


def _back(said: Sequence[Turn], end: int, least: int, most: int) -> int:
    """The same backwards, no further than to ``least``."""
    begin, left = end, most
    while begin > least and (begin == end or _weight(said[begin - 1]) <= left):
        begin -= 1
        left -= _weight(said[begin])
    return begin


def _part(said: list[Turn], begin: int, end: int, *, earlier: bool = True, rest: bool = True) -> Turns:
    seen: set[int] = set()
    shown = []
    # Names depend on all turns before: two may begin at the same moment, and only the first is named by it.
    for place, turn in enumerate(said[:end]):
        first = turn.start_ms is not None and turn.start_ms not in seen
        if turn.start_ms is not None:
            seen.add(turn.start_ms)
        if place >= begin:
            shown.append(ShownTurn(turn, f"t-{turn.start_ms}" if first else f"turn-{turn.number}"))
    timed = any(turn.start_ms is not None for turn in said)
    return Turns(
        shown,
        len(said),
        _beyond(said[:begin], begin) if earlier and begin else None,
        _beyond(said[end:], end) if rest and end < len(said) else None,
        timed,
    )


def _beyond(turns: Sequence[Turn], place: int) -> Beyond:
    starts = [turn.start_ms for turn in turns if turn.start_ms is not None]
    return Beyond(place, len(turns), min(starts, default=None), max(starts, default=None))
