"""Each question in turn with its ceilings and peers, round by round, so that noise hits all of them alike."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import psutil

from calldex.bench.facts import learn
from calldex.bench.peers import Peer, running_peers
from calldex.bench.processes import (
    ORGANIZATION,
    WRITTEN,
    calldex,
    connect,
    database_processes,
    environment,
    free_port,
    peak_bytes,
    read_line,
    running,
    serving,
    write_line,
)
from calldex.bench.progress import progress
from calldex.bench.questions import Question, Request, ask, questions, send
from calldex.bench.replaying import tell_request
from calldex.bench.seeding import look
from calldex.bench.series import Series, Turns, timed
from calldex.bench.writing import writer, writes
from calldex.store.embedded import EmbeddedServer

ROUND_SECONDS: Final = 1.5
"""A round asks no longer than this, so that a slow answer does not hold up the rest."""

SIDES: Final = ("sql", "route", "raw")
"""The ceilings: bare statements, an empty route of the framework, an empty application."""


@dataclass(slots=True)
class Row:
    """A question with everybody who answers it."""

    name: str
    answer: bytes
    sides: dict[str, Series] = field(default_factory=dict)
    peers: dict[str, Series] = field(default_factory=dict)
    peer_sizes: dict[str, int] = field(default_factory=dict)
    statements: int | None = None
    memory: int = 0

    @property
    def everybody(self) -> list[Series]:
        return [*self.sides.values(), *self.peers.values()]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure. ``only`` are words, one of which a question's name has; without any, all are asked."""

    rounds: int
    asks: int
    only: Sequence[str] = ()
    peers: Path | None = None

    def has(self, name: str) -> bool:
        return not self.only or any(word.lower() in name.lower() for word in self.only)


def measure(data: Path, wanted: Wanted, say: Callable[[str], None]) -> dict[str, Any]:
    """Ask every question; the figures of each, and of the processes. ``say`` tells how far it has come."""
    key = calldex(data, "key", "create", "--org", ORGANIZATION)["key"]
    with ExitStack() as stack:
        server = EmbeddedServer.start(data)
        stack.callback(server.stop)
        port, process = stack.enter_context(serving(data))
        connection = connect(port)
        stack.callback(connection.close)
        say("Learning what to ask for ...")
        facts = learn(*_asking(connection, key))
        asked, skipped = _known(connection, [one for one in questions(key, facts) if wanted.has(one.name)])
        database = asyncio.run(look(server.url))
        told = {"url": server.url, "organization": database.organization, "folder": data}
        peers = stack.enter_context(running_peers(wanted.peers, told))
        rows = [_row(question, connection, process, data, peers) for question in asked]
        say("Recording the statements of each question ...")
        stack.enter_context(_bare_statements(rows, asked, server.url, data, key))
        rows += [
            _writing_row(name, make, connection, process, data)
            for name, make in writes(calldex(data, "key", "create", "--org", WRITTEN)["key"]).items()
            if wanted.has(name)
        ]
        stack.enter_context(_empty_handlers(rows))
        say("Asking ...")
        _take_turns(rows, wanted, process)
        return {
            "rows": [_figures(row) for row in rows],
            "skipped": skipped,
            "postgresql": database.version,
            "server_peak_mb": peak_bytes(process) / 1e6,
            "peers_peak_mb": {peer.name: peak_bytes(peer.process) / 1e6 for peer in peers},
        }


def _take_turns(rows: Sequence[Row], wanted: Wanted, server: psutil.Process) -> None:
    with progress("questions", wanted.rounds * len(rows)) as advance:
        for _ in range(wanted.rounds):
            for row in rows:
                advance(0, row.name)
                for series in row.everybody:
                    series.warm()
                    series.add(wanted.asks, ROUND_SECONDS)
                row.memory = max(row.memory, server.memory_info().rss)
                advance(1, row.name)


def _asking(connection: HTTPConnection, key: str) -> tuple[Callable[[str], Any], Callable[[dict[str, Any]], Any]]:
    def get(path: str) -> Any:
        return json.loads(ask(connection, Request("GET", path, {"Authorization": f"Bearer {key}"})))

    def search(filters: dict[str, Any]) -> Any:
        headers = {"X-WHIPPY-KEY": key, "Content-Type": "application/json"}
        path = "/whippy/v1/calls/search?limit=500"
        return json.loads(ask(connection, Request("POST", path, headers, json.dumps(filters).encode())))

    return get, search


def _known(connection: HTTPConnection, listed: Sequence[Question]) -> tuple[list[Question], list[str]]:
    """The questions that the server knows, and the names of those that may lack and do."""
    lacking = [one for one in listed if one.may_lack and send(connection, one.request)[0] in (404, 422)]
    return [one for one in listed if one not in lacking], [one.name for one in lacking]


def _row(
    question: Question, connection: HTTPConnection, server: psutil.Process, data: Path, peers: Sequence[Peer]
) -> Row:
    row = Row(question.name, ask(connection, question.request))
    row.sides["calldex"] = Series(_asks(connection, question.request), lambda: [server, *database_processes(data)])
    for peer in peers:
        found = peer.request(question)
        if found is not None:
            request, row.peer_sizes[peer.name] = found
            row.peers[peer.name] = Series(_asks(peer.connection, request), _with_database(peer, data))
    return row


def _with_database(peer: Peer, data: Path) -> Callable[[], list[psutil.Process]]:
    return lambda: [*peer.watched(), *database_processes(data)]


def _asks(connection: HTTPConnection, request: Request) -> Turns:
    return timed(lambda: ask(connection, request))


def _writing_row(
    name: str, make: Callable[[], Request], connection: HTTPConnection, server: psutil.Process, data: Path
) -> Row:
    ahead = writer(connection, make)
    row = Row(name, ask(connection, make()))
    row.sides["calldex"] = Series(
        lambda times, seconds: timed(ahead(times))(times, seconds), lambda: [server, *database_processes(data)]
    )
    return row


@contextmanager
def _bare_statements(rows: Sequence[Row], asked: Sequence[Question], url: str, data: Path, key: str) -> Iterator[None]:
    """Ceiling (a) for every question; its process does what a server cannot do without."""
    if not rows:
        yield
        return
    command = (sys.executable, "-m", "calldex.bench.replaying")
    with running(command, environment(data), talks=True) as child:
        process = psutil.Process(child.pid)
        greeting = Request("GET", "/api/v1/calls?limit=1", {"Authorization": f"Bearer {key}"})
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
def _empty_handlers(rows: Sequence[Row]) -> Iterator[None]:
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
                row.sides[side] = Series(_asks(connection, request), lambda: [process])
        yield


def _figures(row: Row) -> dict[str, Any]:
    ours = row.sides["calldex"].figures()
    ceilings = {side: row.sides[side].figures() for side in SIDES if side in row.sides}
    peers = {name: {**series.figures(), "bytes": row.peer_sizes[name]} for name, series in row.peers.items()}
    sql = ceilings.get("sql")
    return {
        "question": row.name,
        "bytes": len(row.answer),
        "statements": row.statements,
        "memory_mb": row.memory / 1e6,
        **ours,
        "ceilings": ceilings,
        "peers": peers,
        # Times of (a) and of peers: how many times as much. Of (b): the part of its requests in a second.
        "processor_by_sql": ours["processor_ms"] / sql["processor_ms"] if sql and sql["processor_ms"] else None,
        "p50_by_sql": ours["p50_ms"] / sql["p50_ms"] if sql else None,
        "of_route": ours["per_second"] / ceilings["route"]["per_second"],
        "of_raw": ours["per_second"] / ceilings["raw"]["per_second"],
        "peers_p50_by_ours": _times(peers, ours, "p50_ms"),
        "peers_processor_by_ours": _times(peers, ours, "processor_ms"),
    }


def _times(peers: dict[str, dict[str, Any]], ours: dict[str, Any], figure: str) -> dict[str, float]:
    """How many times as much of it each peer has."""
    return {name: figures[figure] / ours[figure] for name, figures in peers.items() if ours[figure]}
