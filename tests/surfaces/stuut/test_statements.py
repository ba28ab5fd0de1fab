"""The number of SQL statements of an answer does not depend on how many calls it holds.

Counted at the driver: every statement that the task of one request asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
import pytest
from tests.surfaces.serving import Tenant, serving
from tests.surfaces.stuut.examples import full_v1_call, full_v2_call

from calldex.store import database as store_database

KEY, LOOK_UP, PAGE, RECORDS, CALL = "whose key", "records meant", "page with total", "linked records", "one call"
FACETS, MARKS, CHANGES, VERSIONS = "newest facet", "facets meant", "records that changed", "versions"
DRIVER = "types, once a connection"
_BEGINNINGS = {
    "SELECT current_setting('jit')": DRIVER,
    "SELECT set_config(": DRIVER,
    "WITH RECURSIVE typeinfo_tree": DRIVER,
    "SELECT api_keys.": KEY,
    "SELECT id FROM records": LOOK_UP,
    "SELECT p.total": PAGE,
    "WITH page AS": PAGE,
    "SELECT coalesce((SELECT max(id) FROM call_facets": FACETS,
    "SELECT c.id, c.detail": MARKS,
    "SELECT record_ids FROM record_changes": CHANGES,
    "SELECT v.calls, v.records, v.mark FROM organization_versions": VERSIONS,
    "WITH RECURSIVE reached": RECORDS,
    "SELECT v.calls, v.records, v.mark, c.id": CALL,
}


def named(statement: str) -> str:
    """What a statement asks for; a statement that nobody named is given back and fails the test."""
    text = " ".join(statement.split())
    return next((name for beginning, name in _BEGINNINGS.items() if text.startswith(beginning)), text)


_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


def hear(query: Any) -> None:
    """Keep a statement for whoever listens in the task that asked; other tasks of the app have theirs."""
    heard = _heard.get()
    if heard is not None:
        heard.append(named(query.query))


@contextmanager
def listening() -> Iterator[list[str]]:
    """The statements that are asked inside the block."""
    heard: list[str] = []
    token = _heard.set(heard)
    yield heard
    _heard.reset(token)


@pytest.fixture(scope="module")
async def counted(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tenant]:
    patch = pytest.MonkeyPatch()
    prepare = store_database._json_as_bytes

    async def prepare_and_listen(connection: asyncpg.Connection[Any]) -> None:
        await prepare(connection)
        connection.add_query_logger(hear)

    patch.setattr(store_database, "_json_as_bytes", prepare_and_listen)
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as app:
        tenant = await app.tenant()
        many = [full_v1_call(seed) for seed in range(1, 121)]
        many += [full_v2_call(seed) for seed in range(121, 201)]
        for form, calls in (("stuut-v1", many[:120]), ("stuut-v2", many[120:])):
            assert set(await tenant.take(form, calls)) == {"created"}
        yield tenant
    patch.undo()


QUERIES = [
    ("/stuut/v1/calls?limit={limit}", [FACETS], [PAGE]),
    ("/stuut/v2/calls?limit={limit}", [FACETS], [PAGE]),
    ("/stuut/v1/calls?limit={limit}&sentiment=positive&direction=inbound", [FACETS, MARKS], [PAGE]),
    ("/stuut/v1/calls?limit={limit}&classification=payment_inquiry&sentiment=positive", [FACETS, MARKS], [PAGE]),
    ("/stuut/v2/calls?limit={limit}&after=2026-01-01T00:00:00Z&sentiment=positive", [FACETS, MARKS], [PAGE]),
    ("/stuut/v2/calls?limit={limit}&partner_id={partner}", [FACETS], [LOOK_UP, PAGE]),
    ("/stuut/v1/calls?limit={limit}&partner={partner}&invoice={invoice}", [FACETS], [LOOK_UP, PAGE]),
]


@pytest.mark.parametrize(("query", "learnt", "expected"), QUERIES)
async def test_a_page_of_1_and_of_200_calls_ask_the_same(
    counted: Tenant, query: str, learnt: list[str], expected: list[str]
) -> None:
    example = full_v1_call(1)
    for limit in (1, 200):
        path = query.format(limit=limit, partner=example["partner_id"], invoice=example["invoices"][1]["id"])
        # What a process that has just started has to learn first, and does not ask again.
        counted.database.forget()
        for known, asked in (([], [*learnt, RECORDS]), (expected, [])):
            with listening() as heard:
                answer = await counted.answer(path)
            names = [name for name in heard if name not in (KEY, DRIVER)]
            assert sorted(names) == sorted([*asked, *expected]), known
            assert heard.count(KEY) <= 1
            assert len(answer["data"]) == min(limit, answer["total_records"])
            assert answer["data"]


async def test_a_page_of_200_holds_200(counted: Tenant) -> None:
    for version in ("v1", "v2"):
        page = await counted.answer(f"/stuut/{version}/calls?limit=200")
        assert len({call["id"] for call in page["data"]}) == 200
        assert all(call["partner"] and len(call["invoices"]) == 2 for call in page["data"])


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_one_call_takes_one_statement_and_one_for_records_that_are_not_known(
    counted: Tenant, version: str
) -> None:
    counted.database.forget()
    for expected in ([CALL, RECORDS], [CALL]):
        with listening() as heard:
            await counted.answer(f"/stuut/{version}/calls/{full_v1_call(1)['id']}")
        assert [name for name in heard if name not in (KEY, DRIVER)] == expected


async def test_what_a_client_has_already_takes_one_small_statement(counted: Tenant) -> None:
    for path in ("/stuut/v1/calls?limit=7", f"/stuut/v2/calls/{full_v1_call(1)['id']}"):
        tag = (await counted.ask(path)).headers["etag"]
        with listening() as heard:
            answer = await counted.client.get(
                path, headers={"Authorization": f"Bearer {counted.key}", "If-None-Match": tag}
            )
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert [name for name in heard if name not in (KEY, DRIVER)] == [VERSIONS]


async def test_a_key_is_asked_for_once_and_then_remembered(counted: Tenant) -> None:
    with listening() as heard:
        await counted.ask("/stuut/v1/calls?limit=1", key=counted.test_key)
        await counted.ask("/stuut/v1/calls?limit=1", key=counted.test_key)
    assert heard.count(KEY) == 1
    with listening() as heard:
        await counted.ask("/stuut/v1/calls?limit=1", key="sk_live_malformed")
        await counted.ask("/stuut/v1/calls?limit=0")
    assert [name for name in heard if name not in (KEY, DRIVER)] == []
