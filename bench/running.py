"""The servers under measurement: started, watched and stopped."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

ORGANIZATION = "Bench"


def calldex(data: Path, *arguments: str) -> Any:
    """Run a command on the data folder; what it printed as JSON, or None."""
    environment = {**os.environ, "CALLDEX_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-m", "calldex", *arguments], env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout) if "--json" in arguments else None


def seeded(data: Path, calls: int) -> None:
    """Fill the data folder with demo calls, once: a folder that is complete is taken as it is."""
    done = data / "bench.json"
    if done.exists() and json.loads(done.read_text())["calls"] == calls:
        return
    data.mkdir(parents=True, exist_ok=True)
    print(f"Seeding {calls:,} demo calls into {data} ...", flush=True)
    start = time.monotonic()
    calldex(data, "org", "create", ORGANIZATION, "--json")
    calldex(data, "demo", "--org", ORGANIZATION, "--calls", str(calls), "--json")
    seconds = time.monotonic() - start
    print(f"Seeded in {seconds:.0f} s: {calls / seconds:,.0f} calls/s, generated, parsed, merged and written.")
    done.write_text(json.dumps({"calls": calls, "seconds": seconds}))


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[psutil.Process]:
    """A server process that answers on the port."""
    process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start within a minute")


def connect(port: int) -> HTTPConnection:
    """A connection that is kept open."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    return connection


def database_processes(data: Path) -> list[psutil.Process]:
    """The postmaster of a data folder and its children."""
    pid = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(pid)
    return [postmaster, *postmaster.children(recursive=True)]


def processor_seconds(processes: list[psutil.Process]) -> float:
    """User and system time that the processes have used so far."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total
