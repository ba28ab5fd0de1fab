"""Real sequences of deliveries, taken in as they come, and what all surfaces then show of the calls."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.surfaces.serving import Tenant

from calldex.actions.record_events import record_events
from calldex.app.senders import PROCESSING, SENDERS
from calldex.core.events import CallEvent

Delivery = tuple[str, bytes]
"""The sender and the body."""

_FIXTURES = Path(__file__).parents[1] / "ingest"


def delivered(sender: str, *names: str) -> list[Delivery]:
    """The fixtures of these names."""
    bodies = []
    for name in names:
        (path,) = (_FIXTURES / sender / "fixtures").glob(f"{name}.*")
        raw = path.read_bytes()
        bodies.append((sender, b"&".join(raw.split()) if path.suffix == ".form" else raw))
    return bodies


def events_of(delivery: Delivery) -> tuple[CallEvent, ...]:
    heard = SENDERS[delivery[0]].parse(delivery[1], None)
    assert heard.meaning != "nonsense", heard
    return heard.events


async def take(tenant: Tenant, deliveries: Iterable[Delivery]) -> int:
    """Record the deliveries' events in one transaction; how many were new."""
    events = [event for delivery in deliveries for event in events_of(delivery)]
    async with tenant.database.pool.acquire() as session, session.transaction():
        return await record_events(session, tenant.organization.id, PROCESSING.recording, events)


async def take_in_batches(tenant: Tenant, deliveries: Sequence[Delivery], chance: random.Random) -> None:
    """Record them in their order, in transactions of any size."""
    left = list(deliveries)
    while left:
        size = chance.randint(1, len(left))
        await take(tenant, left[:size])
        left = left[size:]


async def shown(tenant: Tenant) -> dict[str, Any]:
    """Everything that the four surfaces show, with our own ids replaced: they are decided by what comes first."""
    search = await tenant.client.post("/whippy/v1/calls/search", json={}, headers={"X-Whippy-Key": tenant.key})
    assert search.status_code == 200, search.text
    whippy = json.loads(search.content)
    first = await tenant.answer("/stuut/v1/calls")
    pages = {
        "stuut v1": first,
        "stuut v2": await tenant.answer("/stuut/v2/calls"),
        "whippy": whippy,
        "skipcall": [await tenant.answer(f"/skipcall/v1/calls/{call['id']}") for call in whippy["data"]],
    }
    text = json.dumps(pages, default=str)
    ids = [call["id"] for call in [*whippy["data"], *first["data"]]]
    for name in [str(tenant.organization.public_id), *ids]:
        text = text.replace(name, "OURS")
    found: dict[str, Any] = json.loads(text)
    return found


async def calls_of(tenant: Tenant) -> list[dict[str, Any]]:
    """The calls' rows."""
    rows = await tenant.database.pool.fetch(
        "SELECT * FROM calls WHERE organization_id = $1 ORDER BY occurred_at, id", tenant.organization.id
    )
    return [dict(row) for row in rows]
