"""What a search reads does not grow with what was said: a frequent word is found among the latest calls, a rare one
in the index of words, and one that nobody said reads nothing.

Counted in the plans that the database carried out: rows of the table of words, kept or not.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import serving

from calldex.core.filters import CallFilter
from calldex.core.searching import Understood, read_search
from calldex.store.calls import existing
from calldex.store.conditions import conditions

COUNT = 4000
PAGE = 51


@pytest.fixture(scope="module")
async def writer(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Writer]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as app:
        writer = await Writer.of(app)
        for first in range(0, COUNT, 1000):
            calls = [called(number) for number in range(first, first + 1000)]
            await writer.good("POST", f"{CALLS}:batch", {"calls": calls})
        # What was written last waits in front of the index of words until a vacuum puts it in its place.
        await app.database.pool.execute("VACUUM (ANALYZE) call_texts, calls")
        yield writer


def called(number: int) -> dict[str, Any]:
    said = ["usual words", *(["fairly often"] * (number % 20 == 0)), *(["seldom"] * (number == 7))]
    return {
        "id": f"c{number}",
        "created_at": f"2026-03-{number // 1000 + 1:02}T{number // 60 % 16:02}:{number % 60:02}:00Z",
        "direction": ("inbound", "outbound")[number % 2],
        "transcript": [{"role": "user", "content": text} for text in said],
    }


async def plan(writer: Writer, asked: CallFilter, mode: str) -> tuple[str, int]:
    """How a page of the list is found, and how many rows of words that read."""
    organization = writer.tenant.organization.id
    async with writer.app.database.pool.acquire() as session, session.transaction():
        await session.execute("SELECT set_config('plan_cache_mode', $1, true)", mode)
        understood = await existing(session, organization, asked)
        found = conditions(organization, understood)
        limit = found.add(PAGE)
        text = await session.fetchval(
            f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT c.id FROM {found.source} WHERE {found.where}"
            f" ORDER BY {found.ordered_by[0]} DESC, {found.ordered_by[1]} DESC LIMIT {limit}",
            *found.values,
        )
    assert isinstance(understood.said, Understood)
    return understood.said.way, read(json.loads(text)[0]["Plan"])


def read(node: dict[str, Any]) -> int:
    rows = sum(node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    own = int(rows * node["Actual Loops"]) if node.get("Relation Name") == "call_texts" else 0
    return own + sum(read(below) for below in node.get("Plans", ()))


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("q", "way", "most"),
    [
        ("usual", "walk", PAGE),
        ('"usual words"', "walk", PAGE),
        ("often", "look up", COUNT // 20),
        ("seldom", "look up", 1),
        ("usual seldom", "look up", 1),
        ("never", "look up", 0),
        ("nev*", "look up", 0),
    ],
)
async def test_a_page_reads_no_more_words_than_it_needs(writer: Writer, mode: str, q: str, way: str, most: int) -> None:
    chosen, rows = await plan(writer, CallFilter(said=read_search(q)), mode)
    assert chosen == way
    assert rows <= most
    _, rows = await plan(writer, CallFilter(said=read_search(q), directions=("inbound",)), mode)
    assert rows <= 2 * most
