"""A stream that says what is new ends with its client, whatever that has sent, and when the server stops. Nobody has so
many of them that others have none.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest
from tests.app.crowding import until

from calldex.actions.add_user import add_user
from calldex.actions.create_organization import create_organization
from calldex.actions.sign_in import sign_in
from calldex.app.surfaces import make_surfaces
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.organizations import Organization
from calldex.store.users import Candidate, find_candidates
from calldex.web import live

from .conftest import Running, Serve


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int:
        """The status of the answer; its head is read."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def user(database: Database, organization: Organization, name: str) -> Candidate:
    email = f"{name}@example.com"
    await add_user(database, organization.id, email=email, name=name, role="viewer", password="correct horse battery")
    async with database.session() as session:
        (found,) = await find_candidates(session, email)
    return found


async def token(database: Database, somebody: Candidate) -> str:
    return (await sign_in(database, somebody, "UTC")).token


def asks(token: str, method: str = "GET", path: str = "/events") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nCookie: calldex={token}\r\n\r\n".encode()


async def sends(running: Running, *parts: bytes) -> Connection:
    """A new connection that has sent this."""
    connection = Connection(*await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2])))
    for part in parts:
        connection.writer.write(part)
        await connection.writer.drain()
    return connection


async def streams(running: Running) -> int:
    """How many requests are being answered, besides the one that asks."""
    text = (await running.client.get("/metrics")).text
    found = next(line for line in text.splitlines() if line.startswith("calldex_requests_in_flight "))
    return int(float(found.rpartition(" ")[2])) - 1


async def opened(running: Running, tokens: Sequence[str]) -> tuple[list[Connection], Counter[int]]:
    connections = [await sends(running, asks(one)) for one in tokens]
    return connections, Counter([await one.status() for one in connections])


@pytest.fixture
async def running(serve: Serve, settings: Settings, database: Database) -> AsyncIterator[Running]:
    # A server that waited for a stream when it stops would wait for longer than any test takes.
    async with serve(replace(settings, shutdown_seconds=280), database, make_surfaces) as running:
        yield running


@pytest.mark.parametrize(
    "more",
    [b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /he", b"x" * 100_000, b"\r\n"],
    ids=["request", "half", "nonsense", "nothing"],
)
@pytest.mark.parametrize("together", [True, False], ids=["together", "later"])
async def test_whatever_else_a_client_sends_it_is_noticed_when_it_goes(
    running: Running, database: Database, organization: Organization, more: bytes, together: bool
) -> None:
    viewer = await token(database, await user(database, organization, "viewer"))
    if together:
        connection = await sends(running, asks(viewer) + more)
    else:
        connection = await sends(running, asks(viewer))
        assert await connection.status() == 200
        connection.writer.write(more)
    await connection.close()
    await until(lambda: streams(running), 0)
    # The place is free again: nobody has one.
    fresh, statuses = await opened(running, [viewer] * live.MOST_OF_A_SIGN_IN)
    assert statuses == {200: live.MOST_OF_A_SIGN_IN}
    for one in fresh:
        await one.close()
    await until(lambda: streams(running), 0)
    assert not [line for line in running.log if line["level"] == "error"]


async def test_whoever_sends_more_and_stays_is_cut_off(
    running: Running, database: Database, organization: Organization
) -> None:
    viewer = await token(database, await user(database, organization, "viewer"))
    crowd = [await sends(running, asks(viewer), asks(viewer, path="/calls")) for _ in range(40)]
    await until(lambda: streams(running), 0)
    for one in crowd:
        await one.close()


async def test_nobody_has_so_many_that_others_have_none(
    running: Running, database: Database, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = await user(database, organization, "greedy")
    tokens = [await token(database, greedy) for _ in range(3)]
    held, statuses = await opened(running, [tokens[0]] * (live.MOST_OF_A_SIGN_IN + 3))
    assert statuses == {200: live.MOST_OF_A_SIGN_IN, 503: 3}
    more, statuses = await opened(running, [tokens[1]] * live.MOST_OF_A_SIGN_IN + [tokens[2]])
    assert statuses == {200: live.MOST_OF_A_PERSON - live.MOST_OF_A_SIGN_IN, 503: 1}
    held += more
    colleague = await token(database, await user(database, organization, "colleague"))
    monkeypatch.setattr(live, "MOST_OF_AN_ORGANIZATION", live.MOST_OF_A_PERSON + 1)
    more, statuses = await opened(running, [colleague] * 2)
    assert statuses == {200: 1, 503: 1}
    held += more
    stranger = await token(database, await user(database, await create_organization(database, "Other"), "stranger"))
    monkeypatch.setattr(live, "MOST_STREAMS", live.MOST_OF_AN_ORGANIZATION + 1)
    more, statuses = await opened(running, [stranger] * 2)
    assert statuses == {200: 1, 503: 1}
    held += more
    refused = await running.client.get("/events", headers={"Cookie": f"calldex={stranger}"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    for one in held:
        await one.close()
    await until(lambda: streams(running), 0)
    held, statuses = await opened(running, [tokens[2], colleague, stranger])
    assert statuses == {200: 3}
    for one in held:
        await one.close()


async def test_only_what_a_stream_begins_with_is_told_without_one(
    running: Running, database: Database, organization: Organization
) -> None:
    viewer = await token(database, await user(database, organization, "viewer"))
    connection = await sends(running, asks(viewer, "HEAD"))
    assert await connection.status() == 200
    # The connection goes on with the next request, which has an end.
    connection.writer.write(asks(viewer, "HEAD", "/healthz"))
    assert await connection.status() == 200
    await connection.close()
    head = await running.client.head("/events", headers={"Cookie": f"calldex={viewer}"})
    assert head.headers["content-type"].startswith("text/event-stream")
    assert await streams(running) == 0
