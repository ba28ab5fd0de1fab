"""What the planner knows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from calldex.store.database import Database

MANY: Final = 500
"""Calls after whose arrival it is worth while not to wait for the database to look by itself."""


async def look_at_tables(database: Database) -> None:
    """Let the database learn what is in the tables of calls now; by itself it does so within a minute or two.

    Until then it takes full tables for empty ones, and goes through all calls where it should look one up.
    """
    async with database.session() as session:
        await session.execute(
            "ANALYZE calls, call_ids, call_texts, call_classifications, call_invoices, call_tags, call_facets,"
            " call_counts, records, record_forms"
        )
