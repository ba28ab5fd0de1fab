"""`calldex serve` comes up with everything, shares its folder, and goes down in good order."""

import os
import re
import shlex
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from .conftest import Calldex, Start

SEARCH = b"POST /whippy/v1/calls/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"


def postgres_runs(calldex: Calldex) -> bool:
    pid_file = calldex.data / "postgres" / "postmaster.pid"
    if not pid_file.exists():
        return False
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except ProcessLookupError:
        return False
    return True


def half_a_request(url: str, key: str) -> socket.socket:
    """A connection whose request has begun: the server waits for the rest of its body."""
    address = urlsplit(url)
    assert address.hostname is not None
    connection = socket.create_connection((address.hostname, address.port or 80), timeout=30)
    connection.sendall(SEARCH + f"X-WHIPPY-KEY: {key}\r\nContent-Length: 2\r\n\r\n{{".encode())
    time.sleep(0.5)
    return connection


def signed_in(url: str, email: str) -> str:
    """What the browser of somebody keeps who has signed in by the form."""
    with httpx.Client(base_url=url, timeout=30) as client:
        mark = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
        assert mark is not None
        fields = {"csrf": mark[1], "email": email, "password": "correct horse battery", "zone": "UTC", "next": ""}
        assert client.post("/sign-in", data=fields, headers={"Origin": url}).status_code == 303
        return client.cookies["calldex"]


def test_commands_work_beside_a_running_server(calldex: Calldex, start: Start) -> None:
    server = start()
    url = server.wait_for_url()
    assert httpx.get(f"{url}/readyz").status_code == 200
    organization = calldex("org", "create", "Beside", "--json").json["id"]
    key = calldex("key", "create", "--org", organization, "--json").json
    headers = {"Authorization": f"Bearer {key['key']}"}
    for path in ("/stuut/v1/calls", "/stuut/v2/calls", "/whippy/v1/calls"):
        answer = httpx.get(url + path, headers=headers)
        assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert calldex("key", "revoke", key["id"]).code == 0
    time.sleep(2)
    assert httpx.get(f"{url}/stuut/v1/calls", headers=headers).status_code == 401
    assert postgres_runs(calldex)
    assert server.stop() == 0
    assert not postgres_runs(calldex)
    assert key["key"] not in "".join(server.log)


def test_the_request_in_flight_is_finished(calldex: Calldex, start: Start) -> None:
    calldex("org", "create", "Flight")
    key = calldex("key", "create", "--org", "Flight", "--json").json["key"]
    server = start()
    with half_a_request(server.wait_for_url(), key) as connection:
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(b"}")
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(30) == 0


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_streams_do_not_keep_a_server_that_stops(calldex: Calldex, start: Start, tmp_path: Path, workers: int) -> None:
    organization = calldex("org", "create", f"Streams {workers}", "--json").json["id"]
    email = f"streams{workers}@example.com"
    password = tmp_path / "password"
    password.write_text("correct horse battery")
    assert calldex("user", "add", email, "--org", organization, "--password-file", str(password)).code == 0
    # Long enough that a server that waited for a stream would be seen to wait.
    server = start("--workers", str(workers), CALLDEX_SHUTDOWN_SECONDS="300")
    url = server.wait_until_ready()
    token = signed_in(url, email)
    asked = f"/events HTTP/1.1\r\nHost: x\r\nCookie: calldex={token}\r\n\r\n".encode()
    address = urlsplit(url)
    assert address.hostname is not None
    with ExitStack() as stack:
        for request in (b"GET " + asked, b"HEAD " + asked, b"GET " + asked + b"GET /calls HTTP/1.1\r\n") * 2:
            opened = stack.enter_context(socket.create_connection((address.hostname, address.port or 80), timeout=30))
            opened.sendall(request)
            assert opened.recv(17).startswith(b"HTTP/1.1 200 ")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert not postgres_runs(calldex)
    assert "Error" not in "".join(server.log)


def test_the_second_ctrl_c_does_not_wait(calldex: Calldex, start: Start) -> None:
    calldex("org", "create", "Impatient")
    key = calldex("key", "create", "--org", "Impatient", "--json").json["key"]
    server = start()
    with half_a_request(server.wait_for_url(), key):
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        server.process.wait(30)
        assert time.monotonic() - began < 5
    assert not postgres_runs(calldex)


def test_after_a_kill_the_next_start_takes_over(calldex: Calldex, start: Start) -> None:
    server = start()
    server.wait_for_url()
    server.stop(signal.SIGKILL)
    assert postgres_runs(calldex)
    assert start().wait_until_ready()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_database_that_is_killed_under_the_server_comes_back(calldex: Calldex, start: Start, workers: int) -> None:
    organization = calldex("org", "create", f"Killed under {workers}", "--json").json["id"]
    key = calldex("key", "create", "--org", organization, "--json").json["key"]
    server = start("--workers", str(workers))
    url = server.wait_until_ready()
    headers = {"Authorization": f"Bearer {key}"}
    for number in range(2):
        made = httpx.put(f"{url}/api/v1/calls/c{number}", json={"direction": "inbound"}, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        pid = int((calldex.data / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while (answer := httpx.get(f"{url}/api/v1/calls", headers=headers, timeout=30)).status_code != 200:
            assert answer.status_code == 503, answer.text
            assert "retry-after" in answer.headers
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert {call["ids"]["native"] for call in answer.json()["data"]} == {f"c{n}" for n in range(number + 1)}
    assert server.stop() == 0
    assert "was started again" in "".join(server.log)
    assert not postgres_runs(calldex)


def test_a_port_in_use_is_one_sentence(calldex: Calldex) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = calldex("serve", "--port", str(port))
    assert result.code == 1
    assert result.err == (f"calldex: 127.0.0.1:{port} is in use by another program; choose another port with --port.\n")


def test_ctrl_c_while_starting(calldex: Calldex, start: Start) -> None:
    server = start()
    time.sleep(1.5)
    assert server.stop(signal.SIGINT) in {0, 130, -signal.SIGINT}
    assert "Traceback" not in "".join(server.log)


@pytest.mark.slow
def test_a_demo_can_be_tried_by_pasting(tmp_path: Path, start: Start) -> None:
    calldex = Calldex(tmp_path / "demo")
    for remark in ("has 2,000 invented calls", "is already there and keeps its calls"):
        server = start("--demo", runs=calldex)
        server.wait_until_ready()
        assert remark in server.out
        commands = [shlex.split(line) for line in server.lines if line.startswith("  curl ")]
        assert len(commands) == 4
        for command in commands:
            words = command[1:]
            headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
            body = words[words.index("-d") + 1] if "-d" in words else None
            answer = httpx.request("POST" if body else "GET", words[-1], headers=headers, content=body)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert "id" in (found["data"][0] if "data" in found else found)
        assert server.stop() == 0


@pytest.mark.slow
def test_several_workers_are_one_server(calldex: Calldex, start: Start) -> None:
    server = start("--workers", "2")
    url = server.wait_until_ready()
    for _ in range(60):
        # A connection each, so that both workers get some.
        assert httpx.get(f"{url}/nowhere", headers={"Connection": "close"}).status_code == 404
    text = httpx.get(f"{url}/metrics").text
    assert 'route="none",status="404",surface=""} 60.0' in text
    assert "calldex_requests_in_flight 1.0" in text
    # A terminal sends Ctrl-C to the workers too.
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(30) == 0
    assert not postgres_runs(calldex)
    assert "Traceback" not in "".join(server.log)


@pytest.mark.slow
def test_workers_do_not_outlive_their_parent(calldex: Calldex, start: Start) -> None:
    server = start("--workers", "2")
    url = server.wait_until_ready()
    server.stop(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/healthz", timeout=1)
        except httpx.TransportError:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("Somebody still answers.")
    assert start("--port", str(urlsplit(url).port)).wait_until_ready() == url
