"""A server at its capacity lets requests wait a little, refuses the rest with 503 and Retry-After in the surface's own
shape, and works again at once when there is room. Whoever sends or takes slowly holds no connection to the database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tests.actions.sequences import delivered
from tests.app.crowding import crowded, until
from tests.app.signing import SECRETS, signed

from calldex.actions.add_source import add_source
from calldex.actions.issue_key import IssuedKey
from calldex.app.protocol import BoundedHttp
from calldex.settings import Settings
from calldex.store.database import Database, connected
from calldex.store.door import WAITING_PER_CONNECTION
from calldex.store.organizations import Organization

from .conftest import Serve

CONNECTIONS = 2
ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "/stuut/v1/calls": ("GET", "/stuut/v1/calls", {}),
    "/stuut/v2/calls": ("GET", "/stuut/v2/calls/call_01m7wsc76regpb3vb9qf1n30mn", {}),
    "/skipcall": ("GET", "/skipcall/v1/calls/2", {}),
    "/whippy": ("POST", "/whippy/v1/calls/search", {"json": {}}),
    "/api": ("GET", "/api/v1/calls", {}),
    "/api write": ("PUT", "/api/v1/calls/one", {"json": {"created_at": "2026-03-01T00:00:00Z"}}),
    "/api batch": ("POST", "/api/v1/calls:batch", {"json": {"calls": [{"id": "one"}]}}),
}
SHAPES = {
    "/stuut": {"detail"},
    "/skipcall": {"statusCode", "message", "error", "code"},
    "/whippy": {"errors", "status"},
    "/api": {"type", "title", "status", "detail", "code"},
}


async def test_over_capacity_every_surface_refuses_in_its_own_shape_and_recovers(
    serve: Serve, settings: Settings, database_url: str, key: IssuedKey
) -> None:
    settings = replace(settings, wait_ms=1000)
    async with crowded(serve, settings, database_url, key, CONNECTIONS) as server:
        async with server.occupied() as waiting:
            refused = await asyncio.gather(*(server.ask(path, how, **more) for how, path, more in ASKED.values()))
            assert not any(task.done() for task in waiting)
            for name, answer in zip(ASKED, refused, strict=True):
                assert answer.status_code == 503, (name, answer.text)
                assert 1 <= int(answer.headers["retry-after"]) <= 3
                assert set(answer.json()) == SHAPES["/" + name.split("/")[1].split()[0]]
            assert refused[4].json()["code"] == "overloaded"
            assert (await server.ask("/api/problems/overloaded")).status_code == 200
            # Nobody takes a busy server out of service.
            assert (await server.running.client.get("/readyz")).status_code == 200
            assert await server.metric('calldex_database_waits_total{outcome="given_up"}') == len(ASKED)
            assert await server.metric('calldex_database_connections{state="busy"}') == CONNECTIONS
            assert await server.metric("calldex_database_waiting") == 0
        assert [(await task).status_code for task in waiting] == [200] * CONNECTIONS
        assert (await server.ask("/stuut/v1/calls")).status_code == 200
        assert await server.metric('calldex_database_connections{state="busy"}') == 0
        assert {line.get("error") for line in server.running.log if line.get("status") == 503} == {"overloaded"}


async def test_the_queue_is_bounded_and_is_served_when_there_is_room(
    serve: Serve, settings: Settings, database_url: str, key: IssuedKey
) -> None:
    settings = replace(settings, wait_ms=10_000)
    async with crowded(serve, settings, database_url, key, 1) as server:
        async with server.occupied():
            asked = [asyncio.create_task(server.ask("/stuut/v1/calls")) for _ in range(WAITING_PER_CONNECTION + 7)]
            await until(lambda: sum(task.done() for task in asked), 7)
            assert {task.result().status_code for task in asked if task.done()} == {503}
            assert await server.metric("calldex_database_waiting") == WAITING_PER_CONNECTION
        answers = Counter([(await task).status_code for task in asked])
        assert answers == {200: WAITING_PER_CONNECTION, 503: 7}
        assert await server.metric('calldex_database_waits_total{outcome="refused"}') == 7
        assert await server.metric('calldex_database_waits_total{outcome="served"}') >= WAITING_PER_CONNECTION


async def test_kept_deliveries_just_wait(
    serve: Serve, settings: Settings, database_url: str, database: Database, organization: Organization, key: IssuedKey
) -> None:
    endpoint = await add_source(database, organization, "retell", SECRETS["retell"])
    body = delivered("retell", "call_started")[0][1]
    async with crowded(serve, replace(settings, wait_ms=1000), database_url, key, 1) as server:
        url = f"{server.running.url}/ingest/retell/{endpoint}"

        async def deliver() -> int:
            return (
                await server.running.client.post(url, content=body, headers=signed("retell", body, url))
            ).status_code

        async with server.occupied():
            # The sender is told to come again, and the loop that processes waits for longer than a request may.
            assert await deliver() == 503
            await asyncio.sleep(1.5)
        assert await deliver() == 202
        async with connected(database_url) as outside:
            await until(lambda: outside.fetchval("SELECT count(*) FROM deliveries WHERE state = 'done'"), 1)
        assert not [line for line in server.running.log if "deliveries wait" in line["event"]]


async def test_slow_uploads_hold_no_connection(
    serve: Serve, settings: Settings, database_url: str, key: IssuedKey
) -> None:
    async with crowded(serve, settings, database_url, key, CONNECTIONS) as server:
        put = {"created_at": "2026-03-01T00:00:00Z"}
        assert (await server.ask("/api/v1/calls/one", "PUT", json=put)).status_code == 201
        batch = server.head("POST", "/api/v1/calls:batch", "Content-Type: application/json", "Content-Length: 5000")
        sound = server.head("POST", "/api/v1/calls/one/recording", "Content-Type: audio/wav", "Content-Length: 5000")
        search = server.head("POST", "/whippy/v1/calls/search", "Content-Type: application/json", "Content-Length: 500")
        slow = []
        for request in (batch, sound, search) * 2:
            slow += server.sockets(35, request + b"{")
            await until(lambda: server.metric("calldex_requests_in_flight"), len(slow) + 1)
        for _ in range(5):
            assert (await server.ask("/stuut/v1/calls")).status_code == 200
        assert await server.metric('calldex_database_connections{state="busy"}') == 0
        for one in slow:
            one.close()
        await until(lambda: server.metric("calldex_requests_in_flight"), 1)


async def test_who_takes_nothing_holds_no_connection_and_is_cut_off(
    serve: Serve, settings: Settings, database_url: str, key: IssuedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings, wait_ms=10_000, max_body_bytes=1024**2)
    async with crowded(serve, settings, database_url, key, CONNECTIONS) as server:
        for number in range(25):
            call = {"created_at": "2026-03-01T00:00:00Z", "summary": f"{number}" * 200_000}
            assert (await server.ask(f"/api/v1/calls/{number}", "PUT", json=call)).status_code == 201
        sound = {"content": b"s" * 16_000_000, "headers": {"Content-Type": "audio/wav"}}
        assert (await server.ask("/api/v1/calls/1/recording", "POST", **sound)).status_code == 201
        monkeypatch.setattr(BoundedHttp, "stalled_seconds", 4)
        paths = (
            "/api/v1/calls?limit=25",
            "/stuut/v1/calls?limit=25",
            "/whippy/v1/calls?limit=25",
            "/api/v1/calls/1/recording",
        )
        deaf = [one for path in paths for one in server.sockets(CONNECTIONS + 5, server.head("GET", path))]
        await until(lambda: server.held(deaf), len(deaf))
        for _ in range(3):
            assert (await server.ask("/stuut/v2/calls")).status_code == 200
        await until(lambda: server.metric('calldex_database_connections{state="busy"}'), 0)
        # An idle connection would be kept for longer than anybody waits here.
        await until(lambda: server.held(deaf), 0)
        for one in deaf:
            one.close()
        assert (await server.ask("/stuut/v2/calls")).status_code == 200


async def test_who_sends_nothing_more_is_cut_off_and_who_takes_or_sends_slowly_is_not(
    serve: Serve, settings: Settings, database_url: str, key: IssuedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedHttp, "stalled_seconds", 1)
    async with crowded(serve, settings, database_url, key, CONNECTIONS) as server:
        head = server.head("POST", "/whippy/v1/calls/search", "Content-Type: application/json", "Content-Length: 9")
        silent, *slow = server.sockets(3, head)
        for one in slow:
            one.settimeout(0)
        loop = asyncio.get_running_loop()
        for letter in b'{"q": ""}':
            for one in slow:
                await loop.sock_sendall(one, bytes([letter]))
            await asyncio.sleep(0.3)
        silent.settimeout(0)
        assert await loop.sock_recv(silent, 100) == b""
        for one in slow:
            assert (await loop.sock_recv(one, 100)).startswith(b"HTTP/1.1 422 ")
        for one in (silent, *slow):
            one.close()
