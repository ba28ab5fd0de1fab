"""Each question in turn with its ceilings and peers, round by round, so that noise hits all of them alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import psutil

from calldex.bench.ceilings import bare_statements, empty_handlers
from calldex.bench.exploring import pages, sign_in
from calldex.bench.facts import learn
from calldex.bench.peers import Peer, running_peers
from calldex.bench.processes import (
    ORGANIZATION,
    WRITTEN,
    calldex,
    connect,
    database_processes,
    peak_bytes,
    serving,
)
from calldex.bench.progress import progress
from calldex.bench.questions import Question, Request, ask, asks, questions, send
from calldex.bench.rows import Row, figures_of
from calldex.bench.seeding import look
from calldex.bench.series import Series, timed
from calldex.bench.writing import writer, writes
from calldex.store.embedded import EmbeddedServer

ROUND_SECONDS: Final = 1.5
"""A round asks no longer than this, so that a slow answer does not hold up the rest."""


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
        listed = [*questions(key, facts), *pages(sign_in(data, connection), facts)]
        asked, skipped = _known(connection, [one for one in listed if wanted.has(one.name)])
        database = asyncio.run(look(server.url))
        told = {"url": server.url, "organization": database.organization, "folder": data}
        peers = stack.enter_context(running_peers(wanted.peers, told))
        rows = [_row(question, connection, process, data, peers) for question in asked]
        say("Recording the statements of each question ...")
        stack.enter_context(bare_statements(rows, asked, server.url, data, key))
        rows += [
            _writing_row(name, make, connection, process, data)
            for name, make in writes(calldex(data, "key", "create", "--org", WRITTEN)["key"]).items()
            if wanted.has(name)
        ]
        stack.enter_context(empty_handlers(rows))
        say("Asking ...")
        _take_turns(rows, wanted, process)
        return {
            "rows": [figures_of(row) for row in rows],
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
        path = "/whippy/v1/calls/search?limit=500&timeout=120000"
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
    row.sides["calldex"] = Series(asks(connection, question.request), lambda: [server, *database_processes(data)])
    for peer in peers:
        found = peer.request(question)
        if found is not None:
            request, row.peer_sizes[peer.name] = found
            row.peers[peer.name] = Series(asks(peer.connection, request), _with_database(peer, data))
    return row


def _with_database(peer: Peer, data: Path) -> Callable[[], list[psutil.Process]]:
    return lambda: [*peer.watched(), *database_processes(data)]


def _writing_row(
    name: str, make: Callable[[], Request], connection: HTTPConnection, server: psutil.Process, data: Path
) -> Row:
    ahead = writer(connection, make)
    row = Row(name, ask(connection, make()))
    row.sides["calldex"] = Series(
        lambda times, seconds: timed(ahead(times))(times, seconds), lambda: [server, *database_processes(data)]
    )
    return row
