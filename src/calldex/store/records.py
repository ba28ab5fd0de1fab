"""Linked records: their merged bodies for writing, their forms for answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.splicing import Form
from calldex.store.partner_names import write_names
from calldex.store.versions import change_records

if TYPE_CHECKING:
    from calldex.store.database import Session

_COLUMNS: Final = (
    "organization_id",
    "id",
    "kind",
    "source",
    "vendor_id",
    "version",
    "revision",
    "stamps",
    "body",
    "business_unit_id",
)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A linked record as it is kept: ``body`` and ``stamps`` are JSON, ``revision`` counts its changes."""

    id: UUID
    kind: str
    source: str
    vendor_id: str | None
    version: datetime | None
    revision: int
    stamps: bytes
    body: bytes
    business_unit_id: str | None


async def load_revisions(session: Session, organization_id: int, ids: Collection[UUID]) -> dict[UUID, int]:
    """How often each of the records has changed; a record that is not there is not in the answer."""
    rows = await session.fetch(
        "SELECT id, revision FROM records WHERE organization_id = $1 AND id = ANY($2)", organization_id, list(ids)
    )
    return {row[0]: row[1] for row in rows}


async def load_records(session: Session, organization_id: int, ids: Collection[UUID]) -> dict[UUID, StoredRecord]:
    """The records of these UUIDs that there are."""
    rows = await session.fetch(
        "SELECT id, kind, source, vendor_id, version, revision, stamps, body, business_unit_id"
        " FROM records WHERE organization_id = $1 AND id = ANY($2)",
        organization_id,
        list(ids),
    )
    return {row[0]: StoredRecord(*row) for row in rows}


async def write_records(
    session: Session, organization_id: int, records: Iterable[StoredRecord], replaced: Collection[UUID]
) -> None:
    """Write records; those in ``replaced`` are there already. The caller holds the organization's write lock."""
    records = list(records)
    if not records:
        return
    await change_records(session, organization_id, [record.id for record in records])
    if replaced:
        await session.execute(
            "DELETE FROM records WHERE organization_id = $1 AND id = ANY($2)", organization_id, list(replaced)
        )
    await session.copy_records_to_table(
        "records",
        columns=_COLUMNS,
        records=[
            (
                organization_id,
                record.id,
                record.kind,
                record.source,
                record.vendor_id,
                record.version,
                record.revision,
                record.stamps,
                record.body,
                record.business_unit_id,
            )
            for record in records
        ],
    )
    await write_names(session, organization_id, records)


async def write_forms(
    session: Session,
    organization_id: int,
    forms: Iterable[tuple[str, UUID, Form]],
    names: Collection[str],
    replaced: Collection[UUID],
) -> None:
    """Write the forms of records; those of the records in ``replaced`` are made anew, under all ``names``."""
    if replaced:
        await session.execute(
            "DELETE FROM record_forms WHERE organization_id = $1 AND form = ANY($2) AND record_id = ANY($3)",
            organization_id,
            list(names),
            list(replaced),
        )
    await session.copy_records_to_table(
        "record_forms",
        columns=("organization_id", "form", "record_id", "refs", "body"),
        records=[(organization_id, name, record, list(form.refs), form.body) for name, record, form in forms],
    )
