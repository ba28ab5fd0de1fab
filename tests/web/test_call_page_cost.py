"""The page of a call asks the same statements however much is known of the call, whoever looks at it.

Counted at the driver: every statement that the task of one request asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.surfaces.serving import Serving, Tenant, serving
from tests.web.calling import make_call, sound_of, store_recording
from tests.web.visiting import visitor

from calldex.core.events import CallEvent
from calldex.store import database as store_database
from calldex.store.call_events import stored_form, write_events

_NOT_OF_THE_PAGE = ("SELECT current_setting(", "SELECT set_config(", "WITH RECURSIVE typeinfo_tree")
NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
PARTNER = {"id": "ptn_1", "name": "Corner Bakery"}

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


def hear(query: Any) -> None:
    heard, statement = _heard.get(), " ".join(query.query.split())
    if heard is not None and not statement.startswith(_NOT_OF_THE_PAGE):
        heard.append(statement)


@pytest.fixture(scope="module")
async def app(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    patch = pytest.MonkeyPatch()
    prepare = store_database._json_as_bytes

    async def prepare_and_listen(connection: asyncpg.Connection[Any]) -> None:
        await prepare(connection)
        connection.add_query_logger(hear)

    patch.setattr(store_database, "_json_as_bytes", prepare_and_listen)
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running
    patch.undo()


async def test_a_call_of_any_size_costs_the_same(app: Serving) -> None:
    tenant = await app.tenant()
    calls = {size: await call_of(tenant, size) for size in (1, 150)}
    for role in ("viewer", "admin"):
        async with visitor(app, tenant, role) as somebody:
            asked = {}
            for size, call in calls.items():
                _heard.set([])
                page = await somebody.page(f"/calls/{call}")
                asked[size] = _heard.get() or []
                _heard.set(None)
                assert f"said {min(size, 300) - 1}" in page
            assert asked[1] == asked[150]
            assert len(asked[1]) <= 17, asked[1]


async def call_of(tenant: Tenant, size: int) -> str:
    """A call of which so much is known."""
    call = await make_call(
        tenant,
        f"call_{size}",
        partner=PARTNER,
        approver={"id": "user_1", "name": "Ana"},
        workflow={"id": "otwfl_1", "name": "Gentle reminder"},
        invoices=[{"id": f"inv_{number}", "number": f"LF-{number}", "amount_due": 1} for number in range(size)],
        transcript=[{"role": "agent", "content": f"said {number}"} for number in range(size)],
        classifications=[{"classification": "other", "tasks": [{"label": f"Task {n}"} for n in range(size)]}],
    )
    await store_recording(tenant, call, sound_of(1))
    for number in range(size // 10 + 1):
        answer = await tenant.client.post(
            f"/api/v1/calls/{call}/notes",
            json={"text": f"Note {number}"},
            headers={"Authorization": f"Bearer {tenant.key}"},
        )
        assert answer.status_code == 201, answer.text
    said = stored_form(CallEvent("native", "call.updated", (call,), NOON, 20, {"summary": "Hello."})).event
    events = [replace(said, time=NOON + timedelta(seconds=number)) for number in range(size)]
    async with tenant.database.session() as session, session.transaction():
        rows = [(UUID(call), stored_form(event)) for event in events]
        await write_events(session, tenant.organization.id, rows)
    return call
