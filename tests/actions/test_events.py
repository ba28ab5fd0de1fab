"""Events become calls and meet what imports say: newer wins key by key, whoever says it and whenever it comes.

Events that share a name are one call, also when they were two before: the smaller UUID stays, everything of the
other moves to it, and the ids that were shown keep leading to it.
"""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from tests.actions.sequences import Delivery, calls_of, delivered, shown, take
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.whippy.examples import full_call

from calldex.core.errors import InvalidRequest
from calldex.core.ids import typed_id
from calldex.store.call_events import FOLLOWING

RETELL = "call_7f0c1f2a9d3e4b5c8a61"
STUUT: dict[str, Any] = {
    "id": "call_01kkgdsbm2f8sbzc6fd4eg8r1a",
    "object": "call",
    "direction": "outbound",
    "to_number": "+12025550177",
    "created_at": "2026-03-12T14:59:00Z",
    "modified_at": "2026-03-12T14:59:30Z",
    "status": "queued",
    "call_reason": "Overdue invoice",
    "retell_id": RETELL,
}


def generic(kind: str, second: int, **data: Any) -> Delivery:
    stamp = f"2026-03-12T15:00:{second:02d}Z"
    return "generic", json.dumps({"type": kind, "timestamp": stamp, "data": data}).encode()


async def test_a_call_is_what_its_events_say(tenant: Tenant) -> None:
    await take(tenant, delivered("retell", "call_started", "call_ended", "call_analyzed"))
    (call,) = (await tenant.answer("/stuut/v1/calls"))["data"]
    assert (call["status"], call["direction"], call["retell_id"]) == ("completed", "outbound", RETELL)
    assert (call["from_number"], call["to_number"]) == ("+12025550143", "+12025550177")
    assert call["summary"]
    assert await tenant.answer(f"/stuut/v1/calls/{RETELL}") == call


async def test_a_call_that_nobody_dates_stands_at_its_first_event(tenant: Tenant) -> None:
    await take(tenant, [generic("call.analyzed", 9, id="a", summary="Good."), generic("call.updated", 5, id="a")])
    (call,) = await calls_of(tenant)
    assert call["occurred_at"].second == 5
    await take(tenant, [generic("call.created", 2, id="a")])
    (call,) = await calls_of(tenant)
    assert (call["occurred_at"].second, call["created_at"].second) == (2, 2)


LEGS = [
    generic("call.started", 1, id="leg one", from_number="+12025550143"),
    generic("call.started", 2, id="leg two", to_number="+12025550177"),
    generic("call.updated", 3, id="room", other_ids=["leg one"], language="en"),
    generic("call.updated", 4, id="room", other_ids=["leg two"], call_reason="Overdue"),
    generic("call.ended", 5, id="leg two", disconnection_reason="user_hangup"),
]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
async def test_calls_that_turn_out_to_be_one_are_joined(app: Serving, order: tuple[int, ...]) -> None:
    tenant = await app.tenant()
    ids = set()
    for place in order:
        await take(tenant, [LEGS[place]])
        ids |= {call["id"] for call in await calls_of(tenant)}
    (call,) = await calls_of(tenant)
    facts = {"from_number", "to_number", "language", "call_reason", "disconnection_reason", "status"}
    assert {name: call[name] for name in facts} == {
        "from_number": "+12025550143",
        "to_number": "+12025550177",
        "language": "en",
        "call_reason": "Overdue",
        "disconnection_reason": "user_hangup",
        "status": "completed",
    }
    for name in ("leg one", "leg two", "room"):
        assert (await tenant.answer(f"/stuut/v1/calls/{name}"))["id"] == typed_id("call", call["id"])
    for known in ids:
        assert (await tenant.answer(f"/skipcall/v1/calls/{known}"))["id"] == str(call["id"])
        assert (await tenant.answer(f"/stuut/v1/calls/{typed_id('call', known)}"))["to_number"] == "+12025550177"
    assert (
        await tenant.database.pool.fetchval(
            "SELECT sum(calls) FROM call_counts WHERE organization_id = $1 AND detail = 0 AND span = 0",
            tenant.organization.id,
        )
        == 1
    )


async def test_the_smaller_id_stays(tenant: Tenant) -> None:
    await take(tenant, [LEGS[0]])
    await take(tenant, [LEGS[1]])
    before = [call["id"] for call in await calls_of(tenant)]
    assert len(before) == 2
    await take(tenant, LEGS[2:4])
    assert [call["id"] for call in await calls_of(tenant)] == [min(before)]


@pytest.mark.parametrize("first", ["events", "import", "events between imports"])
async def test_a_mirrored_call_and_its_platforms_events_are_one(app: Serving, first: str) -> None:
    tenant = await app.tenant()
    events = delivered("retell", "call_started", "call_ended", "call_analyzed")
    if first == "events":
        await take(tenant, events)
        await tenant.take("stuut-v1", [STUUT])
    elif first == "import":
        await tenant.take("stuut-v1", [STUUT])
        await take(tenant, events)
    else:
        await tenant.take("stuut-v1", [STUUT | {"retell_id": None, "modified_at": STUUT["created_at"]}])
        await take(tenant, events)
        assert len(await calls_of(tenant)) == 2
        await tenant.take("stuut-v1", [STUUT])
    assert await tenant.take("stuut-v1", [STUUT]) == ["unchanged"]
    (call,) = (await tenant.answer("/stuut/v1/calls"))["data"]
    assert (call["id"], call["status"], call["call_reason"]) == (STUUT["id"], "completed", "Overdue invoice")
    assert (await tenant.answer(f"/stuut/v1/calls/{RETELL}"))["id"] == STUUT["id"]


async def test_two_calls_of_one_source_stay_two(tenant: Tenant) -> None:
    other = STUUT | {"id": "call_01kkgdsbm2f8sbzc6fd4eg8r1b"}
    await tenant.take("stuut-v1", [STUUT, other])
    await take(tenant, delivered("retell", "call_started", "call_ended"))
    await tenant.take("stuut-v1", [other])
    assert sorted(call["id"] for call in (await tenant.answer("/stuut/v1/calls"))["data"]) == [STUUT["id"], other["id"]]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_imports_and_events_of_one_source_meet_by_time(app: Serving, order: tuple[int, ...]) -> None:
    tenant = await app.tenant()
    webhooks = delivered("whippy", "call_started", "call_ended")
    record = json.loads(webhooks[1][1])["data"]
    older = full_call(1) | {
        "id": record["id"],
        "updated_at": "2026-03-12T15:00:01Z",
        "created_at": record["created_at"],
    }
    newer = {
        "id": record["id"],
        "updated_at": "2026-03-12T16:00:00Z",
        "language": "fr",
        "created_at": record["created_at"],
    }
    for place in order:
        if place < 2:
            await take(tenant, [webhooks[place]])
        else:
            await tenant.take("whippy", [(older, newer)[place - 2]])
    (call,) = await calls_of(tenant)
    assert (call["language"], call["to_number"], call["status"]) == ("fr", record["to"], "completed")


async def test_two_sources_at_the_same_moment_are_decided_by_name(app: Serving) -> None:
    sid = "CA11111111111111111111111111111111"
    one = generic("call.updated", 8, id=sid, from_number="+12025550101", notes="generic")
    twilio: Delivery = (
        "twilio",
        f"CallSid={sid}&CallStatus=ringing&From=%2B12025550102&Timestamp=Thu%2C+12+Mar+2026+15%3A00%3A08+%2B0000".encode(),
    )
    outcomes = []
    for order in ([one, twilio], [twilio, one]):
        tenant = await app.tenant()
        for delivery in order:
            await take(tenant, [delivery])
        (call,) = await calls_of(tenant)
        outcomes.append((call["from_number"], call["notes"]))
    assert outcomes[0] == outcomes[1]


async def test_lists_are_completed_the_same_in_every_order(app: Serving) -> None:
    lists = [
        [{"classification": "dispute", "reason": "first"}, {"classification": "other", "language": "en"}],
        [{"classification": "dispute", "is_action_required": True}],
        [{"classification": "complaint"}, {"classification": "feedback"}],
    ]
    deliveries = [generic("call.updated", second, id="a", classifications=given) for second, given in enumerate(lists)]
    outcomes = []
    for order in permutations(deliveries):
        tenant = await app.tenant()
        for delivery in order:
            await take(tenant, [delivery])
        outcomes.append(await shown(tenant))
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_a_transcript_that_grew_is_kept_once(tenant: Tenant) -> None:
    deliveries = [
        generic("call.updated", n, id="a", transcript_text="word " * 400 * n, notes=str(n)) for n in range(1, 20)
    ]
    for delivery in [*deliveries[::2], *deliveries[1::2]]:
        await take(tenant, [delivery])
    (call,) = await calls_of(tenant)
    assert (len(call["transcript_text"]), call["notes"]) == (5 * 400 * 19, "19")
    size = await tenant.database.pool.fetchval(
        "SELECT sum(length(said::text)) FROM call_events WHERE organization_id = $1", tenant.organization.id
    )
    assert size < 5 * 400 * 19 + 19 * 200
    assert await take(tenant, deliveries) == 0


async def test_nothing_of_it_reaches_another_organization(app: Serving) -> None:
    one, other = await app.tenant(), await app.tenant()
    await take(one, LEGS)
    await take(other, [LEGS[0]])
    assert (await calls_of(other))[0]["language"] is None
    assert (await calls_of(one))[0]["language"] == "en"


async def test_text_that_no_index_can_hold_is_refused_whole(tenant: Tenant) -> None:
    with pytest.raises(InvalidRequest, match="from_number"):
        await take(tenant, [LEGS[0], generic("call.updated", 3, id="b", from_number="1" * 600)])
    assert await calls_of(tenant) == []


async def test_no_table_forgets_a_call_that_moved(app: Serving) -> None:
    # The links of a call are written anew with every call.
    rows = await app.database.pool.fetch(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'call_id'"
    )
    anew = {"call_classifications", "call_invoices", "call_tags", "call_texts"}
    assert {row[0] for row in rows} - anew == set(FOLLOWING)
