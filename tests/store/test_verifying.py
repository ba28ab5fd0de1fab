"""Every count that is not the number of its calls and every facet that is not its call's is found, and made right
again; the counts of another organization are left alone.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.store.made_calls import each_filter, every_record, made_call
from tests.store.plain_lists import differs

from calldex.actions.create_organization import create_organization
from calldex.actions.import_calls import import_calls
from calldex.app.formats import FORMATS
from calldex.core.filters import Window
from calldex.store.call_lists import Order, list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database
from calldex.store.verifying import mend_calls, verify_calls

_ONE = "organization_id = $1 AND ctid = (SELECT min(ctid) FROM"
BREAKING = {
    "a count": f"UPDATE call_counts SET calls = calls + 1 WHERE {_ONE} call_counts WHERE organization_id = $1)",
    "a count is missing": f"DELETE FROM call_counts WHERE {_ONE} call_counts WHERE organization_id = $1 AND span = 3)",
    "a count too many": (
        "INSERT INTO call_counts SELECT organization_id, detail, span, bucket + 99999, facet, 1 FROM call_counts"
        " WHERE organization_id = $1 AND span = 2 LIMIT 1"
    ),
    "a value without its facet": (
        f"UPDATE calls SET sentiment = 'strange' WHERE {_ONE} calls WHERE organization_id = $1 AND deleted_at IS NULL)"
    ),
    "a facet of other values": (
        "UPDATE calls c SET facet = (SELECT max(o.facet) FROM calls o WHERE o.organization_id = $1)"
        " WHERE c.organization_id = $1 AND c.facet = (SELECT min(o.facet) FROM calls o WHERE o.organization_id = $1)"
    ),
    "a coarse facet": (
        "UPDATE calls SET facet = (SELECT min(id) FROM call_facets WHERE organization_id = $1 AND detail = 3)"
        f" WHERE {_ONE} calls WHERE organization_id = $1)"
    ),
    "a link is missing": (
        f"DELETE FROM call_classifications WHERE {_ONE} call_classifications WHERE organization_id = $1)"
    ),
    "a link leads nowhere": (
        "INSERT INTO call_tags SELECT organization_id, 'nobody said this', occurred_at, id FROM calls"
        " WHERE organization_id = $1 LIMIT 1"
    ),
    "a link to a deleted call": (
        "INSERT INTO call_invoices SELECT $1, gen_random_uuid(), now(), gen_random_uuid() FROM calls"
        " WHERE organization_id = $1 LIMIT 1"
    ),
    "words are missing": f"DELETE FROM call_texts WHERE {_ONE} call_texts WHERE organization_id = $1)",
    "words of nobody": "INSERT INTO call_texts VALUES ($1, gen_random_uuid(), '')",
    "classifications without their facet": (
        "UPDATE calls SET classification_words = classification_words || '{new}'::text[]"
        f" WHERE {_ONE} calls WHERE organization_id = $1)"
    ),
}


@pytest.mark.parametrize("what", BREAKING)
async def test_what_is_wrong_is_found_and_made_right(database: Database, what: str) -> None:
    ours, theirs = [(await create_organization(database, name)).id for name in ("Ours", "Theirs")]
    random = Random(5)  # noqa: S311 - the same calls in every run
    calls = [*every_record(), *(made_call(f"c{number}", random, 1) for number in range(60))]
    for organization in (ours, theirs):
        await import_calls(database, organization, FORMATS["stuut-v1"].importing(), calls)
    async with database.session() as session:
        assert (await verify_calls(session, ours)).sound
        await session.execute(BREAKING[what], ours)
        findings = await verify_calls(session, ours)
        assert bool(findings.wrong_facets) == ("facet" in what)
        assert bool(findings.wrong_counts) == ("count" in what), findings
        assert bool(findings.wrong_links) == ("link" in what), findings
        assert bool(findings.wrong_texts) == ("words" in what), findings
        assert (await verify_calls(session, theirs)).sound
        await mend_calls(session, ours)
        assert (await verify_calls(session, ours)).sound
        assert (await verify_calls(session, theirs)).sound
        rows: list[Any] = await session.fetch("SELECT * FROM calls WHERE organization_id = $1", ours)
    for asked in each_filter():
        # Classifications are also kept beside the calls, which this did not break.
        found = await list_calls(database, ours, asked, Window(100), Columns("direction"))
        wrong = differs(found, rows, asked, Window(100), Order(), None)
        assert wrong is None, wrong
