"""Every way in which the database finds a page gives the page of a plain sort: thousands of calls in an hour and at one
moment, many spread evenly over ten years, few matches far apart, and matches that ended long ago.

Each case also says which way it is there for, and the database's own statistics have to say that it was taken: whether
a place was looked up by adding up, and whether calls were passed in the order of time or looked up by facet.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.store.made_calls import SOURCE, every_record, made_call
from tests.store.multiplying import multiply, settle
from tests.store.plain_lists import fits
from tests.store.touching import Touched, statements_of_page, touched

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.filters import CallFilter, Window
from calldex.core.ids import record_uuid
from calldex.store.call_lists import Order, Place, list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database, open_database
from calldex.store.verifying import verify_calls

SHOWN = Columns("direction")
COPIES = 400
AGENTS = ["crowd"] * 12 + ["old"] * 12 + ["spread"] * 19 + ["seldom"]
CROWDED = datetime(2024, 5, 6, 7, tzinfo=UTC)
"""The hour with thousands of calls, hundreds of which are of one moment."""

_MOMENT = """
    CASE c.agent_id
        WHEN 'crowd' THEN '2024-05-06 07:00Z'::timestamptz
            + CASE WHEN n % 5 = 0 THEN interval '20 minutes' ELSE n * interval '9 seconds' END
        WHEN 'old' THEN '2016-01-01Z'::timestamptz - place * interval '2 hours'
        ELSE '2026-11-01Z'::timestamptz - place * interval '5 hours'
    END
"""
_READ = """
    SELECT id, occurred_at, created_at, deleted_at, source, direction, status, sentiment, kind, partner, workflow,
        agent, from_key, to_key, mode, language, completion_rating, classification_words, invoices, tag_words,
        voicemail, has_recording, has_transcript, disposition, duration_ms
    FROM calls WHERE organization_id = $1
"""


@dataclass(frozen=True, repr=False)
class Filled:
    """A database of one connection, and its calls as rows."""

    database: Database
    organization: int
    rows: list[Any]


@pytest.fixture(scope="module")
async def filled(new_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Filled]:
    database = await open_database(await new_database(), max_size=1)
    organization = (await create_organization(database, "Many")).id
    random = Random(7)  # noqa: S311 - the same calls in every run
    calls = [made_call(f"c{number}", random, 1) for number in range(len(AGENTS))]
    for call, agent in zip(calls, AGENTS, strict=True):
        sentiment = "neutral" if agent == "old" else random.choice(("positive", "negative", None))
        call.values |= {"agent_id": agent, "deleted_at": None, "sentiment": sentiment}
    await import_calls(database, organization, FORMATS["stuut-v1"].importing(), [*every_record(), *calls])
    async with database.session() as session:
        await multiply(session, organization, COPIES, _MOMENT)
        await settle(session)
        rows: list[Any] = await session.fetch(_READ, organization)
        findings = await verify_calls(session, organization)
        # The copies have no links of their own, which no question here asks for.
        assert (findings.wrong_facets, findings.wrong_counts) == (0, 0)
    yield Filled(database, organization, rows)
    await database.close()


def _agent(name: str) -> tuple[UUID, ...]:
    return (record_uuid(SOURCE, "agent", name),)


MOST = CallFilter(directions=("inbound", "outbound"))
OLD = CallFilter(sentiments=("neutral",))
CROWD = CallFilter(agents=_agent("crowd"))
SELDOM = CallFilter(agents=_agent("seldom"))
FINEST = CallFilter(agents=(*_agent("spread"), *_agent("crowd")), voicemail=False)
HALF_AN_HOUR = (CROWDED + timedelta(minutes=10, seconds=7), CROWDED + timedelta(minutes=40))
A_MONTH = (datetime(2023, 3, 3, 4, 5, tzinfo=UTC), datetime(2023, 4, 7, 8, 9, tzinfo=UTC))
YEARS = (datetime(2019, 3, 3, 4, 5, tzinfo=UTC), datetime(2025, 4, 7, 8, 9, tzinfo=UTC))


def within(asked: CallFilter, window: tuple[datetime, datetime]) -> CallFilter:
    return replace(asked, occurred_from=window[0], occurred_before=window[1])


@dataclass(frozen=True)
class Case:
    """A page, and the way that it is there for: whether its place is added up, whether calls are looked up by facet,
    and how often calls are passed in the order of time.
    """

    asked: CallFilter
    offset: int
    placed: bool
    by_facet: bool
    passed: int


CASES = {
    "all, the newest": Case(CallFilter(), 0, placed=False, by_facet=False, passed=1),
    "all, deep": Case(CallFilter(), 9000, placed=True, by_facet=False, passed=1),
    "most, among the newest": Case(MOST, 0, placed=False, by_facet=False, passed=1),
    "most, added up and passed": Case(MOST, 8000, placed=True, by_facet=False, passed=1),
    "few among the newest and the next ten years before": Case(OLD, 0, placed=True, by_facet=True, passed=1),
    "none among the newest, so added up": Case(OLD, 20, placed=True, by_facet=False, passed=2),
    "few far apart, by facet": Case(SELDOM, 200, placed=False, by_facet=True, passed=0),
    "a crowd in one hour, added up and by facet": Case(CROWD, 2000, placed=True, by_facet=True, passed=0),
    "within one moment": Case(CROWD, 2600, placed=True, by_facet=True, passed=0),
    "finest facets by day, added up": Case(FINEST, 1500, placed=True, by_facet=False, passed=1),
    "a month, passed": Case(within(MOST, A_MONTH), 30, placed=False, by_facet=False, passed=1),
    "part of the crowded hour, by facet": Case(within(CROWD, HALF_AN_HOUR), 700, placed=False, by_facet=True, passed=0),
    "years, added up": Case(within(MOST, YEARS), 300, placed=True, by_facet=False, passed=1),
    "all of a month": Case(within(CallFilter(), A_MONTH), 30, placed=True, by_facet=False, passed=1),
}


async def way(filled: Filled, case: Case) -> Touched:
    _, heard = await statements_of_page(filled.database, filled.organization, case.asked, Window(50, case.offset))
    assert len(heard) == 1
    async with filled.database.session() as session:
        return await touched(session, heard[0])


@pytest.mark.parametrize("name", CASES)
async def test_a_page_is_found_in_the_way_that_it_is_meant_to_be(filled: Filled, name: str) -> None:
    case = CASES[name]
    found = await way(filled, case)
    counted = found.called.get("count_calls_since", 0) + found.called.get("rank_of_call", 0)
    taken = (found.called.get("place_of_call", 0) > 0, found.scans["calls_by_facet"] > 0)
    assert taken == (case.placed, case.by_facet), (counted, found)
    assert found.scans["calls_by_time"] >= case.passed, found


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("name", CASES)
async def test_a_page_of_many_is_that_of_a_plain_sort(filled: Filled, name: str, ascending: bool) -> None:
    asked, order = CASES[name].asked, Order(ascending=ascending)
    fitting = sorted(
        ((row["occurred_at"], row["id"]) for row in filled.rows if fits(row, asked)), reverse=not ascending
    )
    offsets = [0, CASES[name].offset, len(fitting) // 2, len(fitting) - 50, len(fitting) - 1, len(fitting)]
    for offset in offsets:
        for after in (None, len(fitting) // 3):
            place = None if after is None else Place(*fitting[after])
            expected = fitting[0 if after is None else after + 1 :][offset:]
            window = Window(50, offset)
            found = await list_calls(
                filled.database, filled.organization, asked, window, SHOWN, order=order, after=place
            )
            assert [(call.occurred_at, call.id) for call in found.calls] == expected[:50], (offset, after)
            assert (found.total, found.more) == (len(fitting), len(expected) > 50), (offset, after)
