"""Which linked records belong together: all that one leads to, whatever surface shows it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.store.records import StoredRecord, load_records

if TYPE_CHECKING:
    from calldex.store.database import Database


async def reachable_records(database: Database, organization_id: int, roots: Collection[UUID]) -> list[StoredRecord]:
    """The records of the roots and every record that can be reached from them, by id. Two statements."""
    if not roots:
        return []
    async with database.session() as session:
        rows = await session.fetch(
            # The few names of forms are found by steps through the key; a plain DISTINCT would read all of it.
            "WITH RECURSIVE names (form) AS ("
            " (SELECT form FROM record_forms WHERE organization_id = $1 ORDER BY form LIMIT 1)"
            " UNION ALL SELECT (SELECT form FROM record_forms WHERE organization_id = $1 AND form > n.form"
            " ORDER BY form LIMIT 1) FROM names n WHERE n.form IS NOT NULL),"
            " reached (id) AS ("
            " SELECT unnest($2::uuid[])"
            " UNION SELECT unnest(f.refs) FROM reached r CROSS JOIN names n CROSS JOIN LATERAL ("
            " SELECT refs FROM record_forms"
            " WHERE organization_id = $1 AND form = n.form AND record_id = r.id LIMIT 1) f)"
            " SELECT id FROM reached",
            organization_id,
            list(roots),
        )
        found = await load_records(session, organization_id, [row[0] for row in rows])
    return [found[record] for record in sorted(found)]
