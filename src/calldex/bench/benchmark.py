"""The whole benchmark: calls are made, questions asked, ways in measured, and all of it put down."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from calldex import __version__
from calldex.bench.arriving import Arrival, measure_arrivals
from calldex.bench.measuring import Wanted, measure
from calldex.bench.seeding import seeded


def run_benchmark(data: Path, calls: int, wanted: Wanted, arrivals: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Everything that was measured, ready to be written as JSON. ``arrivals`` calls come in by each way; 0 is none."""
    folder = data.resolve() / f"calls-{calls}"
    say(f"{calls:,} calls in {folder} ...")
    seeding = seeded(folder, calls)
    found = measure(folder, wanted, say)
    say("Ways in ...")
    ways = measure_arrivals(arrivals) if arrivals else []
    return {
        "calls": calls,
        "rounds": wanted.rounds,
        "asks": wanted.asks,
        "machine": _machine(found.pop("postgresql")),
        "seeding": seeding,
        **found,
        "arrivals": [_facts(way) for way in ways],
    }


def _machine(postgresql: str) -> dict[str, Any]:
    return {
        "calldex": __version__,
        "python": platform.python_version(),
        "postgresql": postgresql,
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": psutil.virtual_memory().total / 1e9,
    }


def _processor() -> str:
    """What the processor calls itself, where the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _facts(way: Arrival) -> dict[str, Any]:
    return {
        "way": way.name,
        "calls": way.count,
        "per_second": way.per_second,
        "copy_per_second": way.ceiling_per_second,
        "of_copy": way.per_second / way.ceiling_per_second,
    }
