"""``make bench``: seeds once, asks in turns, prints a table and writes JSON."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench.arriving import Arrival, measure_arrivals
from bench.questions import Question, learn, questions
from bench.running import (
    ORGANIZATION,
    calldex,
    connect,
    database_processes,
    free_port,
    processor_seconds,
    running,
    seeded,
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--asks", type=int, default=60, help="requests per question and round")
    parser.add_argument("--arrivals", type=int, default=5_000, help="calls that come in by each way; 0 leaves it out")
    parser.add_argument("--data", type=Path, default=Path(".bench"))
    parser.add_argument("--json", type=Path, default=Path(".bench/results.json"))
    chosen = parser.parse_args()
    data = chosen.data.resolve() / f"calls-{chosen.calls}"
    seeded(data, chosen.calls)
    key = calldex(data, "key", "create", "--org", ORGANIZATION, "--json")["key"]
    rows = measure(data, key, chosen.rounds, chosen.asks)
    report(rows, chosen.calls)
    arrivals = [facts(arrival) for arrival in measure_arrivals(chosen.arrivals)] if chosen.arrivals else []
    report_arrivals(arrivals)
    found = {"calls": chosen.calls, "machine": platform.platform(), "rows": rows, "arrivals": arrivals}
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(found, indent=1))


def measure(data: Path, key: str, rounds: int, asks: int) -> list[dict[str, Any]]:
    """Each question in turn with its ceiling, several rounds, so that noise hits both alike."""
    port, ceiling_port = free_port(), free_port()
    command = [sys.executable, "-m", "calldex", "serve", "--port", str(port)]
    environment = {
        "CALLDEX_DATA": str(data),
        "CALLDEX_LOG_LEVEL": "error",
    }
    with running(command, port, environment) as server, tempfile.TemporaryDirectory() as folder:
        connection = connect(port)
        asked = questions(key, learn(connection, key))
        for place, question in enumerate(asked):
            (Path(folder) / str(place)).write_bytes(question.ask(connection))
        ceiling_command = [sys.executable, "-m", "bench.ceiling", folder, str(ceiling_port)]
        with running(ceiling_command, ceiling_port) as ceiling:
            ceiling_connection = connect(ceiling_port)
            plain = [Question(one.name, "GET", f"/{place}", {}) for place, one in enumerate(asked)]
            results = [_Result(question) for question in asked]
            for _ in range(rounds):
                for result, baseline in zip(results, plain, strict=True):
                    processes = [server, *database_processes(data)]
                    result.ours.add(result.question, connection, processes, asks)
                    result.ceiling.add(baseline, ceiling_connection, [ceiling], asks)
    return [result.row() for result in results]


class _Series:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.processor = 0.0
        self.bytes = 0

    def add(self, question: Question, connection: HTTPConnection, processes: list[psutil.Process], asks: int) -> None:
        question.ask(connection)
        before = processor_seconds(processes)
        for _ in range(asks):
            start = time.perf_counter()
            self.bytes = len(question.ask(connection))
            self.seconds.append(time.perf_counter() - start)
        self.processor += processor_seconds(processes) - before


class _Result:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.ours = _Series()
        self.ceiling = _Series()

    def row(self) -> dict[str, Any]:
        ours, ceiling = self.ours, self.ceiling
        count = len(ours.seconds)
        processor_ms = ours.processor / count * 1000
        return {
            "question": self.question.name,
            "bytes": ours.bytes,
            "p50_ms": statistics.median(ours.seconds) * 1000,
            "p99_ms": statistics.quantiles(ours.seconds, n=100)[98] * 1000,
            "per_second": count / sum(ours.seconds),
            "processor_ms": processor_ms,
            "processor_ms_per_mb": processor_ms / (ours.bytes / 1e6),
            "ceiling_p50_ms": statistics.median(ceiling.seconds) * 1000,
            "ceiling_per_second": len(ceiling.seconds) / sum(ceiling.seconds),
            "of_ceiling": (count / sum(ours.seconds)) / (len(ceiling.seconds) / sum(ceiling.seconds)),
        }


def report(rows: list[dict[str, Any]], calls: int) -> None:
    """A table for people."""
    table = Table(title=f"{calls:,} demo calls, embedded PostgreSQL, one worker, one connection")
    for heading in (
        "question",
        "KB",
        "p50 ms",
        "p99 ms",
        "per s",
        "processor ms",
        "ms per MB",
        "ceiling per s",
        "of ceiling",
    ):
        table.add_column(heading, justify="left" if heading == "question" else "right")
    for row in rows:
        table.add_row(
            row["question"],
            f"{row['bytes'] / 1000:,.1f}",
            f"{row['p50_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
            f"{row['per_second']:,.0f}",
            f"{row['processor_ms']:.2f}",
            f"{row['processor_ms_per_mb']:.1f}",
            f"{row['ceiling_per_second']:,.0f}",
            f"{row['of_ceiling']:.0%}",
        )
    Console(width=140).print(table)


def facts(arrival: Arrival) -> dict[str, Any]:
    """A way in by its figures."""
    return {
        "way": arrival.name,
        "calls": arrival.count,
        "per_second": arrival.per_second,
        "copy_per_second": arrival.ceiling_per_second,
        "of_copy": arrival.per_second / arrival.ceiling_per_second,
    }


def report_arrivals(arrivals: list[dict[str, Any]]) -> None:
    """A table for people."""
    if not arrivals:
        return
    table = Table(title="Calls that come in, durably, beside COPY of the rows that were written")
    for heading in ("way", "calls", "per s", "COPY per s", "of COPY"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for row in arrivals:
        table.add_row(
            row["way"],
            f"{row['calls']:,}",
            f"{row['per_second']:,.0f}",
            f"{row['copy_per_second']:,.0f}",
            f"{row['of_copy']:.1%}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
