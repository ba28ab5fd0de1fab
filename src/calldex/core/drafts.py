"""Drafts: what a client of ours writes, before the records that it names by their ids are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from calldex.core.ids import record_candidates, record_uuid

SOURCE: Final = "native"

RECORD_KINDS: Final = (
    "user",
    "partner",
    "contact",
    "invoice",
    "workflow",
    "workflow_run",
    "member",
    "agent",
    "agent_version",
    "conversation",
    "channel",
    "campaign",
    "sequence",
    "phone_number",
    "business_unit",
    "linked_integration",
)
"""The kinds of linked records that can be written and asked for by themselves."""

NESTED: Final = {
    "assignee": "user",
    "author": "user",
    "linked_integration": "linked_integration",
    "partner": "partner",
}
"""Members of a linked record that are records of their own, and their kinds."""


@dataclass(slots=True)
class RecordDraft:
    """A linked record by its id; ``body`` is None when nothing but the id was said.

    Members of the body that are records of their own are drafts again.
    """

    kind: str
    id: str
    version: datetime | None = None
    body: dict[str, Any] | None = None

    def nested(self) -> Iterator[RecordDraft]:
        """The record and those inside it, the innermost first."""
        for value in (self.body or {}).values():
            if isinstance(value, RecordDraft):
                yield from value.nested()
        yield self


@dataclass(slots=True)
class CallDraft:
    """A call as a client of ours writes it; linked records stand in ``values`` as drafts.

    ``tasks`` are not JSON yet, because those who have to do them are linked records.
    """

    version: datetime | None
    values: dict[str, Any] = field(default_factory=dict)

    def records(self) -> Iterator[RecordDraft]:
        """Every record that the draft speaks of."""
        for value in self.values.values():
            for entry in value if isinstance(value, list) else (value,):
                for inside in entry.values() if isinstance(entry, dict) else (entry,):
                    if isinstance(inside, RecordDraft):
                        yield from inside.nested()


def candidates(draft: RecordDraft) -> tuple[UUID, ...]:
    """Every UUID that the id may mean, our own source's first."""
    own = record_uuid(SOURCE, draft.kind, draft.id)
    return (own, *(found for found in record_candidates(draft.kind, draft.id) if found != own))
