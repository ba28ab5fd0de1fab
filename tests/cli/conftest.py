"""The command as its users run it: a process of its own, on a data folder of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = (sys.executable, "-m", "calldex")


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Calldex:
    """Runs `calldex` on one data folder; extra variables of the environment by keyword."""

    data: Path

    def environment(self, extra: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
        return {**kept, "CALLDEX_DATA": str(self.data), **extra}

    def __call__(self, *arguments: str, **extra: str) -> Result:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment(extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)


@dataclass
class Serving:
    """A running `calldex serve` whose output is read through pipes."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def out(self) -> str:
        return "".join(self.lines)

    def wait_for_url(self) -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"listening on (http://\S+)", self.out)
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self.out + "".join(self.log))

    def wait_until_ready(self) -> str:
        url = self.wait_for_url()
        for _ in range(200):
            try:
                if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                    return url
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("".join(self.log))

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


Start = Callable[..., Serving]


@pytest.fixture(scope="session")
def calldex(tmp_path_factory: pytest.TempPathFactory) -> Calldex:
    """One folder for all tests that do not mind company: a cluster takes a while to make."""
    return Calldex(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def start(calldex: Calldex) -> Iterator[Start]:
    """`start("--demo")` starts `calldex serve` on a free port; it is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def serve(*arguments: str, runs: Calldex = calldex, **extra: str) -> Serving:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *arguments],
            env=runs.environment(extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        serving = Serving(process)
        for stream, lines in ((process.stdout, serving.lines), (process.stderr, serving.log)):
            assert stream is not None
            threading.Thread(
                target=lambda source=stream, kept=lines: kept.extend(iter(source.readline, "")), daemon=True
            ).start()
        return serving

    yield serve
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()
