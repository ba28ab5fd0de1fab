"""The calls that are asked about: demo calls that went through the ordinary import, then copies of them.

The import is slow, because it parses, merges and prints every record; what a page costs does not depend on how its
calls came in. So only the first 100,000 are imported, and COPY makes the rest of them.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.bench.processes import ORGANIZATION, WRITTEN, calldex
from calldex.bench.progress import progress
from calldex.core.errors import UsageError
from calldex.store.copies import Copying, Plan, calls_in_time, copy_calls, make_plan, settle
from calldex.store.database import connect, open_database
from calldex.store.embedded import EmbeddedServer
from calldex.store.opening import opened
from calldex.store.organizations import organizations_named

if TYPE_CHECKING:
    from calldex.store.database import Connection

MOST_IMPORTED: Final = 100_000
_BATCH_CALLS: Final = 20_000
_LANES: Final = 2
"""So many batches are copied at the same time; more of them only wait for the counts of each other."""
_NOTE: Final = "bench.json"


def seeded(folder: Path, calls: int) -> dict[str, Any]:
    """Fill the folder with that many calls, once; how that went. A folder that is complete is taken as it is.

    Raises UsageError when the folder has something else in it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent / f"{folder.name}.lock"):
        return _seed(folder, calls)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the right to fill a folder. Raises UsageError while another process fills it."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"Another benchmark is filling {lock.with_suffix('')}; wait for it.") from None
        yield


def _seed(folder: Path, calls: int) -> dict[str, Any]:
    note = folder / _NOTE
    if note.exists():
        found: dict[str, Any] = json.loads(note.read_text())
        if found.get("complete") and found.get("calls") == calls:
            return found
        # An earlier run was stopped in the middle.
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} has something else than a benchmark's calls in it; choose another folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    note.write_text(json.dumps({"calls": calls, "complete": False}))
    # Nobody misses these calls when the power fails, so they are not waited for on the disk.
    server = EmbeddedServer.start(folder, durable=False)
    try:
        facts = _fill(folder, calls)
    finally:
        server.stop()
    note.write_text(json.dumps(facts))
    return facts


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a database: the number of the benchmark's organization, and the version of PostgreSQL."""

    organization: int
    version: str


async def look(url: str) -> Found:
    """Look into the database of a folder that was seeded."""
    database = await open_database(url)
    try:
        async with database.pool.acquire() as session:
            version = session.get_server_version()
            named = await organizations_named(session, ORGANIZATION)
            return Found(named[0].id, f"{version.major}.{version.minor}")
    finally:
        await database.close()


def _fill(folder: Path, calls: int) -> dict[str, Any]:
    base = min(calls, MOST_IMPORTED)
    for name in (ORGANIZATION, WRITTEN):
        calldex(folder, "org", "create", name)
    start = time.monotonic()
    calldex(folder, "demo", "--org", ORGANIZATION, "--calls", str(base))
    imported = time.monotonic()
    asyncio.run(_multiply(folder, calls))
    copied = time.monotonic()
    return {
        "calls": calls,
        "complete": True,
        "imported": base,
        "import_seconds": imported - start,
        "imported_per_second": base / (imported - start),
        "copied": calls - base,
        "copy_seconds": copied - imported,
        "copied_per_second": (calls - base) / (copied - imported),
    }


async def _multiply(folder: Path, calls: int) -> None:
    async with opened(folder) as found:
        async with found.database.pool.acquire() as session:
            organization = (await organizations_named(session, ORGANIZATION))[0].id
            base = await calls_in_time(session, organization)
            plan = await make_plan(session)
        batches = _batches(base, calls - len(base))
        lanes = [[await connect(found.url), await connect(found.url)] for _ in range(_LANES)]
        try:
            with progress("copies", calls - len(base)) as advance:
                async with asyncio.TaskGroup() as together:
                    for reader, writer in lanes:
                        together.create_task(_copy(reader, writer, organization, plan, batches, advance))
            await settle(lanes[0][0])
        finally:
            for connection in [one for lane in lanes for one in lane]:
                await connection.close()


async def _copy(
    reader: Connection,
    writer: Connection,
    organization_id: int,
    plan: Plan,
    batches: Iterator[tuple[list[UUID], Copying]],
    advance: Callable[[int, str], None],
) -> None:
    """Take one batch after the other, as long as there are any."""
    for ids, copying in batches:
        await copy_calls(reader, writer, organization_id, plan, ids, copying)
        advance(len(ids), "")


def _batches(base: list[tuple[UUID, datetime]], wanted: int) -> Iterator[tuple[list[UUID], Copying]]:
    """What to copy, round by round. Each round is moved by other days, so that neighbours in time are copies of
    different calls, and no call comes after the last one that was imported.
    """
    if wanted <= 0 or not base:
        return
    first, end = base[0][1], base[-1][1] + timedelta(seconds=1)
    span = end - first
    rounds = -(-wanted // len(base))
    for number in range(1, rounds + 1):
        size = min(len(base), wanted - (number - 1) * len(base))
        # A round that is not whole takes calls of all the time, too.
        ids = [base[place * len(base) // size][0] for place in range(size)]
        moved = timedelta(days=number * span.days // (rounds + 1), seconds=number)
        copying = Copying(number, moved, end, span)
        for start in range(0, size, _BATCH_CALLS):
            yield ids[start : start + _BATCH_CALLS], copying
