"""Totals equal a count and pages equal a plain sort, whoever writes at the same time.

Sessions import, change, delete and erase calls of two organizations while others walk their lists by page and by
cursor, each through one of two open databases, as two workers would. Every single answer is compared with the calls of
exactly the version that it says it is of; when the writers rest, with the calls that there are now, and the counts with
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.store.made_calls import deleted_call, each_filter, every_record, filters, made_call, windowed_filters
from tests.store.past_calls import Past, keep_past_calls
from tests.store.plain_lists import differs
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import Serving, Tenant, serving

from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import CallList, Order, Place, list_calls, place_of
from calldex.store.call_writes import lock_writes
from calldex.store.calls import Columns
from calldex.store.database import Database, open_database
from calldex.store.verifying import verify_calls
from calldex.store.versions import change_calls

SHOWN = Columns("duration_ms")
NAMES = 60
ORDERS = [Order(), Order(ascending=True), Order("duration"), Order("duration", ascending=True)]

Write = tuple[Literal["import", "delete", "rewrite", "erase", "native"], list[int], int]
"""What is done, to which calls, and the seed of what is written."""


@dataclass(frozen=True)
class Question:
    """A list that somebody walks: by page, or by the place of the last call."""

    asked: CallFilter
    order: Order
    limit: int
    by_cursor: bool


@dataclass(frozen=True, repr=False)
class Round:
    """What goes on at the same time: two writers of the first organization, one of the second, and walkers of both."""

    writers: list[list[Write]]
    walkers: list[list[Question]]
    beside: list[CallFilter]


@dataclass(frozen=True)
class Answer:
    question: Question
    window: Window
    after: Place | None
    found: CallList


@dataclass
class Side:
    """One of the two organizations, with its past and what was answered about it."""

    writer: Writer
    past: Past = field(default_factory=Past)
    answers: list[Answer] = field(default_factory=list)
    version: int = 0

    @property
    def tenant(self) -> Tenant:
        return self.writer.tenant

    @property
    def id(self) -> int:
        return self.tenant.organization.id


_writes = st.lists(
    st.tuples(
        st.sampled_from(("import", "import", "import", "delete", "rewrite", "erase", "native")),
        st.lists(st.integers(0, NAMES - 1), min_size=4, max_size=25, unique=True),
        st.integers(0, 2**32),
    ),
    min_size=1,
    max_size=4,
)
_questions = st.lists(
    st.builds(Question, filters(), st.sampled_from((*ORDERS[:2], *ORDERS)), st.integers(1, 15), st.booleans()),
    min_size=1,
    max_size=4,
)
_rounds = st.builds(
    Round,
    st.lists(_writes, min_size=3, max_size=3),
    st.lists(_questions, min_size=3, max_size=3),
    st.lists(filters(), min_size=10, max_size=20),
)


@dataclass(frozen=True, repr=False)
class Stage:
    """The app, and its database as another worker has it open; all that they remember is not worth printing."""

    app: Serving
    other: Database


@pytest.fixture(scope="module")
async def stage(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as app:
        async with app.database.session() as session:
            await keep_past_calls(session)
        other = await open_database(app.url, max_size=5)
        yield Stage(app, other)
        await other.close()


async def write(side: Side, write: Write) -> None:
    kind, numbers, seed = write
    side.version += 1
    random, version, database = Random(seed), side.version, side.tenant.database  # noqa: S311 - drawn by the test
    importing = FORMATS["stuut-v1"].importing()
    if kind == "import":
        changes = [made_call(f"c{number}", random, version) for number in numbers]
        outcomes = await import_calls(database, side.id, importing, changes)
        assert set(outcomes) <= {"created", "updated", "unchanged"}, outcomes
    elif kind == "delete":
        await import_calls(database, side.id, importing, [deleted_call(f"c{number}", version) for number in numbers])
    elif kind == "native":
        for number in numbers[:3]:
            await write_natively(side.writer, f"{CALLS}/n{number % 5}", random)
    else:
        await write_rows(side, kind, random, len(numbers))


async def write_natively(writer: Writer, path: str, random: Random) -> None:
    if random.random() < 0.25:
        answer = await writer.send("DELETE", path)
    else:
        body = {
            "direction": random.choice(("inbound", "outbound")),
            "sentiment": random.choice((None, "positive")),
            "created_at": f"2026-03-02T0{random.randrange(4)}:00:00Z",
            "duration_ms": random.choice((None, 10_000, 75_000)),
            "classifications": [{"classification": "dispute"}][: random.randrange(2)],
            "tags": random.choice(([], ["vip"])),
        }
        answer = await writer.send("PUT", path, body)
    assert answer.status_code in (200, 201, 204, 404), answer.text


async def write_rows(side: Side, kind: str, random: Random, count: int) -> None:
    """What a program of ours might do one day: change many rows in one statement, or take them away."""
    async with side.tenant.database.session() as session, session.transaction():
        await lock_writes(session, side.id)
        await change_calls(session, side.id)
        chosen = await session.fetchval(
            "SELECT array_agg(c.id) FROM (SELECT id FROM calls WHERE organization_id = $1"
            " ORDER BY md5(id::text || $2) LIMIT $3) AS c",
            side.id,
            str(random.random()),
            count,
        )
        if kind == "erase":
            await session.execute("DELETE FROM calls WHERE organization_id = $1 AND id = ANY($2)", side.id, chosen)
            for table in ("call_ids", "call_classifications", "call_invoices", "call_tags", "call_texts"):
                await session.execute(
                    f"DELETE FROM {table} WHERE organization_id = $1 AND call_id = ANY($2)", side.id, chosen
                )
            return
        await session.execute(
            "UPDATE calls SET sentiment = 'negative', duration_ms = 75000, facet = facet_of_call($1, direction,"
            " 'negative', status, classification_words, agent, workflow, source, kind, voicemail, mode, language,"
            " completion_rating, disposition, has_recording, has_transcript, 75000)"
            " WHERE organization_id = $1 AND id = ANY($2)",
            side.id,
            chosen,
        )


async def write_all(side: Side, writes: Sequence[Write]) -> None:
    for one in writes:
        await write(side, one)


async def walk(side: Side, database: Database, questions: Sequence[Question], writing: asyncio.Future[Any]) -> None:
    """Walk every list once, and again as long as somebody writes."""
    while True:
        for question in questions:
            after, offset = None, 0
            for _ in range(8):
                window = Window(question.limit, offset)
                found = await list_calls(
                    database, side.id, question.asked, window, SHOWN, order=question.order, after=after
                )
                side.answers.append(Answer(question, window, after, found))
                if not found.calls:
                    break
                if question.by_cursor:
                    after = place_of(found.calls[-1], question.order)
                else:
                    offset += question.limit
        if writing.done():
            return


async def compare_past(side: Side, database: Database) -> None:
    async with database.session() as session:
        await side.past.go_on(session, side.id)
    for answer in side.answers:
        question, rows = answer.question, side.past.at(answer.found.versions.calls)
        wrong = differs(answer.found, rows.values(), question.asked, answer.window, question.order, answer.after)
        assert wrong is None, wrong
    side.answers.clear()


async def compare_present(side: Side, database: Database, asked: Sequence[CallFilter]) -> None:
    async with database.session() as session:
        rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", side.id)
        findings = await verify_calls(session, side.id)
    assert findings.sound, findings
    assert findings.calls == len(rows)
    assert {row["id"] for row in rows} == side.past.now.keys()
    for number, one in enumerate(asked):
        order, offset = ORDERS[number % 4 if number % 3 == 0 else number % 2], (0, 0, 3, 17)[number % 4]
        window = Window((0, 5, 50, 500)[number % 4], offset)
        found = await list_calls(database, side.id, one, window, SHOWN, order=order)
        wrong = differs(found, rows, one, window, order, None)
        assert wrong is None, wrong


# What a failure was drawn from is too much to print; the assertion says what was asked.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@given(rounds=st.lists(_rounds, min_size=2, max_size=3))
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    # How sessions meet is not the same twice, so a smaller example would prove nothing.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
async def test_pages_and_totals_are_of_one_moment_while_others_write(stage: Stage, rounds: list[Round]) -> None:
    app, other = stage.app, stage.other
    sides = [Side(await Writer.of(app)) for _ in range(2)]
    for side in sides:
        await import_calls(app.database, side.id, FORMATS["stuut-v1"].importing(), every_record())
    for number, one in enumerate(rounds):
        writing = asyncio.gather(
            *(write_all(side, writes) for side, writes in zip((*sides, sides[0]), one.writers, strict=True))
        )
        await asyncio.gather(
            writing,
            *(
                walk(side, database, questions, writing)
                for side, database, questions in zip(
                    (*sides, sides[0]), (app.database, other, other), one.walkers, strict=True
                )
            ),
        )
        for side in sides:
            await compare_past(side, app.database)
            asked = list(one.beside)
            if number == len(rounds) - 1:
                asked += [*each_filter(), *windowed_filters(Random(one.writers[0][0][2]))]  # noqa: S311 - drawn
            await compare_present(side, other if number % 2 else app.database, asked)
