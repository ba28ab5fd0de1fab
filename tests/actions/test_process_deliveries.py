"""What cannot be processed waits, whole, with its reason, and stops nothing else.

Tries come at growing intervals; after the last one, or when trying again is hopeless, the delivery has failed. A
retry starts anew. Several processes share the work, and none of them does another's again.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from tests.app.signing import SECRETS, generic_event

from calldex.actions.add_source import add_source
from calldex.actions.create_organization import create_organization
from calldex.actions.process_deliveries import TRIES, Processing, process_deliveries
from calldex.actions.receive_delivery import receive_delivery
from calldex.app.senders import PROCESSING
from calldex.core.events import Heard
from calldex.store import deliveries
from calldex.store.database import Database
from calldex.store.endpoints import Endpoint, find_endpoint

POISON = b"poison"


def parse(body: bytes, content_type: str | None) -> Heard:
    """The real parser, but for one body at which it breaks as a defect would."""
    if body == POISON:
        raise ZeroDivisionError("a defect")
    return PROCESSING.parsers["generic"](body, content_type)


BREAKING = replace(PROCESSING, parsers={"generic": parse})


async def endpoint_of(database: Database, name: str = "Acme") -> Endpoint:
    organization = await create_organization(database, name)
    endpoint_id = await add_source(database, organization, "generic", SECRETS["generic"])
    async with database.pool.acquire() as session:
        found = await find_endpoint(session, endpoint_id)
    assert found is not None
    return found


async def deliver(database: Database, endpoint: Endpoint, body: bytes) -> UUID:
    found, is_new = await receive_delivery(database, endpoint, body.hex()[:200], body, None, datetime.now(UTC))
    assert is_new
    return found


async def rows(database: Database) -> dict[UUID, Any]:
    return {row["id"]: row for row in await database.pool.fetch("SELECT * FROM deliveries")}


async def work(database: Database, processing: Processing = PROCESSING) -> int:
    total = 0
    while taken := await process_deliveries(database, processing):
        total += taken
    return total


async def due_now(database: Database) -> None:
    await database.pool.execute("UPDATE deliveries SET due_at = now() WHERE state = 'waiting'")


async def test_one_that_breaks_stops_nobody_else(database: Database) -> None:
    endpoint = await endpoint_of(database)
    good = [await deliver(database, endpoint, generic_event("call.created", f"c{n}", n)) for n in range(3)]
    bad = await deliver(database, endpoint, POISON)
    more = await deliver(database, endpoint, generic_event("call.created", "last", 9))
    assert await work(database, BREAKING) == 5
    found = await rows(database)
    assert {found[one]["state"] for one in (*good, more)} == {"done"}
    assert (found[bad]["state"], found[bad]["attempts"]) == ("waiting", 1)
    assert found[bad]["reason"] == "ZeroDivisionError: a defect"
    assert bytes(found[bad]["body"]) == POISON
    assert await database.pool.fetchval("SELECT count(*) FROM calls") == 4


async def test_tries_come_at_growing_intervals_and_end(database: Database) -> None:
    endpoint = await endpoint_of(database)
    bad = await deliver(database, endpoint, POISON)
    waits = []
    for _ in range(TRIES - 1):
        assert await work(database, BREAKING) == 1
        row = (await rows(database))[bad]
        now = await database.pool.fetchval("SELECT now()")
        waits.append(row["due_at"] - now)
        assert await work(database, BREAKING) == 0
        await due_now(database)
    assert all(later > 2 * sooner for sooner, later in pairwise(waits))
    assert timedelta(minutes=30) < waits[-1] < timedelta(hours=3)
    assert await work(database, BREAKING) == 1
    row = (await rows(database))[bad]
    assert (row["state"], row["attempts"], row["reason"]) == ("failed", TRIES, "ZeroDivisionError: a defect")
    async with database.pool.acquire() as session:
        assert await deliveries.retry_deliveries(session, delivery_ids=[bad]) == 1
    assert await work(database) == 1
    assert (await rows(database))[bad]["state"] == "nonsense"


async def test_what_the_store_refuses_has_failed_at_once(database: Database) -> None:
    endpoint = await endpoint_of(database)
    long = await deliver(database, endpoint, generic_event("call.created", "a", 1, to_number="1" * 600))
    assert await work(database) == 1
    row = (await rows(database))[long]
    assert (row["state"], row["attempts"]) == ("failed", 1)
    assert "to_number" in row["reason"]


async def test_a_sender_that_is_gone(database: Database) -> None:
    endpoint = await endpoint_of(database)
    await deliver(database, endpoint, generic_event("call.created", "a", 1))
    assert await work(database, replace(PROCESSING, parsers={})) == 1
    (row,) = (await rows(database)).values()
    assert (row["state"], row["reason"]) == ("failed", 'This Calldex has no sender "generic".')


async def test_many_workers_do_each_delivery_once(database: Database) -> None:
    endpoints = [await endpoint_of(database, name) for name in ("Acme", "Beta")]
    for number in range(60):
        for endpoint in endpoints:
            await deliver(database, endpoint, generic_event("call.created", f"c{number % 20}", number % 60))
    counts = await asyncio.gather(*(work(database, PROCESSING) for _ in range(4)))
    await work(database)
    assert sum(counts) <= 120
    found = (await rows(database)).values()
    assert {(row["state"], row["attempts"]) for row in found} == {("done", 1)}
    assert await database.pool.fetchval("SELECT count(*) FROM calls") == 40
    assert await database.pool.fetchval("SELECT count(*) FROM call_events") == 120


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_batches_of_any_size(database: Database, limit: int) -> None:
    endpoint = await endpoint_of(database)
    for number in range(7):
        await deliver(database, endpoint, generic_event("call.updated", "one", number, summary=str(number)))
    while await process_deliveries(database, PROCESSING, limit):
        pass
    assert await database.pool.fetchval("SELECT summary FROM calls") == "6"


async def test_large_deliveries_are_not_all_taken_at_once(database: Database) -> None:
    endpoint = await endpoint_of(database)
    for number in range(5):
        body = generic_event("call.created", f"c{number}", number, transcript_text="x" * 6 * 1024 * 1024)
        await deliver(database, endpoint, str(number).encode() + body[1:])
    assert [await process_deliveries(database, PROCESSING) for _ in range(3)] == [3, 2, 0]
