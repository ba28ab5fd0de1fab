"""The number of SQL statements of an answer does not depend on how many calls it holds.

Counted at the driver: every statement that the task of one request asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import asyncpg
import pytest
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import serving

from calldex.store import database as store_database

PAGE, RECORDS, RECORDINGS, MEANT = "page with total", "linked records", "recordings", "records meant"
STEMS, FREQUENCY, BEST, RANKS, CALLS_OF_HITS = "stems", "how frequent", "best matches", "ranks", "calls of the hits"
_BEGINNINGS = {
    "SELECT l.language, w.word": STEMS,
    "SELECT count(*), (SELECT reltuples": FREQUENCY,
    "WITH matching AS": BEST,
    "SELECT m.call_id, ts_rank_cd": RANKS,
    "SELECT c.id, c.occurred_at": CALLS_OF_HITS,
    "WITH page AS": PAGE,
    "SELECT p.total": PAGE,
    "SELECT id, kind, source": RECORDS,
    "SELECT DISTINCT ON (call_id)": RECORDINGS,
    "SELECT id FROM records": MEANT,
}
_NOT_OF_THE_PAGE = ("SELECT api_keys.", "SELECT current_setting(", "SELECT set_config(", "WITH RECURSIVE typeinfo_tree")
DAY = "2026-03-01T00:00:00Z"

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


def hear(query: Any) -> None:
    heard, text = _heard.get(), " ".join(query.query.split())
    if heard is not None and not text.startswith(_NOT_OF_THE_PAGE):
        heard.append(next((name for beginning, name in _BEGINNINGS.items() if text.startswith(beginning)), text))


@pytest.fixture(scope="module")
async def counted(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Writer]:
    patch = pytest.MonkeyPatch()
    prepare = store_database._json_as_bytes

    async def prepare_and_listen(connection: asyncpg.Connection[Any]) -> None:
        await prepare(connection)
        connection.add_query_logger(hear)

    patch.setattr(store_database, "_json_as_bytes", prepare_and_listen)
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as app:
        writer = await Writer.of(app)
        calls = [
            {
                "id": f"c{number}",
                "created_at": DAY,
                "partner": {"id": f"p{number % 7}"},
                "invoices": [f"i{number}"],
                "transcript": [{"role": "user", "content": f"I pay number {number}"}],
            }
            for number in range(120)
        ]
        await writer.good("POST", f"{CALLS}:batch", {"calls": calls})
        for number in range(3):
            await writer.send("POST", f"{CALLS}/c{number}/recording", raw=b"sound", content_type="audio/wav")
        yield writer
    patch.undo()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [PAGE, RECORDS, RECORDINGS]),
        ("total=exact", [PAGE, RECORDS, RECORDINGS]),
        ("sort=duration&total=exact&has_recording=false", [PAGE, RECORDS, RECORDINGS]),
        ("partner=p1&partner=p2", [MEANT, PAGE, RECORDS, RECORDINGS]),
        ("fields=id,partner", [PAGE, RECORDS]),
        ("q=pay&total=exact", [STEMS, FREQUENCY, PAGE, RECORDS, RECORDINGS]),
    ],
)
async def test_a_page_of_1_and_of_120_calls_ask_the_same(counted: Writer, query: str, expected: list[str]) -> None:
    # Which facets a filter means is asked once.
    await counted.good("GET", f"{CALLS}?limit=1&{query}")
    for limit in (1, 120):
        heard: list[str] = []
        token = _heard.set(heard)
        answer = await counted.good("GET", f"{CALLS}?limit={limit}&{query}")
        _heard.reset(token)
        assert heard == expected
        assert answer["data"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [STEMS, FREQUENCY, BEST, CALLS_OF_HITS]),
        ("sort=-time", [STEMS, FREQUENCY, PAGE, RANKS]),
        ("total=exact&partner=p1&partner=p2", [STEMS, FREQUENCY, MEANT, BEST, CALLS_OF_HITS, MEANT, PAGE]),
    ],
)
async def test_1_hit_and_100_hits_ask_the_same(counted: Writer, query: str, expected: list[str]) -> None:
    for limit in (1, 100):
        heard: list[str] = []
        token = _heard.set(heard)
        answer = await counted.good("GET", f"/api/v1/transcripts/search?q=pay&limit={limit}&{query}")
        _heard.reset(token)
        assert heard == expected
        assert answer["data"]


async def test_a_batch_of_1_and_of_100_calls_ask_the_same(counted: Writer) -> None:
    asked = []
    for first, count in ((1000, 1), (2000, 100)):
        calls = [
            {"id": f"n{number}", "created_at": DAY, "partner": {"id": f"q{number}", "name": "N"}}
            for number in range(first, first + count)
        ]
        heard: list[str] = []
        token = _heard.set(heard)
        await counted.good("POST", f"{CALLS}:batch", {"calls": calls})
        _heard.reset(token)
        asked.append(heard)
    assert len(asked[0]) == len(asked[1])
