"""The transcript of a call as its page shows it: turns with the place that a link leads to, so many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from calldex.core.calls import Call
from calldex.core.spoken import Turn, turns_said

AT_ONCE: Final = 300
"""So many turns a page begins with."""

_MOST_AT_ONCE: Final = 3_000
"""And so many more come when the rest is asked for."""

_CONTEXT: Final = 20


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A turn; ``anchor`` is the only one of its name in the transcript."""

    turn: Turn
    anchor: str


@dataclass(frozen=True, slots=True)
class Turns:
    """Some turns of a transcript. ``rest`` is where the others begin, None when these are the last."""

    turns: Sequence[ShownTurn]
    total: int
    rest: int | None
    timed: bool

    @property
    def left(self) -> int:
        """How many turns come after these."""
        return 0 if self.rest is None else self.total - self.rest


def first_turns(call: Call, until_ms: int = 0) -> Turns:
    """What the page of a call begins with: more, when the moment that it is opened at comes later."""
    said = turns_said(call.transcript, call.transcript_text)
    before = sum(turn.start_ms is not None and turn.start_ms <= until_ms for turn in said) if until_ms else 0
    return _part(said, 0, AT_ONCE if before <= AT_ONCE else min(before + _CONTEXT, _MOST_AT_ONCE))


def turns_from(call: Call, begin: int) -> Turns:
    """The turns from a place on, counted from 0."""
    return _part(turns_said(call.transcript, call.transcript_text), begin, _MOST_AT_ONCE)


def _part(said: list[Turn], begin: int, most: int) -> Turns:
    end = begin + most
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
    return Turns(shown, len(said), end if end < len(said) else None, timed)
