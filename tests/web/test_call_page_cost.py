"""The page of a call asks the same statements however much is known of the call, whoever looks at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.surfaces.hearing import hearing
from tests.surfaces.serving import Serving, Tenant
from tests.web.calling import make_call, sound_of, store_recording
from tests.web.visiting import visitor

from calldex.core.events import CallEvent
from calldex.store.call_events import stored_form, write_events

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
_OF_THE_DRIVER = ("SELECT current_setting(", "SELECT set_config(", "WITH RECURSIVE typeinfo_tree")
PARTNER = {"id": "ptn_1", "name": "Corner Bakery"}


async def test_a_call_of_any_size_costs_the_same(app: Serving) -> None:
    tenant = await app.tenant()
    calls = {size: await call_of(tenant, size) for size in (1, 150)}
    for role in ("viewer", "admin"):
        async with visitor(app, tenant, role) as somebody:
            asked = {}
            for size, call in calls.items():
                async with hearing(app.database) as heard:
                    page = await somebody.page(f"/calls/{call}")
                # The driver asks what a type is when a connection first meets it.
                asked[size] = [statement for statement in heard if not statement.startswith(_OF_THE_DRIVER)]
                assert f"said {min(size, 50) - 1}" in page
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
