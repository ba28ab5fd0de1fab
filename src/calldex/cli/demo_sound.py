"""Recordings for the newest calls of the demo, stored as a client would store them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from calldex.actions.add_recording import add_recording
from calldex.core.filters import CallFilter, Window
from calldex.core.ids import new_uuid
from calldex.core.spoken import Turn, turns_said
from calldex.ingest.demo import speech_like
from calldex.store import recording_files
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database
from calldex.store.recordings import Recording

RECORDED: Final = 12
_LOOKED_AT: Final = 400
_COLUMNS: Final = Columns("transcript", "transcript_text")


async def record_demo(database: Database, organization_id: int, place: str, base: str) -> int:
    """Give the newest completed calls whose turns have times a recording; how many got one.

    ``place`` is where recordings lie, ``base`` the address that clients reach the native API at.
    """
    spoken = await _spoken(database, organization_id)
    console = Console(stderr=True)
    with Progress(
        TextColumn("recordings"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        for call_id, turns in progress.track(spoken):
            await _record(database, organization_id, place, base, call_id, speech_like(turns, call_id.int))
    return len(spoken)


async def _spoken(database: Database, organization_id: int) -> list[tuple[UUID, list[Turn]]]:
    asked = CallFilter(statuses=("completed",), has_transcript=True)
    found = await list_calls(database, organization_id, asked, Window(_LOOKED_AT), _COLUMNS, count=False)
    calls = ((call.id, turns_said(call.transcript, call.transcript_text)) for call in found.calls)
    timed = [(call_id, turns) for call_id, turns in calls if turns and all(turn.end_ms for turn in turns)]
    return timed[:RECORDED]


async def _record(database: Database, organization_id: int, place: str, base: str, call_id: UUID, sound: bytes) -> None:
    from calldex.app.formats import FORMS  # noqa: PLC0415 - loads every surface, which other commands need not

    async def pieces() -> AsyncIterator[bytes]:
        yield sound

    now = datetime.now(UTC)
    recording_id = new_uuid(now)
    location = f"{organization_id}/{call_id}/{recording_id}"
    size, digest = await recording_files.save(place, location, pieces(), len(sound))
    recording = Recording(call_id, recording_id, location, "audio/wav", size, digest, now)
    url = f"{base}/v1/calls/{call_id}/recording"
    async with database.session() as session, session.transaction():
        await add_recording(session, organization_id, FORMS, str(call_id), recording, url)
