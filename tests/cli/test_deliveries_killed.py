"""`kill -9` in the middle of deliveries, again and again, from a sender that tries until it hears a 2xx.

Afterwards every call is there once, none lost, none doubled, each as its last event says.
"""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.app.signing import generic_event, signed

from .conftest import Calldex, Start

SENDERS = 8
CALLS = 2500
KILLS = 6


class Sender:
    """Delivers in any order and does not give up."""

    def __init__(self, url: str, secret: str, bodies: list[bytes]) -> None:
        self.url, self.secret, self.bodies = url, secret, bodies
        self.accepted = 0
        self.duplicates = 0
        self._lock = threading.Lock()

    def deliver_all(self) -> None:
        shares = [self.bodies[at::SENDERS] for at in range(SENDERS)]
        with ThreadPoolExecutor(SENDERS) as threads:
            list(threads.map(self._deliver, shares))

    def _deliver(self, bodies: list[bytes]) -> None:
        with httpx.Client(timeout=20) as client:
            for body in bodies:
                while True:
                    headers = signed("generic", body, self.url, secret=self.secret)
                    try:
                        answer = client.post(self.url, content=body, headers=headers)
                    except httpx.TransportError:
                        time.sleep(0.05)
                        continue
                    if answer.status_code == 202:
                        with self._lock:
                            self.accepted += 1
                            self.duplicates += answer.json()["duplicate"]
                        break
                    assert answer.status_code in {503, 500}, answer.text
                    time.sleep(0.05)


def events(calls: int) -> list[bytes]:
    """Four events of each call, in any order; the last one says its number."""
    bodies = []
    for number in range(calls):
        name = f"call-{number:05d}"
        bodies += [
            generic_event("call.created", name, 1, from_number="+12025550143", to_number="+12025550177"),
            generic_event("call.started", name, 2, direction="outbound"),
            generic_event("call.ended", name, 30, disconnection_reason="user_hangup"),
            generic_event("call.analyzed", name, 40, summary=f"This is number {number}."),
        ]
    random.Random(calls).shuffle(bodies)  # noqa: S311 - an order to try, drawn from a seed.
    return bodies


def all_calls(url: str, key: str) -> Iterator[dict[str, object]]:
    page: int | None = 0
    while page is not None:
        answer = httpx.get(
            f"{url}/stuut/v1/calls",
            params={"page": page, "limit": 50},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        ).json()
        yield from answer["data"]
        page = answer["next_page"]


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_delivery_is_lost_or_doubled(tmp_path: Path, start: Start) -> None:
    calldex = Calldex(tmp_path / "killed")
    calldex("org", "create", "Killed")
    key = calldex("key", "create", "--org", "Killed", "--json").json["key"]
    source = calldex("source", "add", "generic", "--org", "Killed", "--json").json
    server = start(runs=calldex)
    url = server.wait_until_ready()
    port = str(urlsplit(url).port)
    bodies = events(CALLS)
    sender = Sender(f"{url}/ingest/generic/{source['id']}", source["secret"], bodies)
    sending = threading.Thread(target=sender.deliver_all)
    sending.start()
    for number in range(1, KILLS + 1):
        wait_until(lambda number=number: sender.accepted >= len(bodies) * number // (KILLS + 1), 300)  # type: ignore[misc]
        server.stop(signal.SIGKILL)
        server = start("--port", port, runs=calldex)
        server.wait_until_ready()
    sending.join(600)
    assert not sending.is_alive()
    assert sender.accepted == len(bodies)

    def states() -> dict[str, int]:
        found: dict[str, int] = {}
        listed = calldex("inbox", "list", "--state", "all", "--limit", "100000", "--json")
        for one in json.loads(listed.out):
            found[one["state"]] = found.get(one["state"], 0) + 1
        return found

    wait_until(lambda: "waiting" not in states(), 300)
    assert states() == {"done": len(bodies)}
    found = list(all_calls(url, key))
    assert sorted(str(call["summary"]) for call in found) == sorted(f"This is number {n}." for n in range(CALLS))
    assert {(call["status"], call["direction"], call["disconnection_reason"]) for call in found} == {
        ("completed", "outbound", "user_hangup")
    }
    assert server.stop() == 0
