"""Counting requests in fixed windows, in the memory of one process."""

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateState:
    """Where a caller stands in the present window. `reset` is in Unix seconds."""

    limit: int
    remaining: int
    reset: int
    milliseconds_left: int
    exceeded: bool

    @property
    def retry_after(self) -> int:
        """Whole seconds until the next window, at least one."""
        return max(1, math.ceil(self.milliseconds_left / 1000))


class RateLimiter:
    """Counts per caller. All callers share the window, so a new window forgets all at once."""

    def __init__(self, limit: int, window_seconds: int, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._seconds = window_seconds
        self._clock = clock
        self._window = -1
        self._counts: dict[Hashable, int] = {}

    def hit(self, caller: Hashable) -> RateState:
        """Count one request of this caller. With a limit of 0 nothing is ever exceeded."""
        return self._state(caller, 1)

    def peek(self, caller: Hashable) -> RateState:
        """Where a caller stands, without counting."""
        return self._state(caller, 0)

    def _state(self, caller: Hashable, more: int) -> RateState:
        now = self._clock()
        window = int(now // self._seconds)
        if window != self._window:
            self._window = window
            self._counts.clear()
        count = self._counts.get(caller, 0) + more
        if more and self.limit:
            self._counts[caller] = count
        end = (window + 1) * self._seconds
        return RateState(
            limit=self.limit,
            remaining=max(0, self.limit - count),
            reset=end,
            milliseconds_left=max(0, math.ceil((end - now) * 1000)),
            exceeded=bool(self.limit) and count > self.limit,
        )
