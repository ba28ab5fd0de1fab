"""The forms of linked records, put together: from memory where they are known, else from the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from calldex.core.splicing import Splicer
from calldex.store.versions import changed_records

if TYPE_CHECKING:
    from calldex.store.database import Database, Session


async def splicer(
    database: Database, organization_id: int, form: str, roots: Collection[UUID], version: int
) -> Splicer:
    """The JSON of each root in one form, everything inside it included.

    ``version`` is that of the organization's records where the roots were read. No statement when all of them are
    known and nothing has changed; one for the changes, and one for what is not known, whatever the depth.
    """
    cache = database.forms
    ready: dict[str, bytes] = {}
    if not roots:
        return Splicer(ready)
    seen = cache.seen(organization_id)
    if seen < version:
        async with database.session() as session:
            changed = None if seen < 0 else await changed_records(session, organization_id, seen, version)
        cache.hear(organization_id, version, changed)
    missing = []
    for root in roots:
        json = cache.get(organization_id, form, root)
        if json is None:
            missing.append(root)
        else:
            ready[root.hex] = json
    if missing:
        async with database.session() as session:
            found = await _reachable_forms(session, organization_id, form, missing)
        # What was read before a change that has been heard of meanwhile would never be forgotten.
        keep = found[0]["version"] >= cache.seen(organization_id)
        forms = {row["id"].hex: row["body"] for row in found if row["body"] is not None}
        refs = {row["id"]: row["refs"] for row in found if row["refs"]}
        filling = Splicer({}, forms)
        for root in missing:
            json = ready[root.hex] = filling.record(root)
            if keep:
                cache.put(organization_id, form, root, json, _parts(root, refs))
    return Splicer(ready)


async def _reachable_forms(session: Session, organization_id: int, form: str, roots: Collection[UUID]) -> list[Any]:
    """Every record that can be reached, with its form if it has one, and the version of all of them.

    How much will be reached is beyond the planner, which would read the whole table; LATERAL with a limit makes
    every step a look-up in the index.
    """
    return await session.fetch(
        "WITH RECURSIVE reached (id) AS ("
        " SELECT unnest($3::uuid[])"
        " UNION SELECT unnest(f.refs) FROM reached r CROSS JOIN LATERAL ("
        " SELECT refs FROM record_forms"
        " WHERE organization_id = $1 AND form = $2 AND record_id = r.id LIMIT 1) f)"
        " SELECT r.id, f.refs, f.body,"
        " coalesce((SELECT records FROM organization_versions WHERE organization_id = $1), 0) AS version"
        " FROM reached r LEFT JOIN LATERAL ("
        " SELECT refs, body FROM record_forms"
        " WHERE organization_id = $1 AND form = $2 AND record_id = r.id LIMIT 1) f ON true",
        organization_id,
        form,
        list(roots),
    )


def _parts(root: UUID, refs: Mapping[UUID, Collection[UUID]]) -> set[UUID]:
    found = {root}
    left = [root]
    while left:
        for ref in refs.get(left.pop(), ()):
            if ref not in found:
                found.add(ref)
                left.append(ref)
    return found
