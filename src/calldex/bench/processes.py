"""The processes under measurement: started, watched and stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any, Final

import psutil

from calldex.core.errors import Unavailable

ORGANIZATION: Final = "Bench"
WRITTEN: Final = "Bench, written"
"""Who owns the calls that writing questions make: the others have the same pages in every run."""
_START_SECONDS: Final = 120


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a command on the data folder. Settings of the person who measures do not reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
    return {**kept, "CALLDEX_DATA": str(data), "CALLDEX_LOG_LEVEL": "error", **more}


def calldex(data: Path, *arguments: str, password: str | None = None) -> Any:
    """Run a command on the data folder; what it printed as JSON. Raises Unavailable when it failed."""
    command = [sys.executable, "-m", "calldex", *arguments, "--json"]
    environ = environment(data) | ({"CALLDEX_USER_PASSWORD": password} if password is not None else {})
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise Unavailable(f"calldex {' '.join(arguments)} ended with {done.returncode}.")
    return json.loads(done.stdout)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], environ: dict[str, str], *, port: int | None = None, talks: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts; with a port, from when it answers there on.

    One that ``talks`` has pipes for input and output. Raises Unavailable when it does not start.
    """
    pipe = subprocess.PIPE if talks else None
    output: int = subprocess.PIPE if talks else subprocess.DEVNULL
    process = subprocess.Popen(list(command), env=environ, stdin=pipe, stdout=output)
    try:
        if port is not None:
            _wait(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


@contextmanager
def serving(data: Path, **more: str) -> Iterator[tuple[int, psutil.Process]]:
    """The shipped server on the data folder: its port and its process."""
    port = free_port()
    command = (sys.executable, "-m", "calldex", "serve", "--port", str(port))
    with running(command, environment(data, **more), port=port) as process:
        yield port, psutil.Process(process.pid)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable(f"A server under measurement ended with {process.returncode} while it started.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Unavailable(f"A server under measurement did not start within {_START_SECONDS} seconds.")


def connect(port: int) -> HTTPConnection:
    """A connection that is kept open."""
    connection = HTTPConnection("127.0.0.1", port, timeout=600)
    connection.connect()
    return connection


def read_line(stream: IO[bytes] | None) -> Any:
    """The next line of a process that talks, as JSON. Raises Unavailable when it has gone."""
    line = stream.readline() if stream is not None else b""
    if not line:
        raise Unavailable("A process of the measurement has ended; its own words are above.")
    return json.loads(line)


def write_line(stream: IO[bytes] | None, value: object) -> None:
    """Say something to a process that talks."""
    if stream is None:
        raise Unavailable("A process of the measurement cannot be spoken to.")
    stream.write(json.dumps(value).encode() + b"\n")
    stream.flush()


def database_processes(data: Path) -> list[psutil.Process]:
    """The postmaster of a data folder and its children."""
    pid = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(pid)
    return [postmaster, *postmaster.children(recursive=True)]


def processor_seconds(processes: Sequence[psutil.Process]) -> dict[int, float]:
    """User and system time that each process has used so far, by its number; one that has ended is left out."""
    used = {process.pid: _processor_seconds(process) for process in processes}
    return {pid: seconds for pid, seconds in used.items() if seconds is not None}


def _processor_seconds(process: psutil.Process) -> float | None:
    try:
        # Linux tells nanoseconds for every thread; what all systems tell comes in hundredths of a second.
        threads = list(Path(f"/proc/{process.pid}/task").glob("*/schedstat"))
        if threads:
            return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
        times = process.cpu_times()
    except (OSError, psutil.NoSuchProcess):
        return None
    return float(times.user + times.system)


def peak_bytes(process: psutil.Process) -> int:
    """The most memory that a process has had in use, where the system tells; else what it has now."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return int(process.memory_info().rss)
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)
