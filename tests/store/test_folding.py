"""A field with more values than facets can tell apart is folded: the organization stops telling it apart, its filters
go on meaning what they mean, alone and beside others, and the counts stay right. Facets stay few, however they come.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.store.made_calls import DIRECTIONS, SOURCE, TIMES, every_record, made_call
from tests.store.plain_lists import differs

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.calls import CLASSIFICATIONS, CallChange
from calldex.core.filters import CallFilter, Window
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import encode
from calldex.store.call_lists import Order, list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database, open_database
from calldex.store.verifying import mend_calls, verify_calls

CALLS = 1600
AGENTS = [f"agent {number}" for number in range(120)]
LANGUAGES = [f"l{number}" for number in range(60)]
SETS = [*combinations(CLASSIFICATIONS, 3)][:400]
SHOWN = Columns("direction")


@dataclass(frozen=True, repr=False)
class Folded:
    database: Database
    organization: int


def _many(number: int, random: Random, version: int) -> CallChange:
    call = made_call(f"c{number}", random, version)
    call.values |= {
        "agent_id": AGENTS[number % len(AGENTS)],
        "language": LANGUAGES[number % len(LANGUAGES)],
        "classifications": encode([{"classification": word} for word in SETS[number % len(SETS)]]),
        "started_at": random.choice(TIMES),
    }
    return call


async def _import(database: Database, organization: int, calls: list[CallChange]) -> None:
    for first in range(0, len(calls), 200):
        await import_calls(database, organization, FORMATS["stuut-v1"].importing(), calls[first : first + 200])


async def _folded(database: Database, organization: int) -> set[str]:
    async with database.session() as session:
        fields = await session.fetchval(
            "SELECT folded FROM organization_versions WHERE organization_id = $1", organization
        )
    return set(fields)


@pytest.fixture(scope="module")
async def many(new_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Folded]:
    database = await open_database(await new_database(), max_size=2)
    organization = (await create_organization(database, "Many values")).id
    random = Random(3)  # noqa: S311 - the same calls in every run
    await _import(database, organization, [*every_record(), *(_many(number, random, 1) for number in range(CALLS))])
    # Some change after folding: their old facet still told the fields apart, the new one does not.
    await _import(database, organization, [_many(number + 1, random, 2) for number in range(0, CALLS, 9)])
    yield Folded(database, organization)
    await database.close()


def _agents(*numbers: int) -> tuple[UUID, ...]:
    return tuple(record_uuid(SOURCE, "agent", AGENTS[number]) for number in numbers)


FILTERS = [
    CallFilter(),
    CallFilter(agents=_agents(3)),
    CallFilter(agents=_agents(3, 77, 119), directions=DIRECTIONS[:2]),
    CallFilter(classifications=SETS[0][:1]),
    CallFilter(classifications=SETS[399], voicemail=False),
    CallFilter(languages=("L7",)),
    CallFilter(languages=("l7", "L59"), classifications=SETS[7][:1], agents=_agents(7)),
    CallFilter(languages=("l1",), min_duration_ms=75_000),
    CallFilter(statuses=("completed",), has_recording=False),
    CallFilter(sentiments=("positive",), agents=_agents(4), occurred_from=TIMES[9], occurred_before=TIMES[20]),
    CallFilter(has_transcript=True, occurred_from=TIMES[18]),
    CallFilter(max_duration_ms=59_999, dispositions=("call_completed",)),
]


async def _compare(many: Folded) -> None:
    async with many.database.session() as session:
        rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", many.organization)
        findings = await verify_calls(session, many.organization)
    assert findings.sound, findings
    for asked in FILTERS:
        for order, window in (
            (Order(), Window(40, 0)),
            (Order(ascending=True), Window(7, 5)),
            (Order(), Window(25, 60)),
        ):
            found = await list_calls(many.database, many.organization, asked, window, SHOWN, order=order)
            wrong = differs(found, rows, asked, window, order, None)
            assert wrong is None, wrong


async def test_filters_by_folded_fields_mean_what_they_meant(many: Folded) -> None:
    assert await _folded(many.database, many.organization) >= {"agent", "language", "classification_words"}
    await _compare(many)


async def test_counts_of_folded_fields_can_be_made_anew(many: Folded) -> None:
    async with many.database.session() as session:
        await session.execute("UPDATE call_counts SET calls = calls + 1 WHERE organization_id = $1", many.organization)
        assert not (await verify_calls(session, many.organization)).sound
        await mend_calls(session, many.organization)
    await _compare(many)


@pytest.mark.parametrize("beside", [0, 1, 2])
async def test_agents_that_come_one_by_one_are_folded_too(database: Database, beside: int) -> None:
    """Each new agent makes few facets, and always as many; whatever their numbers are, that is noticed."""
    organization = (await create_organization(database, f"Agents {beside}")).id
    values: dict[str, Any] = {"direction": "inbound", "created_at": TIMES[9]}
    calls = [CallChange(SOURCE, f"first {number}", None, values | {"mode": f"m{number}"}) for number in range(beside)]
    calls += [
        CallChange(
            SOURCE,
            f"c{number}",
            None,
            values | {"agent_id": f"agent {number}", "started_at": TIMES[9] + number * timedelta(hours=1)},
        )
        for number in range(800)
    ]
    await _import(database, organization, calls)
    assert await _folded(database, organization) == {"agent"}
    async with database.session() as session:
        facets = await session.fetchval("SELECT count(*) FROM call_facets WHERE organization_id = $1", organization)
    assert facets < 800
