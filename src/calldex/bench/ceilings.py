"""The two ceilings of every question, answered by processes of their own for as long as a block lasts."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from calldex.bench.processes import connect, database_processes, environment, free_port, read_line, running, write_line
from calldex.bench.questions import Question, Request, asks
from calldex.bench.replaying import tell_request
from calldex.bench.rows import Row
from calldex.bench.series import Series, Turns


@contextmanager
def bare_statements(rows: Sequence[Row], asked: Sequence[Question], url: str, data: Path, key: str) -> Iterator[None]:
    """Ceiling (a) for every question; its process does what a server cannot do without."""
    if not rows:
        yield
        return
    command = (sys.executable, "-m", "calldex.bench.replaying")
    with running(command, environment(data), talks=True) as child:
        process = psutil.Process(child.pid)
        # It finds nothing, so that nothing but the key is known afterwards.
        greeting = Request("GET", "/api/v1/calls/none", {"Authorization": f"Bearer {key}"})
        write_line(
            child.stdin,
            {
                "url": url,
                "folder": str(data),
                "greeting": tell_request(greeting),
                "requests": [tell_request(one.request) for one in asked],
            },
        )

        def turns(place: int) -> Turns:
            def replay(times: int, seconds: float) -> Sequence[float]:
                write_line(child.stdin, [place, times, seconds])
                taken: list[float] = read_line(child.stdout)
                return taken

            return replay

        for place, (row, statements) in enumerate(zip(rows, read_line(child.stdout), strict=True)):
            row.statements = statements
            row.sides["sql"] = Series(turns(place), lambda: [process, *database_processes(data)])
        yield


@contextmanager
def empty_handlers(rows: Sequence[Row]) -> Iterator[None]:
    """Ceiling (b) for every question: the same answer by a route and by nothing at all."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="calldex-bench-") as folder, ExitStack() as stack:
        for place, row in enumerate(rows):
            (Path(folder) / str(place)).write_bytes(row.answer)
        command = (sys.executable, "-m", "calldex.bench.empty", folder, str(port))
        process = psutil.Process(stack.enter_context(running(command, environment(Path(folder)), port=port)).pid)
        connection = connect(port)
        stack.callback(connection.close)
        for place, row in enumerate(rows):
            for side in ("route", "raw"):
                request = Request("GET", f"/{side}/{place}")
                row.sides[side] = Series(asks(connection, request), lambda: [process])
        yield
