"""Give a call a recording that is stored by us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import MakeForm
from calldex.actions.write_call import verb
from calldex.actions.writing import Written, write_one
from calldex.core.jsonbytes import encode
from calldex.store.recordings import Recording, insert_recording
from calldex.store.versions import change_calls

if TYPE_CHECKING:
    from calldex.store.database import Session


async def add_recording(
    session: Session,
    organization_id: int,
    forms: Mapping[str, MakeForm],
    call: str,
    recording: Recording,
    url: str,
) -> Written:
    """The bytes are stored already. ``url`` is where a key of the organization can have them for as long as they
    are; every surface shows it.
    """

    def prepare(_state: CallState, values: dict[str, Any]) -> None:
        values["recording"] = encode(url)

    written = await write_one(session, organization_id, forms, verb({}, call, prepare), recording.created_at)
    # The call may say of a second recording what it said of the first, and is shown otherwise all the same.
    await change_calls(session, organization_id)
    await insert_recording(session, organization_id, replace(recording, call_id=written.call_id))
    return written
