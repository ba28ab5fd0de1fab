"""Writing calls. Whoever writes holds the organization's write lock, so that versions merge one after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.core.calls import DERIVED, FIELDS
from calldex.store.call_texts import write_texts
from calldex.store.facets import assign_facets
from calldex.store.notes import Note, notes_of_calls
from calldex.store.versions import change_calls

if TYPE_CHECKING:
    from calldex.store.database import Session

COLUMNS: Final = ("id", "source", "vendor_ids", "stamps", "kept", "revision", "facet", *FIELDS, *DERIVED)
"""The columns of a call beside its organization, in the order in which rows are written."""

_LOCK_SPACE: Final = 0x43414C4C
"""Keeps our advisory locks apart from those of other programs in the same database."""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call as it is kept: every column by name, JSON columns as bytes, and the notes that were written here."""

    id: UUID
    row: dict[str, Any]
    notes: list[Note] = field(default_factory=list)


async def lock_writes(session: Session, organization_id: int) -> None:
    """Wait until no other transaction writes calls or records of the organization; held until the end of ours."""
    await session.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK_SPACE, organization_id)


async def find_call_ids(
    session: Session, organization_id: int, vendor_ids: Collection[str]
) -> dict[str, dict[str, UUID]]:
    """For each vendor's id (in look-up form) that is known: the call it means, by source."""
    rows = await session.fetch(
        "SELECT vendor_id, source, call_id FROM call_ids WHERE organization_id = $1 AND vendor_id = ANY($2)",
        organization_id,
        list(vendor_ids),
    )
    found: dict[str, dict[str, UUID]] = {}
    for vendor_id, source, call_id in rows:
        found.setdefault(vendor_id, {})[source] = call_id
    return found


async def load_calls(session: Session, organization_id: int, ids: Collection[UUID]) -> dict[UUID, StoredCall]:
    """The calls of these UUIDs that there are, whole."""
    rows = await session.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM calls WHERE organization_id = $1 AND id = ANY($2)",
        organization_id,
        list(ids),
    )
    # The notes of our own are a part of what stands as the call's notes, so most calls have none to be asked for.
    noted = [row["id"] for row in rows if row["notes"] is not None]
    notes = await notes_of_calls(session, organization_id, noted) if noted else {}
    return {row["id"]: StoredCall(row["id"], dict(row), notes.get(row["id"], [])) for row in rows}


async def write_calls(
    session: Session, organization_id: int, rows: Sequence[dict[str, Any]], replaced: Sequence[StoredCall]
) -> None:
    """Write whole calls with what leads to them; ``replaced`` are those that are there already, as they were."""
    if not rows and not replaced:
        return
    await change_calls(session, organization_id)
    await assign_facets(session, organization_id, rows)
    if replaced:
        await _remove(session, organization_id, replaced)
    await session.copy_records_to_table(
        "calls",
        columns=("organization_id", *COLUMNS),
        records=[(organization_id, *(row.get(name) for name in COLUMNS)) for row in rows],
    )
    await session.copy_records_to_table(
        "call_classifications",
        columns=("organization_id", "classification", "occurred_at", "call_id"),
        records=_links(organization_id, rows, "classification_words"),
    )
    await session.copy_records_to_table(
        "call_invoices",
        columns=("organization_id", "invoice", "occurred_at", "call_id"),
        records=_links(organization_id, rows, "invoices"),
    )
    await session.copy_records_to_table(
        "call_tags",
        columns=("organization_id", "tag", "occurred_at", "call_id"),
        records=_links(organization_id, rows, "tag_words"),
    )
    await write_texts(session, organization_id, rows, {call.id: call.row for call in replaced})


def _links(organization_id: int, rows: Iterable[dict[str, Any]], column: str) -> list[tuple[Any, ...]]:
    return [
        (organization_id, target, row["occurred_at"], row["id"])
        for row in rows
        if row.get("deleted_at") is None
        for target in dict.fromkeys(row[column] or ())
    ]


async def _remove(session: Session, organization_id: int, calls: Sequence[StoredCall]) -> None:
    before = [call.row for call in calls]
    for table, column, kind, source in (
        ("call_classifications", "classification", "text", "classification_words"),
        ("call_invoices", "invoice", "uuid", "invoices"),
        ("call_tags", "tag", "text", "tag_words"),
    ):
        links = _links(organization_id, before, source)
        if links:
            await session.execute(
                f"DELETE FROM {table} l USING unnest($2::{kind}[], $3::timestamptz[], $4::uuid[])"
                f" AS gone (target, occurred_at, call_id) WHERE l.organization_id = $1 AND l.{column} = gone.target"
                " AND l.occurred_at = gone.occurred_at AND l.call_id = gone.call_id",
                organization_id,
                *(list(values) for values in list(zip(*links, strict=True))[1:]),
            )
    await session.execute(
        "DELETE FROM calls WHERE organization_id = $1 AND id = ANY($2)", organization_id, [call.id for call in calls]
    )


async def write_call_ids(session: Session, organization_id: int, rows: Iterable[tuple[str, str, UUID]]) -> None:
    """Write new vendor's ids: look-up form, source, call."""
    await session.copy_records_to_table(
        "call_ids",
        columns=("organization_id", "vendor_id", "source", "call_id"),
        records=[(organization_id, *row) for row in rows],
    )
