"""Copies for the benchmark: each is a call of its own, with a UUIDv7 and vendors' ids that nobody else has, whatever
round it comes from; its times are moved together and stay inside the time of the first calls; what it points at stays;
every count and every list knows it; the same rounds give the same ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.surfaces.serving import Serving, Tenant, serving

from calldex.cli.demo import seed_demo
from calldex.store.copies import Copying, calls_in_time, copy_calls, make_plan
from calldex.store.database import Connection, connect

BASE = 300
ROUNDS = 3
STAYS = (
    "partner, invoices, direction, status, sentiment, summary, transcript_text, agent, to_key, classification_words,"
    " duration_ms, ended_at - started_at AS talked, occurred_at - created_at AS waited"
)


@pytest.fixture(scope="module")
async def app(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as running:
        yield running


@dataclass
class Filled:
    """A tenant whose calls were copied, a stranger with the same story, and what the copies were made of."""

    tenant: Tenant
    stranger: Tenant
    reader: Connection
    writer: Connection
    first: list[UUID]
    end: datetime
    span: timedelta

    @property
    def number(self) -> int:
        return self.tenant.organization.id

    async def copy(self, round_number: int, ids: list[UUID]) -> None:
        copying = Copying(round_number, timedelta(days=40 * round_number, seconds=round_number), self.end, self.span)
        await copy_calls(self.reader, self.writer, self.number, await make_plan(self.reader), ids, copying)


@pytest.fixture(scope="module")
async def filled(app: Serving) -> AsyncIterator[Filled]:
    tenant, stranger = await app.tenant(), await app.tenant()
    for one in (tenant, stranger):
        await seed_demo(one.database, one.organization.id, BASE, 7)
    reader, writer = await connect(app.url), await connect(app.url)
    base = await calls_in_time(reader, tenant.organization.id)
    end = base[-1][1] + timedelta(seconds=1)
    found = Filled(tenant, stranger, reader, writer, [one for one, _ in base], end, end - base[0][1])
    for number in range(1, ROUNDS + 1):
        await found.copy(number, found.first[:200])
        await found.copy(number, found.first[200:])
    yield found
    await reader.close()
    await writer.close()


@pytest.mark.parametrize("query", ["", "direction=outbound", "sentiment=positive", "classification=payment_promise"])
async def test_every_list_and_count_knows_them(filled: Filled, query: str) -> None:
    single = (await filled.stranger.answer(f"/stuut/v1/calls?limit=1&{query}"))["total_records"]
    assert single > 0
    assert (await filled.tenant.answer(f"/stuut/v1/calls?limit=1&{query}"))["total_records"] == single * (ROUNDS + 1)


async def test_each_is_a_call_of_its_own(filled: Filled) -> None:
    rows = await filled.reader.fetch(
        "SELECT id, occurred_at, vendor_ids::text AS vendor_ids FROM calls WHERE organization_id = $1", filled.number
    )
    assert len({row["vendor_ids"] for row in rows}) == len(rows) == BASE * (ROUNDS + 1)
    copies = [row for row in rows if row["id"] not in filled.first]
    assert all(row["id"].version == 7 for row in copies)
    assert all(row["id"].int >> 80 == int(row["occurred_at"].timestamp() * 1000) for row in copies)


async def test_what_it_points_at_and_how_its_times_lie_stays(filled: Filled) -> None:
    groups = await filled.reader.fetch(
        f"SELECT count(*) AS calls FROM (SELECT {STAYS} FROM calls WHERE organization_id = $1) AS g GROUP BY g.*::text",
        filled.number,
    )
    assert all(group["calls"] % (ROUNDS + 1) == 0 for group in groups)
    lines = await filled.reader.fetch(
        "SELECT count(DISTINCT x.call_id) AS calls, count(*) AS rows FROM call_invoices x"
        " JOIN calls c ON c.organization_id = $1 AND c.id = x.call_id AND c.occurred_at = x.occurred_at"
        " WHERE x.organization_id = $1 AND x.invoice = ANY(c.invoices)",
        filled.number,
    )
    whole = await filled.reader.fetchval("SELECT count(*) FROM call_invoices WHERE organization_id = $1", filled.number)
    assert lines[0]["rows"] == whole > BASE


async def test_they_stay_inside_the_time_of_the_first(filled: Filled) -> None:
    question = "SELECT min(occurred_at) AS first, max(occurred_at) AS last FROM calls WHERE organization_id = $1"
    ours = await filled.reader.fetchrow(question, filled.number)
    theirs = await filled.reader.fetchrow(question, filled.stranger.organization.id)
    assert ours is not None
    assert theirs is not None
    assert ours["first"] >= theirs["first"]
    assert ours["last"] <= theirs["last"] + timedelta(seconds=1)


async def test_every_surface_finds_a_copy_by_its_ids_and_a_stranger_does_not(filled: Filled) -> None:
    row = await filled.reader.fetchrow(
        "SELECT call_id, vendor_id FROM call_ids WHERE organization_id = $1 AND source = 'stuut'"
        " AND vendor_id LIKE '%-2' ORDER BY vendor_id LIMIT 1",
        filled.number,
    )
    assert row is not None
    assert (await filled.tenant.answer(f"/skipcall/v1/calls/{row['vendor_id']}"))["id"] == str(row["call_id"])
    assert (await filled.tenant.answer(f"/stuut/v1/calls/{row['call_id']}"))["id"] == row["vendor_id"]
    assert (await filled.stranger.ask(f"/stuut/v1/calls/{row['call_id']}")).status_code == 404


async def test_the_same_round_gives_the_same_ids_and_what_fails_leaves_nothing(filled: Filled) -> None:
    with pytest.raises(ExceptionGroup) as refused:
        await filled.copy(1, filled.first[:1])
    assert "calls_pkey" in str(refused.value.exceptions[0])
    assert (await filled.tenant.answer("/stuut/v1/calls?limit=1"))["total_records"] == BASE * (ROUNDS + 1)
