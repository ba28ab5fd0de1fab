"""One batch is one transaction: a call that cannot be written has its error as its outcome and leaves nothing behind,
the others go in; odd calls never stop a batch; two sources that mean one call share it, two that do not never do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.surfaces.serving import Serving, Tenant, serving

from calldex.core.errors import CalldexError, InvalidRequest
from calldex.core.ids import call_uuid, new_uuid, typed_id

Body = dict[str, Any]
LEAST: Body = {"created_at": "2026-01-01T00:00:00Z", "direction": "inbound", "to_number": "+12025550100"}
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def app(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def tenant(app: Serving) -> Tenant:
    return await app.tenant()


async def count(tenant: Tenant, table: str) -> int:
    async with tenant.database.pool.acquire() as session:
        found = await session.fetchval(
            f"SELECT count(*) FROM {table} WHERE organization_id = $1", tenant.organization.id
        )
    return int(found)


def fields(error: object) -> list[str]:
    assert isinstance(error, InvalidRequest)
    return [problem.field for problem in error.problems]


async def test_a_bad_linked_record_refuses_its_call_and_nothing_else(tenant: Tenant) -> None:
    good = LEAST | {"id": "call_good", "partner": {"id": "ptn_good"}}
    bad = LEAST | {
        "id": "call_bad",
        "partner": {"id": "ptn_of_the_bad_one"},
        "invoices": [{"id": "inv_1", "emails": [{"author": {"id": "user_1", "created_at": "yesterday"}}]}],
    }
    outcomes = await tenant.take("stuut-v1", [good, bad, good | {"id": "call_too"}])
    assert (outcomes[0], outcomes[2]) == ("created", "created")
    assert fields(outcomes[1]) == ["invoice.emails.0.author.created_at"]
    assert await count(tenant, "calls") == 2
    assert await count(tenant, "call_ids") == 2
    answer = await tenant.answer("/stuut/v1/calls")
    assert {call["id"] for call in answer["data"]} == {"call_good", "call_too"}
    async with tenant.database.pool.acquire() as session:
        kept = await session.fetch("SELECT vendor_id FROM records WHERE organization_id = $1", tenant.organization.id)
    assert [row[0] for row in kept] == ["ptn_good"]


async def test_a_call_without_any_time_is_refused(tenant: Tenant) -> None:
    timeless = {"id": "call_1", "direction": "inbound", "to_number": "1", "created_at": None}
    outcomes = await tenant.take("stuut-v1", [timeless, timeless | {"end_time": "2026-01-01T00:00:00Z"}])
    assert [fields(outcome) for outcome in outcomes] == [["created_at"], ["created_at"]]
    silent = {"id": "call_1", "direction": "inbound", "to_number": "+12025550100"}
    assert await tenant.take("stuut-v1", [timeless | LEAST, silent]) == ["created", "unchanged"]
    newer = {"modified_at": "2026-02-01T00:00:00Z", "summary": "Never kept."}
    (outcome,) = await tenant.take("stuut-v1", [timeless | newer])
    assert fields(outcome) == ["created_at"]
    assert (await tenant.answer("/stuut/v1/calls/call_1"))["summary"] is None


LONG = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(20_000))
ODD: dict[str, Body] = {
    "a number beyond all": {"transcript": [10**400, 10**60]},
    "nothing but zeros": {"transcript": "0" * 100_000},
    "the first second": {"created_at": "0001-01-01T00:00:00Z"},
    "the last microsecond": {"created_at": "9999-12-31T23:59:59.999999Z"},
    "before 1970": {"created_at": "1969-12-31T23:59:59.999999Z"},
    "an end before the start": {"start_time": "2026-01-01T00:00:00Z", "end_time": "2025-01-01T00:00:00Z"},
    "a long text": {"summary": LONG, "transcript_str": LONG, "call_reason": LONG},
    "a long direction": {"direction": LONG},
    "a long number": {"to_number": LONG, "from_number": LONG},
    "a long id": {"id": LONG},
    "a long partner": {"partner": {"id": LONG, "name": LONG}},
    "a long classification": {"classifications": [{"classification": LONG}]},
    "a thousand classifications": {"classifications": [{"classification": f"word {n}"} for n in range(1000)]},
    "a thousand invoices": {"invoices": [{"id": f"inv_{n}"} for n in range(1000)]},
    "the same invoice twice": {"invoices": [{"id": "inv_1"}, {"id": "inv_1"}]},
    "an empty id inside": {"partner": {"id": ""}, "invoices": [{"id": None}, {}]},
    "control characters": {"summary": "\x01r\x01\x02\x7f\u2028", "partner": {"id": "\x01", "name": "\x01r\x01"}},
    "an empty number": {"to_number": "", "from_number": " "},
    "its own id in its invoice": {"invoices": [{"id": "call_1", "calls": [{"id": "call_1"}]}]},
    "a key that is empty": {"": {"": ""}, "partner": {"id": "ptn_1", "": {"": []}}},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
async def test_an_odd_call_is_taken_or_refused_and_never_stops_the_others(tenant: Tenant, odd: Body) -> None:
    calls = [LEAST | {"id": "call_before"}, LEAST | {"id": "call_odd"} | odd, LEAST | {"id": "call_after"}]
    for expected in ("created", "unchanged"):
        outcomes = await tenant.take("stuut-v1", calls)
        assert outcomes[0] == outcomes[2] == expected
        assert outcomes[1] == expected or isinstance(outcomes[1], CalldexError)
    for path in ("/stuut/v1/calls", "/stuut/v2/calls", "/skipcall/v1/calls", "/whippy/v1/calls"):
        answer = await tenant.answer(path)
        total = 2 + (outcomes[1] == "unchanged")
        assert len(answer["data"]) == total
        assert answer.get("total_records", answer.get("total", total)) == total


async def test_deep_json_is_refused_or_taken_and_never_stops_the_others(tenant: Tenant) -> None:
    def nested(depth: int, end: object) -> object:
        value = end
        for _ in range(depth):
            value = {"a": [value]}
        return value

    for depth in (50, 150, 240):
        for place in ("transcript", "unknown", "partner"):
            for end in (1, 2):
                deep = nested(depth, end)
                given = {"id": "ptn_1", "custom_fields": deep} if place == "partner" else deep
                outcomes = await tenant.take("stuut-v1", [LEAST | {"id": f"call_{depth}", place: given}])
                assert outcomes[0] in ("created", "updated", "unchanged") or isinstance(outcomes[0], CalldexError)
    assert (await tenant.answer("/stuut/v1/calls"))["total_records"] == 3


async def test_a_uuid_means_one_call_whatever_its_source(tenant: Tenant) -> None:
    for uuid in (uuid4(), new_uuid(MOMENT)):
        assert await tenant.take("stuut-v1", [LEAST | {"id": str(uuid), "summary": "From v1."}]) == ["created"]
        copy = {"id": str(uuid).upper(), "createdAt": "2026-01-01T00:00:00.000Z", "notes": "From Skipcall."}
        assert await tenant.take("skipcall", [copy]) == ["updated"]
        call = await tenant.answer(f"/skipcall/v1/calls/{uuid}")
        assert call["notes"] == "From Skipcall."
        assert (await tenant.answer(f"/stuut/v1/calls/{uuid}"))["summary"] == "From v1."
    assert await count(tenant, "calls") == 2


async def test_the_same_text_from_two_sources_means_two_calls(tenant: Tenant) -> None:
    assert await tenant.take("stuut-v1", [LEAST | {"id": "call_1", "summary": "Stuut's"}]) == ["created"]
    copy = {"id": "call_1", "createdAt": "2026-01-01T00:00:00.000Z", "notes": "Skipcall's"}
    outcomes = await tenant.take("skipcall", [copy])
    assert outcomes == ["created"]
    assert (await tenant.answer("/stuut/v1/calls/call_1"))["summary"] == "Stuut's"
    assert (await tenant.answer("/skipcall/v1/calls/call_1"))["notes"] == "Skipcall's"


async def test_a_uuid_that_is_taken_is_given_to_nobody_else(tenant: Tenant) -> None:
    taken = call_uuid("stuut", "call_1", MOMENT)
    assert await tenant.take("stuut-v1", [LEAST | {"id": str(taken)}]) == ["created"]
    assert await tenant.take("stuut-v1", [LEAST | {"id": "call_1"}]) == ["created"]
    assert await tenant.take("stuut-v1", [LEAST | {"id": "call_1"}, LEAST | {"id": str(taken)}]) == ["unchanged"] * 2
    assert (await tenant.answer(f"/stuut/v1/calls/{taken}"))["id"] == str(taken)
    async with tenant.database.pool.acquire() as session:
        row = await session.fetchrow(
            "SELECT id FROM calls WHERE organization_id = $1 AND id <> $2", tenant.organization.id, taken
        )
    assert row is not None
    other: UUID = row[0]
    assert other.version == 7
    assert (await tenant.answer(f"/stuut/v1/calls/{typed_id('call', other)}"))["id"] == "call_1"


async def test_imports_at_the_same_time_wait_for_each_other(tenant: Tenant) -> None:
    versions = [f"2026-05-01T00:00:{number:02d}Z" for number in range(12)]
    partner = {"id": "ptn_1"}
    copies = [
        LEAST
        | {
            "id": "call_1",
            "modified_at": version,
            "summary": version,
            "partner": partner | {"modified_at": version, "name": version},
        }
        for version in versions
    ]
    order = [copies[number * 5 % 12] for number in range(12)]
    outcomes = await asyncio.gather(*(tenant.take("stuut-v1", [copy]) for copy in order))
    assert sum(outcome == ["created"] for outcome in outcomes) == 1
    call = await tenant.answer("/stuut/v1/calls/call_1")
    assert (call["summary"], call["partner"]["name"]) == (versions[-1], versions[-1])
    assert (await tenant.answer("/stuut/v1/calls"))["total_records"] == 1


async def test_totals_follow_every_change(tenant: Tenant) -> None:
    calls = [LEAST | {"id": f"call_{n}", "sentiment": ("positive", "negative", None)[n % 3]} for n in range(30)]
    await tenant.take("stuut-v1", calls)

    async def totals() -> list[int]:
        queries = ("", "?direction=inbound", "?direction=outbound", "?sentiment=positive", "?sentiment=negative")
        return [(await tenant.answer(f"/stuut/v1/calls{query}"))["total_records"] for query in queries]

    assert await totals() == [30, 30, 0, 10, 10]
    newer = {"modified_at": "2026-02-01T00:00:00Z", "direction": "outbound", "sentiment": "positive"}
    await tenant.take("stuut-v1", [call | newer for call in calls[:6]])
    assert await totals() == [30, 24, 6, 14, 8]
    moved = {"modified_at": "2026-03-01T00:00:00Z", "start_time": "2026-02-02T00:00:00Z", "sentiment": None}
    await tenant.take("stuut-v1", [call | moved for call in calls[6:12]])
    assert await totals() == [30, 24, 6, 12, 6]
    assert await count(tenant, "call_classifications") == 0
