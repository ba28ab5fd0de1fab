"""Several workers are one server: each gets its share of the connections, one that is killed is replaced, what they
count adds up, and requests in flight are finished when the server is asked to stop.
"""

from __future__ import annotations

import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from .conftest import Calldex, Serving, Start
from .test_serve import half_a_request

pytestmark = pytest.mark.slow

CONNECTIONS = 8
ASK = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"


def workers(server: Serving) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.process.pid).children() if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return any("spawn_main" in part for part in process.cmdline())
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return False


def together(url: str, stack: ExitStack) -> list[socket.socket]:
    """Connections that are opened at the same moment, as a client's pool does, and answered once each."""
    address = urlsplit(url)
    opened = []
    for _ in range(CONNECTIONS):
        one = stack.enter_context(socket.socket())
        one.settimeout(0)
        one.connect_ex((address.hostname, address.port))
        opened.append(one)
    for one in opened:
        one.settimeout(30)
        ask(one)
    return opened


def ask(connection: socket.socket) -> None:
    for _ in range(200):
        try:
            connection.sendall(ASK)
            break
        except OSError:
            time.sleep(0.01)
    answer = b""
    while not answer.endswith(b"}"):
        answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 404 ")


def metric(url: str, line: str) -> float:
    text = httpx.get(f"{url}/metrics").text
    return sum(float(one.rpartition(" ")[2]) for one in text.splitlines() if one.startswith(line))


def until_all_are_new(server: Serving, killed: int) -> None:
    for _ in range(600):
        found = [one.pid for one in workers(server)]
        if len(found) == 2 and killed not in found:
            return
        time.sleep(0.1)
    raise AssertionError(f"The killed worker was not replaced: {found}.")


def test_connections_are_shared_and_a_killed_worker_is_replaced(start: Start) -> None:
    server = start("--workers", "2")
    url = server.wait_until_ready()
    port = urlsplit(url).port
    for round_ in range(2):
        # Both have to be there before it can be said whether they share.
        while len({pid for pid, _ in seen(server, url, port)}) < 2:
            time.sleep(0.1)
        before = metric(url, "calldex_requests_total{")
        with ExitStack() as stack:
            opened = together(url, stack)
            shares = Counter(pid for pid, _ in open_at(server, port))
            assert min(shares[one.pid] for one in workers(server)) >= CONNECTIONS // 4, (round_, shares)
            for one in opened:
                ask(one)
            # The page of the metrics before counts too, once it was answered.
            assert metric(url, "calldex_requests_total{") == before + 2 * CONNECTIONS + 1
            assert metric(url, "calldex_requests_in_flight") == 1
        killed = workers(server)[0].pid
        psutil.Process(killed).send_signal(signal.SIGKILL)
        until_all_are_new(server, killed)
        server.wait_until_ready()
        # What the dead one has counted stays counted, and what it held is held no more.
        assert metric(url, "calldex_requests_total{") >= before + 2 * CONNECTIONS + 2
        assert metric(url, "calldex_requests_in_flight") == 1
    assert server.stop() == 0
    assert "Traceback" not in "".join(server.log)


def open_at(server: Serving, port: int | None) -> list[tuple[int, int]]:
    """The connections of the workers, each with its worker."""
    return [
        (one.pid, connection.raddr.port)
        for one in workers(server)
        for connection in one.net_connections()
        if connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
    ]


def seen(server: Serving, url: str, port: int | None) -> list[tuple[int, int]]:
    with ExitStack() as stack:
        together(url, stack)
        return open_at(server, port)


def test_requests_of_every_worker_are_finished_on_sigterm(calldex: Calldex, start: Start) -> None:
    calldex("org", "create", "Drain")
    key = calldex("key", "create", "--org", "Drain", "--json").json["key"]
    server = start("--workers", "2")
    url = server.wait_until_ready()
    while len({pid for pid, _ in seen(server, url, urlsplit(url).port)}) < 2:
        time.sleep(0.1)
    with ExitStack() as stack:
        begun = [stack.enter_context(half_a_request(url, key)) for _ in range(4)]
        assert len({pid for pid, _ in open_at(server, urlsplit(url).port)}) == 2
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        for one in begun:
            one.sendall(b"}")
            assert one.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(30) == 0
