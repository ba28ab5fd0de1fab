"""The migration that brings facets and counts finds calls already: each gets the facet of its own values, the counts
are those of its calls, deleted ones aside, and lists and writes go on from there.
"""

from __future__ import annotations

from random import Random
from typing import Any

from alembic import command
from tests.store.made_calls import TIMES, each_filter, made_call
from tests.store.plain_lists import differs

from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.calls import CallChange
from calldex.core.filters import Window
from calldex.store import migrations
from calldex.store.call_lists import Order, list_calls
from calldex.store.calls import Columns
from calldex.store.database import open_database
from calldex.store.migrations import chain
from calldex.store.verifying import verify_calls

_ORGANIZATIONS = """
    INSERT INTO organizations (id, public_id, name)
    OVERRIDING SYSTEM VALUE SELECT n, gen_random_uuid(), 'Organization ' || n FROM generate_series(1, 2) n
"""
_CALLS = """
    INSERT INTO calls (organization_id, id, occurred_at, created_at, source, vendor_ids, stamps, voicemail,
        direction, sentiment, status, classification_words, tag_words, agent, workflow, kind, mode, language,
        completion_rating, disposition, duration_ms, recording, transcript_text, deleted_at)
    SELECT 1 + (n % 3) / 2, gen_random_uuid(), ($1::timestamptz[])[1 + n % cardinality($1)], now(), 'stuut', '{}', '{}',
        n % 5 = 0, ('{inbound,outbound}'::text[])[1 + n % 3], ('{positive,negative}'::text[])[1 + n % 4],
        ('{completed,failed}'::text[])[1 + n % 2], ('{dispute,other,dispute}'::text[])[1 + n % 4:], '{}',
        CASE WHEN n % 7 > 2 THEN md5((n % 7)::text)::uuid END, CASE WHEN n % 6 > 3 THEN md5((n % 6)::text)::uuid END,
        ('{direct,session}'::text[])[1 + n % 2], ('{ai,AI}'::text[])[1 + n % 3], ('{de,en}'::text[])[1 + n % 4],
        ('{Complete}'::text[])[1 + n % 2], 'call_completed', (n % 9) * 15000, CASE WHEN n % 4 = 0 THEN '"x"'::json END,
        CASE WHEN n % 5 > 1 THEN 'hello' END, CASE WHEN n % 11 = 0 THEN now() END
    FROM generate_series(1, 400) n
"""


async def test_calls_that_were_there_before_are_counted(empty_database_url: str) -> None:
    url = empty_database_url

    def to_the_one_before(connection: Any) -> None:
        config = chain._config()
        config.attributes |= {"connection": connection, "applied": []}
        command.upgrade(config, "0004_pulls")

    await chain._run(url, to_the_one_before)
    database = await open_database(url, max_size=2)
    async with database.session() as session:
        await session.execute(_ORGANIZATIONS)
        await session.execute(_CALLS, list(TIMES))
    assert (await migrations.upgrade(url))[0] == "0005_facets"
    importing = FORMATS["stuut-v1"].importing()
    for organization in (1, 2):
        for step in ("as it was", "after an import"):
            if step == "after an import":
                await import_calls(database, organization, importing, _calls())
            async with database.session() as session:
                rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", organization)
                findings = await verify_calls(session, organization)
            # These calls never had the links that an import writes with them.
            assert (findings.wrong_facets, findings.wrong_counts) == (0, 0), step
            assert findings.calls == len(rows) > 100
            for asked in each_filter():
                # Neither tags nor invoices have calls here, and records come with the import.
                if not asked.partners and not asked.workflows:
                    found = await list_calls(database, organization, asked, Window(30, 5), Columns("direction"))
                    wrong = differs(found, rows, asked, Window(30, 5), Order(), None)
                    assert wrong is None, (step, wrong)
    await database.close()


def _calls() -> list[CallChange]:
    random = Random(1)  # noqa: S311 - the same calls in every run
    return [made_call(f"c{number}", random, 1) for number in range(20)]
