"""Every figure of the overview equals a count in plain Python over the rows of the table: in any zone, on days that
have 23 or 25 hours or were left out, in windows that begin and end anywhere, for any filter, with deleted calls beside,
and where facets do not tell apart what is asked for.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.made_calls import (
    PARTNERS,
    SOURCE,
    STATUSES,
    TIMES,
    each_filter,
    every_record,
    filters,
    made_call,
)
from tests.store.plain_lists import fits

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.calls import CallChange
from calldex.core.facets import LENGTH_BOUNDS_MS
from calldex.core.filters import CallFilter
from calldex.core.ids import record_uuid
from calldex.core.searching import read_search
from calldex.store.database import Database, open_database
from calldex.store.overviews import (
    OverTime,
    answers_by_hour,
    calls_by_classification,
    calls_by_length,
    calls_by_sentiment,
    calls_by_status,
    top_partners,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Monrovia",
)
CHANGES = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC),
)
"""When the clocks of these zones were changed; the last one left a whole day out."""
CALLS = 500
MANY_AGENTS = [f"agent {number}" for number in range(120)]
MANY_STATUSES = [*STATUSES, *(f"status {number}" for number in range(60))]
MANY_SENTIMENTS = [f"feeling {number}" for number in range(60)]


@dataclass(frozen=True, repr=False)
class Told:
    """A database of one connection, an organization in it, and its calls as rows."""

    database: Database
    organization: int
    rows: list[Any]


class Both(dict[bool, Told]):
    """An organization without folded fields, and one where some are folded; neither is worth printing."""

    def __repr__(self) -> str:
        return "both organizations"


def _moment(random: Random) -> datetime:
    chance = random.random()
    if chance < 0.1:
        return random.choice(TIMES)
    if chance < 0.6:
        beside = random.choice((0, random.randrange(-200_000, 200_000))) + random.choice((0, 0, 0.000001, -0.000001))
        return random.choice(CHANGES) + timedelta(seconds=beside)
    return datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(200_000))


async def _import(database: Database, organization: int, calls: list[CallChange]) -> None:
    for first in range(0, len(calls), 200):
        await import_calls(database, organization, FORMATS["stuut-v1"].importing(), calls[first : first + 200])


async def _told(database: Database, name: str, *, folded: bool) -> Told:
    organization = (await create_organization(database, name)).id
    random = Random(5)  # noqa: S311 - the same calls in every run
    calls = every_record()
    for number in range(CALLS):
        call = made_call(f"c{number}", random, 1)
        call.values |= {"started_at": _moment(random), "status": random.choice((*STATUSES, "busy", "queued"))}
        if folded:
            call.values |= {
                "agent_id": MANY_AGENTS[number % len(MANY_AGENTS)],
                "status": MANY_STATUSES[number % len(MANY_STATUSES)],
                "sentiment": MANY_SENTIMENTS[number % len(MANY_SENTIMENTS)],
            }
        calls.append(call)
    await _import(database, organization, calls)
    async with database.session() as session:
        rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", organization)
        fields = await session.fetchval(
            "SELECT folded FROM organization_versions WHERE organization_id = $1", organization
        )
    assert set(fields) == ({"agent", "status", "sentiment"} if folded else set())
    assert any(row["deleted_at"] for row in rows)
    return Told(database, organization, rows)


@pytest.fixture(scope="module")
async def told(new_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Both]:
    """Nothing is analyzed here, so the planner knows as little as it ever does."""
    database = await open_database(await new_database(), max_size=1)
    yield Both({folded: await _told(database, f"Folded {folded}", folded=folded) for folded in (False, True)})
    await database.close()


def _ahead(zone: ZoneInfo, moment: datetime) -> int:
    """How many seconds the clocks are ahead of UTC, at the ends of all time as they are further in."""
    safe = min(max(moment, datetime(1, 1, 5, tzinfo=UTC)), datetime(2100, 12, 31, 23, tzinfo=UTC))
    offset = safe.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _date(zone: ZoneInfo, moment: datetime) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return moment.date()


def _hour_of_week(zone: ZoneInfo, moment: datetime, by_hours_of_utc: bool) -> int:
    seconds = (moment.replace(microsecond=0) - datetime(1970, 1, 5, tzinfo=UTC)) // timedelta(seconds=1)
    ahead = _ahead(zone, moment)
    return (seconds + (ahead // 3600 * 3600 if by_hours_of_utc else ahead)) // 3600 % 168


def _rows(told: Told, asked: CallFilter, begin: datetime | None, end: datetime | None) -> list[Any]:
    return [
        row
        for row in told.rows
        if fits(row, asked)
        and (begin is None or row["occurred_at"] >= begin)
        and (end is None or row["occurred_at"] < end)
    ]


def _by_column(rows: Iterable[Any], found: OverTime, zone: ZoneInfo, field: str) -> list[Counter[str | None]]:
    """The calls of each column, by the first day of the column that their date is in or behind."""
    days = [column.day for column in found.columns]
    counted: list[Counter[str | None]] = [Counter() for _ in days]
    for row in rows:
        counted[bisect.bisect_right(days, _date(zone, row["occurred_at"])) - 1][row[field]] += 1
    return counted


def _compare_over_time(rows: list[Any], found: OverTime, zone: ZoneInfo, field: str) -> None:
    assert [dict(column.calls) for column in found.columns] == [
        dict(counted) for counted in _by_column(rows, found, zone, field)
    ]
    assert len(found.columns) <= 106
    for column, following in zip(found.columns, found.columns[1:], strict=False):
        assert column.begin < column.end == following.begin
        assert _date(zone, following.begin) == following.day or following.begin > column.begin
    days = [column.day for column in found.columns]
    if found.unit == "week":
        assert {day.weekday() for day in days if day > date(1, 1, 1)} <= {0}
    elif found.unit != "day":
        assert {day.day for day in days} <= {1}


def narrowed(asked: CallFilter, begin: datetime | None, end: datetime | None) -> CallFilter:
    """The filter within one more window of time."""
    begins = [moment for moment in (asked.occurred_from, begin) if moment is not None]
    ends = [moment for moment in (asked.occurred_before, end) if moment is not None]
    return replace(asked, occurred_from=max(begins, default=None), occurred_before=min(ends, default=None))


async def compare(told: Told, asked: CallFilter, zone_name: str, begin: datetime | None, end: datetime | None) -> None:
    zone, rows = ZoneInfo(zone_name), _rows(told, asked, begin, end)
    place = (told.database, told.organization, narrowed(asked, begin, end))
    _compare_over_time(rows, await calls_by_status(*place, zone_name), zone, "status")
    _compare_over_time(rows, await calls_by_sentiment(*place, zone_name), zone, "sentiment")
    dialled = [row for row in rows if row["status"] in {"completed", "busy", "no_answer", "failed"}]
    answered = [row for row in dialled if row["status"] == "completed" and not row["voicemail"]]
    for by_hours_of_utc in (False, True):
        rings, talks = (
            Counter(_hour_of_week(zone, row["occurred_at"], by_hours_of_utc) for row in some)
            for some in (dialled, answered)
        )
        hours = await answers_by_hour(*place, zone_name, by_hours_of_utc=by_hours_of_utc)
        assert hours.minute == 0 or by_hours_of_utc
        cells = [cell for day in hours.days for cell in day]
        assert [(cell.answered, cell.dialled) for cell in cells] == [(talks[hour], rings[hour]) for hour in range(168)]
    words = Counter(word for row in rows for word in set(row["classification_words"]) or {None})
    assert await calls_by_classification(*place) == words
    lengths = await calls_by_length(*place)
    known = Counter(
        bisect.bisect_right(LENGTH_BOUNDS_MS, row["duration_ms"]) for row in rows if row["duration_ms"] is not None
    )
    assert [length.calls for length in lengths.classes] == [known[number] for number in range(8)]
    assert lengths.unknown == sum(row["duration_ms"] is None for row in rows)
    partners = Counter(row["partner"] for row in rows if row["partner"] is not None)
    most = sorted(partners.items(), key=lambda item: (-item[1], item[0]))
    assert [(one.partner, one.calls) for one in await top_partners(*place)] == most[:10]


_edges = st.none() | st.sampled_from((*CHANGES, *TIMES)).flatmap(
    lambda moment: st.sampled_from((0, 1, -1, 3600, 5400, 86_400 * 9, -86_400 * 40, 86_400 * 400)).map(
        lambda seconds: _moved(moment, seconds)
    )
)


def _moved(moment: datetime, seconds: int) -> datetime:
    try:
        return moment + timedelta(seconds=seconds, microseconds=seconds % 7)
    except OverflowError:
        return moment


# What a failure was drawn from is too much to print; the assertion says what was asked.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("folded", [False, True])
@given(asked=filters(), zone=st.sampled_from(ZONES), edges=st.tuples(_edges, _edges))
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
async def test_every_figure_is_a_plain_count(
    told: Both,
    folded: bool,
    asked: CallFilter,
    zone: str,
    edges: tuple[datetime | None, datetime | None],
) -> None:
    begin, end = edges
    if begin is not None and end is not None:
        begin, end = min(begin, end), max(begin, end)
    await compare(told[folded], asked, zone, begin, end)


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("zone", ZONES)
async def test_days_on_which_clocks_are_changed(told: Both, folded: bool, zone: str) -> None:
    for number, change in enumerate(CHANGES):
        ragged = timedelta(minutes=7 * number, microseconds=number)
        begin, end = change - timedelta(days=3) - ragged, change + timedelta(days=20) + ragged
        await compare(told[folded], CallFilter(), zone, begin, end)
        await compare(told[folded], CallFilter(voicemail=False), zone, begin, end)


async def test_a_window_within_an_hour(told: Both) -> None:
    """No count is of it at all."""
    for zone in ZONES:
        for change in CHANGES:
            await compare(told[False], CallFilter(), zone, change, change + timedelta(microseconds=2))
            await compare(told[False], CallFilter(), zone, change - timedelta(minutes=9), change + timedelta(minutes=4))


@pytest.mark.parametrize("folded", [False, True])
async def test_windows_at_the_ends_of_all_time(told: Both, folded: bool) -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    for begin, end in ((last, None), (None, first + timedelta(minutes=3)), (first, last), (None, last), (first, None)):
        for asked in (CallFilter(), CallFilter(min_duration_ms=10_000)):
            await compare(told[folded], asked, "Asia/Kathmandu", begin, end)
            await compare(told[folded], asked, "America/New_York", begin, end)


@pytest.mark.slow
@pytest.mark.parametrize("folded", [False, True])
async def test_each_filter_alone(told: Both, folded: bool) -> None:
    begin, end = datetime(2026, 1, 3, 4, 5, 6, 7, tzinfo=UTC), datetime(2026, 12, 30, 1, tzinfo=UTC)
    for number, asked in enumerate(each_filter()):
        await compare(told[folded], asked, ZONES[number % len(ZONES)], begin, end)
        if number % 4 == 0:
            await compare(told[folded], asked, ZONES[number % 3], None, None)


async def test_what_was_said_narrows_too(told: Both) -> None:
    some = told[False]
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    async with some.database.session() as session:
        matching = await session.fetch("SELECT call_id FROM call_texts WHERE organization_id = $1", some.organization)
    said = {row[0] for row in matching}
    rows = [row for row in _rows(some, CallFilter(), begin, end) if row["id"] in said]
    assert rows
    asked = narrowed(CallFilter(said=read_search("hello"), directions=("inbound",)), begin, end)
    found = await calls_by_status(some.database, some.organization, asked, "UTC")
    total = sum(sum(column.calls.values()) for column in found.columns)
    assert total == sum(row["direction"] == "inbound" for row in rows)
    asked = narrowed(CallFilter(said=read_search("never")), begin, end)
    assert await top_partners(some.database, some.organization, asked) == []


async def test_an_organization_without_calls_has_empty_figures(database: Database) -> None:
    nobody = (await create_organization(database, "Nobody")).id
    assert (await calls_by_status(database, nobody, CallFilter(), "UTC")).columns == ()
    hours = await answers_by_hour(database, nobody, CallFilter(), "UTC")
    assert len(hours.days) == 7
    assert {cell.dialled for day in hours.days for cell in day} == {0}
    assert not await calls_by_classification(database, nobody, CallFilter())
    assert {length.calls for length in (await calls_by_length(database, nobody, CallFilter())).classes} == {0}
    assert await top_partners(database, nobody, CallFilter()) == []


async def test_another_organization_changes_nothing(told: Both, database: Database) -> None:
    """Both organizations of the module have calls of the same partners at the same times."""
    partner: UUID = PARTNERS[0][0]
    for one in told.values():
        found = await top_partners(one.database, one.organization, CallFilter(partners=(partner,)))
        rows = [row for row in one.rows if row["partner"] == partner and row["deleted_at"] is None]
        assert [(entry.partner, entry.calls) for entry in found] == [(partner, len(rows))]


Ask = Callable[[Database, int, CallFilter], Awaitable[Any]]
FIGURES: dict[str, Ask] = {
    "status": lambda d, o, f: calls_by_status(d, o, f, "Europe/Berlin"),
    "sentiment": lambda d, o, f: calls_by_sentiment(d, o, f, "Europe/Berlin"),
    "answers": lambda d, o, f: answers_by_hour(d, o, f, "Europe/Berlin"),
    "answers by hours of UTC": lambda d, o, f: answers_by_hour(d, o, f, "Asia/Kolkata", by_hours_of_utc=True),
    "classifications": calls_by_classification,
    "lengths": calls_by_length,
    "partners": top_partners,
}


@pytest.mark.parametrize("name", FIGURES)
async def test_a_figure_is_one_statement(told: Both, name: str) -> None:
    heard: list[str] = []

    def hear(query: Any) -> None:
        heard.append(query.query)

    some = told[False]
    begin, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, 0, 20, tzinfo=UTC)
    for asked in (CallFilter(), replace(CallFilter(), directions=("inbound",), voicemail=True)):
        await FIGURES[name](some.database, some.organization, narrowed(asked, begin, end))
        async with some.database.pool.acquire() as session:
            session.add_query_logger(hear)
        await FIGURES[name](some.database, some.organization, narrowed(asked, begin, end))
        async with some.database.pool.acquire() as session:
            session.remove_query_logger(hear)
        asking = [text for text in heard if not text.startswith(("SELECT set_config", "BEGIN", "COMMIT"))]
        assert len(asking) == 1, asking
        heard.clear()


async def test_fields_that_are_folded_meanwhile_are_noticed(database: Database, database_url: str) -> None:
    """Another process writes, and this one still remembers what facets told apart."""
    organization = (await create_organization(database, "Folds later")).id
    random = Random(11)  # noqa: S311 - the same calls in every run

    def made(number: int) -> CallChange:
        call = made_call(f"c{number}", random, 1)
        call.values |= {
            "started_at": CHANGES[0] + timedelta(minutes=number),
            "agent_id": MANY_AGENTS[number % len(MANY_AGENTS)],
            "status": MANY_STATUSES[number % len(MANY_STATUSES)],
        }
        return call

    await _import(database, organization, [*every_record(), *(made(number) for number in range(20))])
    agents = tuple(record_uuid(SOURCE, "agent", MANY_AGENTS[number]) for number in (3, 17, 111))
    asked = (CallFilter(), CallFilter(agents=agents), CallFilter(statuses=STATUSES[:2]))
    begin, end = CHANGES[0] - timedelta(days=1), CHANGES[0] + timedelta(days=2)
    for one in asked:
        await calls_by_status(database, organization, narrowed(one, begin, end), "UTC")
        await top_partners(database, organization, narrowed(one, begin, end))
    other = await open_database(database_url, max_size=1)
    await _import(other, organization, [made(number) for number in range(20, 600)])
    await other.close()
    async with database.session() as session:
        rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", organization)
    told = Told(database, organization, rows)
    assert database.marks.folded[organization] == frozenset()
    for one in asked:
        database.marks.folded[organization] = frozenset()
        await compare(told, one, "Europe/Berlin", begin, end)
    assert database.marks.folded[organization] >= {"agent", "status"}
