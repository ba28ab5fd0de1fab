"""Finished linked records are kept in memory, and nobody ever sees an old one: a change, at any depth and by any other
process, shows at once on every surface; whatever the budget, the answers are the same, and it is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.native.writer import Writer
from tests.surfaces.serving import Serving, Tenant, serving
from tests.surfaces.stuut.examples import full_v1_call

from calldex.store.form_cache import FormCache
from calldex.store.versions import KEPT_CHANGES

RECORDS = "/api/v1/records"


@pytest.fixture(scope="module")
async def other(app: Serving, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    """Another process on the same database."""
    async with serving(app.url, tmp_path_factory.mktemp("other")) as running:
        yield running


@pytest.fixture
async def writer(app: Serving) -> Writer:
    return await Writer.of(app)


def at(other: Serving, writer: Writer) -> Tenant:
    """The organization as the other process serves it."""
    return replace(writer.tenant, client=other.client, database=other.database)


async def names(tenant: Tenant) -> list[Any]:
    """The name of the user inside the partner, the partner's, the contact's: as each surface shows its first call."""
    first = (await tenant.answer("/stuut/v1/calls"))["data"][0]
    second = (await tenant.answer("/stuut/v2/calls"))["data"][0]
    third = (await tenant.answer("/skipcall/v1/calls"))["data"][0]
    return [
        first["partner"]["assignee"]["name"],
        first["partner"]["name"],
        first["invoices"][0]["partner"]["assignee"]["name"],
        second["partner"]["name"],
        second["invoices"][0]["number"],
        third["contact"]["firstName"],
    ]


async def write(writer: Writer, number: int) -> list[Any]:
    """Change every record; what is then to be seen."""
    said = [
        ("user/u1", {"name": f"Ann {number}"}),
        ("partner/p1", {"name": f"Globex {number}", "assignee": "u1"}),
        ("invoice/i1", {"number": f"{number}", "partner": "p1"}),
        ("contact/c1", {"given_name": f"Joe {number}"}),
    ]
    for path, body in said:
        answer = await writer.send("PUT", f"{RECORDS}/{path}", body)
        assert answer.status_code in (200, 201), answer.text
    user, partner = f"Ann {number}", f"Globex {number}"
    return [user, partner, user, partner, f"{number}", f"Joe {number}"]


async def called(writer: Writer) -> None:
    await writer.put("a", created_at="2026-03-01T00:00:00Z", partner="p1", invoices=["i1"], contact="c1")


async def test_a_change_shows_at_once_in_every_process(other: Serving, writer: Writer) -> None:
    expected = await write(writer, 0)
    await called(writer)
    for number in range(1, 4):
        for tenant in (writer.tenant, at(other, writer)):
            assert await names(tenant) == expected
            assert await names(tenant) == expected
        expected = await write(writer, number)
    # A record deep inside alone, which no call names.
    await writer.send("PUT", f"{RECORDS}/user/u1", {"name": "Bea"})
    for tenant in (writer.tenant, at(other, writer)):
        assert [await names(tenant)][0][:3:2] == ["Bea", "Bea"]


async def test_what_was_written_is_read_by_whoever_asks_afterwards(other: Serving, writer: Writer) -> None:
    """Readers of both processes ask while one record inside another changes over and over."""
    await write(writer, 0)
    await called(writer)
    written, reads = 0, 0

    async def change() -> None:
        nonlocal written
        for number in range(1, 41):
            answer = await writer.send("PUT", f"{RECORDS}/user/u1", {"name": f"Ann {number}"})
            assert answer.status_code == 200, answer.text
            written = number

    async def read(tenant: Tenant, path: str, changing: asyncio.Task[None]) -> None:
        nonlocal reads
        while not changing.done():
            least = written
            call = (await tenant.answer(path))["data"][0]
            seen = {call["partner"]["assignee"]["name"], call["invoices"][0]["partner"]["assignee"]["name"]}
            assert all(int(name.split()[1]) >= least for name in seen), (seen, least)
            reads += 1

    changing = asyncio.create_task(change())
    tenants = (writer.tenant, at(other, writer))
    await asyncio.gather(
        changing, *(read(tenant, f"/stuut/v1/calls?limit={limit}", changing) for tenant in tenants for limit in (1, 2))
    )
    assert reads > 4
    assert (await names(tenants[1]))[0] == "Ann 40"


async def test_who_missed_more_changes_than_are_kept_forgets_all(other: Serving, writer: Writer) -> None:
    await write(writer, 0)
    await called(writer)
    behind = at(other, writer)
    await names(behind)
    for number in range(KEPT_CHANGES + 20):
        await writer.send("PUT", f"{RECORDS}/user/u{2 + number % 2}", {"name": f"Nobody {number}"})
    expected = await write(writer, 1)
    for number in range(KEPT_CHANGES + 20):
        await writer.send("PUT", f"{RECORDS}/user/u{2 + number % 2}", {"name": f"Somebody {number}"})
    assert await names(behind) == expected
    async with writer.tenant.database.session() as session:
        kept = await session.fetchval(
            "SELECT count(*) FROM record_changes WHERE organization_id = $1", writer.tenant.organization.id
        )
    assert kept == KEPT_CHANGES


@pytest.mark.parametrize("budget", [0, 1, 40_000, 200_000])
async def test_answers_do_not_depend_on_the_budget(app: Serving, writer: Writer, budget: int) -> None:
    calls = [full_v1_call(seed) for seed in range(1, 41)]
    assert set(await writer.tenant.take("stuut-v1", calls)) == {"created"}
    paths = ["/stuut/v1/calls?limit=50", "/stuut/v2/calls?limit=50", "/skipcall/v1/calls?limit=50"]
    full = [await writer.tenant.answer(path) for path in paths]
    cache = writer.tenant.database.forms
    assert len(cache) > 0
    usual, cache.budget = cache.budget, budget
    try:
        cache.clear()
        for _ in range(2):
            for path, expected in zip(paths, full, strict=True):
                assert await writer.tenant.answer(path) == expected
                assert cache.size <= budget
                assert cache.size == sum(entry.size for entry in cache._entries.values())
        assert (len(cache) > 0) == (budget > 10_000)
        expected = await write(writer, 7)
        await called(writer)
        await writer.put("a", created_at="2100-03-01T00:00:00Z")
        assert await names(writer.tenant) == expected
    finally:
        cache.budget = usual
        cache.clear()


def test_what_was_shown_last_is_kept_and_nothing_else_is() -> None:
    cache, json = FormCache(20_000), b"x" * 1000
    records = [UUID(int=number) for number in range(30)]
    for record in records:
        cache.put(1, "form", record, json, {record, UUID(int=99)})
        cache.get(1, "form", records[0])
        assert cache.size <= 20_000
    kept = [number for number, record in enumerate(records) if cache.get(1, "form", record) is not None]
    assert kept[0] == 0
    assert kept[1:] == list(range(30 - len(kept) + 1, 30))
    # What is inside all of them changes; what only another organization has stays.
    cache.put(2, "form", records[0], json, {records[0]})
    cache.hear(1, 5, [UUID(int=99)])
    assert (len(cache), cache.seen(1), cache.seen(2)) == (1, 5, -1)
    cache.hear(1, 4, None)
    assert cache.seen(1) == 5
    cache.hear(2, 1, None)
    assert (len(cache), cache.size, cache._inside) == (0, 0, {})
