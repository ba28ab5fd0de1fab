"""Rows of a list: calls with the names of what they are linked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.calls import Call
from calldex.core.jsonbytes import entries_of
from calldex.store.calls import Columns
from calldex.store.record_names import RecordName, record_names

if TYPE_CHECKING:
    from calldex.store.database import Database

COLUMNS: Final = Columns(
    "direction",
    "status",
    "from_number",
    "to_number",
    "started_at",
    "created_at",
    "duration_ms",
    "sentiment",
    "classifications",
    "partner",
    "partner_id",
    "contact",
    "workflow",
    "agent",
    "agent_id",
    "caller",
    "language",
    "summary",
    "call_reason",
    "voicemail",
    "has_recording",
    "has_transcript",
    "revision",
)

SHOWN: Final = ("direction", "status", "length", "sentiment", "classifications", "about")
"""The columns that a list has unless somebody chose others; time and who are always there."""

CHOOSABLE: Final = (*SHOWN, "numbers", "agent", "workflow", "language", "kept", "source")


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a list."""

    call: Call
    partner: RecordName | None
    contact: RecordName | None
    agent: RecordName | None
    workflow: RecordName | None
    caller: RecordName | None
    classifications: list[str]

    @property
    def other_number(self) -> str | None:
        """The number of the other side."""
        return self.call.from_number if self.call.direction == "inbound" else self.call.to_number

    @property
    def about(self) -> str:
        """What the call was about, in a line: its summary, else its reason."""
        return self.call.summary or self.call.call_reason or ""


async def make_rows(database: Database, organization_id: int, calls: Sequence[Call]) -> list[Row]:
    """The calls with the names that go with them. One statement, however many calls there are."""
    wanted = {
        record
        for call in calls
        for record in (call.partner, call.contact, call.agent, call.workflow, call.caller)
        if record is not None
    }
    if not wanted:
        return [row_of(call, {}) for call in calls]
    async with database.session() as session:
        names = await record_names(session, organization_id, wanted)
    return [row_of(call, names) for call in calls]


def row_of(call: Call, names: dict[UUID, RecordName]) -> Row:
    def named(record: UUID | None) -> RecordName | None:
        return None if record is None else names.get(record)

    contact = named(call.contact)
    if contact is not None and contact.name == contact.id:
        # A number says more than the id of somebody whose name is not known.
        contact = None
    return Row(
        call,
        named(call.partner),
        contact,
        named(call.agent),
        named(call.workflow),
        named(call.caller),
        classification_words(call.classifications),
    )


def classification_words(raw: bytes | None) -> list[str]:
    """The words of a call's classifications, each once."""
    words = [entry.get("classification") for entry in entries_of(raw)]
    return list(dict.fromkeys(word for word in words if isinstance(word, str)))
