"""The waveform of a recording: worked out when it is first asked for, and kept."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from calldex.actions.decoding import PEAKS, UNREADABLE
from calldex.core.errors import Unavailable
from calldex.store import recording_files
from calldex.store.recordings import Recording
from calldex.store.waveforms import Waveform, find_waveform, keep_waveform

if TYPE_CHECKING:
    from calldex.store.database import Database

_AT_ONCE: Final = 2
_LONGEST_SECONDS: Final = 120
"""More than the decoder's processor time: a machine that is busy is not the recording's fault."""

_DECODER: Final = (sys.executable, "-m", "calldex.actions.decoding")
_SHARED_VARIABLES: Final = ("LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH")
"""What Python may need to start. The rest of the environment has passwords and keys, and is not for a process that
reads strangers' bytes."""

_FAULTS: Final = frozenset(
    {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGXCPU}
)
"""Ends that a decoder brings about by itself, by these bytes and again with the same bytes."""


@dataclass(slots=True)
class _Work:
    """What is being decoded in an event loop, and how much more may be."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    running: dict[tuple[int, UUID], asyncio.Task[Waveform]] = field(default_factory=dict)


# A server process has one event loop for its whole life.
_works: WeakKeyDictionary[asyncio.AbstractEventLoop, _Work] = WeakKeyDictionary()


async def waveform_of(database: Database, organization_id: int, recording: Recording, place: str) -> Waveform:
    """How loud a recording below ``place`` is over its time. One statement, once it was asked for.

    The first time it is decoded in a process of its own, which takes seconds for an hour of talking. Nothing is kept
    of a failure that is ours: NotFound when the file is gone; Unavailable when it cannot be fetched, or when decoding
    was cut short.
    """
    async with database.session() as session:
        found = await find_waveform(session, organization_id, recording.id)
    if found is not None:
        return found
    work = _works.setdefault(asyncio.get_running_loop(), _Work())
    key = organization_id, recording.id
    task = work.running.get(key)
    if task is None:
        drawing = _draw(database, organization_id, recording, place, work.places)
        task = asyncio.create_task(drawing, name=f"waveform {recording.id}")
        work.running[key] = task
        task.add_done_callback(lambda done: _forget(work, key, done))
    # Who asks may go away meanwhile; others wait for the same, and it is kept for the next.
    return await asyncio.shield(task)


def _forget(work: _Work, key: tuple[int, UUID], task: asyncio.Task[Waveform]) -> None:
    del work.running[key]
    if not task.cancelled():
        # Whoever waits hears of a failure; when nobody does any more it is nobody's affair.
        task.exception()


async def _draw(
    database: Database, organization_id: int, recording: Recording, place: str, places: asyncio.Semaphore
) -> Waveform:
    async with places:
        with await recording_files.as_file(place, recording.location) as file:
            waveform = await decode(file)
    async with database.session() as session:
        await keep_waveform(session, organization_id, recording.id, waveform)
    return waveform


async def decode(file: IO[bytes], command: Sequence[str] = _DECODER, seconds: float = _LONGEST_SECONDS) -> Waveform:
    """What the decoder says of an open file. Raises Unavailable when it was ended before it could say anything."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_shared(os.environ),
    )
    try:
        async with asyncio.timeout(seconds):
            said, _ = await process.communicate()
    except TimeoutError:
        raise Unavailable("The recording could not be decoded in time.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    code = process.returncode
    if code == 0 and len(said) == 8 + PEAKS:
        return Waveform(said[8:], int.from_bytes(said[:8], "big"))
    if code == UNREADABLE or (code is not None and -code in _FAULTS):
        return Waveform(None, None)
    raise Unavailable(f"Decoding the recording ended with {code}.")


def _shared(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in _SHARED_VARIABLES if name in environment}
