"""What pages and totals cost does not grow with their depth: the statements of a page, the pages of memory that it
touches and the entries that it reads stay under written bounds, and a deep page costs what the first one does.

Counted by the database in the statement that the app sends, with its arguments, so the figures are the same on every
machine. They are bounds and no aims: to pass one by little is a reason to look, not to write a larger number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.store.multiplying import multiply, settle
from tests.store.touching import Touched, statements_of_page, touched

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.filters import CallFilter, Window
from calldex.ingest.demo import demo_calls
from calldex.store.call_lists import Order
from calldex.store.database import Database, open_database

BASE = 300
COPIES = 100
PAGE = 50
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, repr=False)
class Filled:
    """A database of one connection with four months of calls, and a value of each field to ask for."""

    database: Database
    organization: int
    values: dict[str, Any]

    async def page(self, asked: CallFilter, offset: int, *, size: int = PAGE) -> tuple[int, int, Touched]:
        """The total, the statements that are asked for a page, and what the last of them touches."""
        found, heard = await statements_of_page(self.database, self.organization, asked, Window(size, offset))
        assert found.total is not None
        assert len(found.calls) == min(size, max(found.total - offset, 0))
        async with self.database.session() as session:
            return found.total, len(heard), await touched(session, heard[-1])


@pytest.fixture(scope="module")
async def filled(new_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Filled]:
    database = await open_database(await new_database(), max_size=1)
    organization = (await create_organization(database, "Many")).id
    made = list(demo_calls(BASE, seed=1, now=NOW))
    for name, format_ in FORMATS.items():
        changes = [format_.parse_call(raw) for source, raw in made if source == name]
        if changes:
            await import_calls(database, organization, format_.importing(), changes)
    async with database.session() as session:
        # Ten in an hour for four months, neighbours in time being copies of different calls.
        moment = "'2026-11-01Z'::timestamptz - place * interval '6 minutes'"
        await multiply(session, organization, COPIES - 1, moment)
        await settle(session)
        row = await session.fetchrow(
            "SELECT f.*, a.usual_agent, p.partner, n.to_key FROM (SELECT agent, language FROM calls"
            " WHERE duration_ms >= 60000 AND NOT voicemail AND agent IS NOT NULL AND language IS NOT NULL"
            " GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1) AS f,"
            " (SELECT mode() WITHIN GROUP (ORDER BY agent) AS usual_agent FROM calls) AS a,"
            " (SELECT mode() WITHIN GROUP (ORDER BY partner) AS partner FROM calls) AS p,"
            " (SELECT to_key FROM calls WHERE direction = 'outbound' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1) AS n"
        )
    assert row is not None
    yield Filled(database, organization, dict(row))
    await database.close()


@dataclass(frozen=True)
class Bound:
    """What a page may take: statements; pages of memory and entries at the beginning of the list, and how much more of
    each further behind; pages of memory for the total alone. ``least`` is how many calls there are at least.
    """

    asked: Callable[[dict[str, Any]], CallFilter]
    least: int
    statements: int
    buffers: int
    rows: int
    deeper: tuple[int, int] = (0, 0)
    total: int = 50


DAY: dict[str, Any] = {
    "occurred_from": datetime(2026, 9, 3, 7, 13, tzinfo=UTC),
    "occurred_before": datetime(2026, 9, 4, 7, 13, tzinfo=UTC),
}
# A page that is found by adding up reads the counts of its facets by 32 days, by day and by hour, whatever the depth.
ADDING = (4500, 5500)
BOUNDS = {
    "none": Bound(lambda _: CallFilter(), 30_000, 1, 250, 150, deeper=(50, 100)),
    "direction and sentiment": Bound(
        lambda _: CallFilter(directions=("outbound",), sentiments=("positive",)), 4000, 1, 250, 500, deeper=(100, 200)
    ),
    "classification": Bound(
        lambda _: CallFilter(classifications=("payment_promise",)), 2000, 1, 250, 800, deeper=(150, 3500)
    ),
    "status": Bound(lambda _: CallFilter(statuses=("completed",)), 20_000, 1, 250, 300, deeper=ADDING),
    "rare status": Bound(lambda _: CallFilter(statuses=("busy",)), 500, 1, 300, 1200, deeper=(50, 1000)),
    "voicemail": Bound(lambda _: CallFilter(voicemail=True), 1000, 1, 300, 1600, deeper=(100, 1500)),
    "agent": Bound(lambda v: CallFilter(agents=(v["usual_agent"],)), 10_000, 1, 250, 300, deeper=ADDING),
    "agent, language, voicemail and duration": Bound(
        lambda v: CallFilter(agents=(v["agent"],), languages=(v["language"],), voicemail=False, min_duration_ms=60_000),
        1000,
        1,
        250,
        1500,
        deeper=ADDING,
    ),
    "a day": Bound(lambda _: CallFilter(**DAY), 200, 1, 300, 300, deeper=(50, 100), total=120),
    "direction in a day": Bound(
        lambda _: CallFilter(directions=("outbound",), **DAY), 100, 1, 550, 700, deeper=(50, 100), total=400
    ),
    # These are selective: their calls are counted and passed, in an index that alone answers.
    "partner": Bound(lambda v: CallFilter(partners=(v["partner"],)), 1000, 2, 250, 2000, deeper=(50, 1500)),
    "partner and direction": Bound(
        lambda v: CallFilter(partners=(v["partner"],), directions=("outbound",)), 500, 2, 250, 2000, deeper=(50, 1500)
    ),
    "number": Bound(
        lambda v: CallFilter(number_keys=(v["to_key"],)), 1000, 2, 2000, 6000, deeper=(0, 2500), total=1200
    ),
}


@pytest.mark.parametrize("name", BOUNDS)
async def test_a_page_touches_no_more_than_is_written(filled: Filled, name: str) -> None:
    bound = BOUNDS[name]
    asked = bound.asked(filled.values)
    total, statements, first = await filled.page(asked, 0)
    assert total >= bound.least
    assert statements == bound.statements
    assert first.buffers <= bound.buffers
    assert first.rows <= bound.rows
    for offset in (total // 2, total - PAGE - 1, total - 1):
        _, statements, deep = await filled.page(asked, offset)
        assert statements == bound.statements
        assert deep.buffers <= 1.5 * first.buffers + bound.deeper[0], offset
        assert deep.rows <= 1.5 * first.rows + bound.deeper[1], offset
    _, statements, none = await filled.page(asked, 0, size=0)
    assert statements == bound.statements
    assert none.buffers <= bound.total


@pytest.mark.parametrize("name", ["none", "status", "agent"])
async def test_the_oldest_first_costs_what_the_newest_first_does(filled: Filled, name: str) -> None:
    bound = BOUNDS[name]
    _, heard = await statements_of_page(
        filled.database, filled.organization, bound.asked(filled.values), Window(PAGE), order=Order(ascending=True)
    )
    async with filled.database.session() as session:
        found = await touched(session, heard[-1])
    assert len(heard) == bound.statements
    assert found.buffers <= 1.5 * bound.buffers + bound.deeper[0]
    assert found.rows <= 1.5 * bound.rows + bound.deeper[1]
