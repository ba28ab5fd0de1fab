"""Write a note about a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import MakeForm
from calldex.actions.write_call import verb
from calldex.actions.writing import Written, write_one
from calldex.store.acts import Actor, write_act
from calldex.store.notes import Note, insert_note

if TYPE_CHECKING:
    from calldex.store.database import Session


async def add_note(
    session: Session, organization_id: int, forms: Mapping[str, MakeForm], call: str, note: Note, actor: Actor
) -> Written:
    """The note is kept with its author and time, and its text stands behind the notes that sources gave.

    The act names the note and does not repeat it.
    """

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        state.notes.append(note)
        values["modified_at"] = note.created_at

    written = await write_one(session, organization_id, forms, verb({}, call, prepare), note.created_at)
    await insert_note(session, organization_id, written.call_id, note)
    await write_act(
        session, organization_id, actor, "add_note", note.created_at, call_id=written.call_id, note=str(note.id)
    )
    return written
