"""What else one could use, measured in the same run over the same data.

A peer is a Python file in a folder that the person who measures names. It has

- ``NAME``: what it is called;
- ``command(place)``: prepares what it needs and gives the command that serves, or None when it cannot be had here;
- ``path(asked)``: the path under which it answers a question, or None when it cannot.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil

from calldex.bench.processes import connect, environment, free_port, running
from calldex.bench.questions import Question, Request, send
from calldex.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer finds the data, and where it is to answer. ``folder`` is the data folder; ``organization`` is the
    number under which the calls are in the database.
    """

    url: str
    organization: int
    folder: Path
    port: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer that runs."""

    name: str
    module: ModuleType
    connection: HTTPConnection
    process: psutil.Process

    def request(self, question: Question) -> tuple[Request, int] | None:
        """The same question for this peer and the bytes of its answer, if it has a good one."""
        path = self.module.path(question.asked) if question.asked is not None else None
        if path is None:
            return None
        request = Request("GET", path)
        status, body = send(self.connection, request)
        return (request, len(body)) if status == 200 else None

    def watched(self) -> list[psutil.Process]:
        """Its processes."""
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running_peers(folder: Path | None, told: Mapping[str, Any]) -> Iterator[list[Peer]]:
    """Every peer of the folder that can be had, running. ``told`` is a Place without its port."""
    with ExitStack() as stack:
        found: list[Peer] = []
        for file in _files(folder):
            module = _load(file)
            port = free_port()
            command = module.command(Place(**told, port=port))
            if command is None:
                continue
            process = stack.enter_context(running(command, environment(told["folder"]), port=port))
            connection = connect(port)
            stack.callback(connection.close)
            found.append(Peer(module.NAME, module, connection, psutil.Process(process.pid)))
        yield found


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}, which --peers names.")
    return sorted(folder.glob("*.py"))


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"calldex_peer_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("NAME", "command", "path"):
        if not hasattr(module, name):
            raise UsageError(f"{file} is no peer: it has no {name}.")
    return module
