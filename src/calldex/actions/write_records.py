"""Linked records by themselves: each is merged with what is known of it; an older version overwrites nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.actions.merging_records import Copies, MakeForm
from calldex.actions.naming_records import find_records
from calldex.actions.writing import Outcome
from calldex.core.drafts import RecordDraft
from calldex.core.errors import CalldexError, PreconditionFailed
from calldex.store import call_writes

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """What became of a record: its UUID, how often it has been written, and what happened now."""

    record_id: UUID
    revision: int
    outcome: Outcome


async def write_records(
    session: Session,
    organization_id: int,
    forms: Mapping[str, MakeForm],
    drafts: Sequence[RecordDraft],
    now: datetime,
    *,
    expected: int | None = None,
    only_new: bool = False,
) -> list[WrittenRecord | CalldexError]:
    """Write records with those inside them; the outcome of each, in their order.

    ``expected`` is the revision that a single record must have, ``only_new`` says that there must be none.
    """
    await call_writes.lock_writes(session, organization_id)
    found = await find_records(session, organization_id, [one for draft in drafts for one in draft.nested()])
    linked = [found.linked(draft.nested(), None, now) for draft in drafts]
    copies = await Copies.of(session, organization_id, found.read, {}, linked)
    outcomes: list[tuple[UUID, Outcome] | CalldexError] = []
    for draft, group in zip(drafts, linked, strict=True):
        record = found.uuid(draft)
        stored = found.stored.get(record)
        _check(stored.revision if stored is not None else None, expected, only_new=only_new)
        error = copies.error_of(group)
        if error is not None:
            outcomes.append(error)
            continue
        changed = copies.merge(group)
        outcomes.append((record, "created" if stored is None else "updated" if changed else "unchanged"))
    await copies.write(session, organization_id, forms)
    return [
        entry if isinstance(entry, CalldexError) else WrittenRecord(entry[0], copies.revision_of(entry[0]), entry[1])
        for entry in outcomes
    ]


def _check(revision: int | None, expected: int | None, *, only_new: bool) -> None:
    if only_new and revision is not None:
        raise PreconditionFailed("There is a record of this id already.")
    if expected is not None and revision != expected:
        there = "not there" if revision is None else f'at version "{revision}"'
        raise PreconditionFailed(f'The record is {there} and not at "{expected}"; read it again.')
