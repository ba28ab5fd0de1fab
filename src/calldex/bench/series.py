"""Times of one question asked of one side, and the figures that are made of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psutil

from calldex.bench.processes import processor_seconds

FEWEST: Final = 3
"""So often a question is asked in a round, however slow its answer is."""

Turns = Callable[[int, float], Sequence[float]]
"""Asks so many times, or as often as fits into the seconds; how long each time took, in seconds."""


@dataclass(slots=True)
class Series:
    """One side of a question: who answers it, and how long that took until now.

    ``watched`` gives the processes that work for the answer: a database may have new ones in the next round.
    """

    turns: Turns
    watched: Callable[[], Sequence[psutil.Process]]
    seconds: list[float] = field(default_factory=list)
    processor: float = 0.0

    def warm(self) -> None:
        """Ask once, beside the figures: before a round, because the others have had their turns since."""
        self.turns(1, 0)

    def add(self, times: int, seconds: float) -> None:
        """One round more."""
        processes = self.watched()
        before = processor_seconds(processes)
        self.seconds += self.turns(times, seconds)
        after = processor_seconds(processes)
        # A session of the database that ends in between is left out, and not subtracted.
        self.processor += sum(after[pid] - before[pid] for pid in after.keys() & before.keys())

    def figures(self) -> dict[str, Any]:
        """Milliseconds, and how many a second one connection gets."""
        taken = self.seconds
        return {
            "asked": len(taken),
            "p50_ms": statistics.median(taken) * 1000,
            "p99_ms": statistics.quantiles(taken, n=100, method="inclusive")[98] * 1000,
            "per_second": len(taken) / sum(taken),
            "processor_ms": self.processor / len(taken) * 1000,
        }


def timed(act: Callable[[], object]) -> Turns:
    """Turns of doing the same thing in this process."""

    def turns(times: int, seconds: float) -> list[float]:
        taken: list[float] = []
        begin = time.perf_counter()
        for _ in range(times):
            start = time.perf_counter()
            act()
            end = time.perf_counter()
            taken.append(end - start)
            if end - begin > seconds and len(taken) >= FEWEST:
                break
        return taken

    return turns
