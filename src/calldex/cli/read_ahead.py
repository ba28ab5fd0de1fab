"""Reading calls in a process of its own, while the one before is written: a large import uses two processors.

What is read is what this process would read itself; it only comes sooner.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from calldex.core.calls import CallChange, Linked, RecordChange
from calldex.core.errors import CalldexError

if TYPE_CHECKING:
    from calldex.app.formats import CallFormat

_REMEMBERED: Final = 50_000

Records = list[RecordChange] | CalldexError


@dataclass(slots=True)
class ReadCalls:
    """Calls as they were read, each or why it is none; and, by place in the call, the copies of linked records in it
    that were new to the reader.
    """

    calls: list[CallChange | CalldexError]
    records: list[dict[int, Records]]


@dataclass(slots=True)
class Reader:
    """Reads the calls of one format. ``seen`` are the copies of records that were read last, by record."""

    form: CallFormat
    seen: OrderedDict[UUID, bytes] = field(default_factory=OrderedDict)

    def read(self, raws: Sequence[bytes], *, ahead: bool = True) -> ReadCalls:
        """Read calls; with ``ahead`` the copies of records in them, too."""
        found = ReadCalls([], [])
        for raw in raws:
            records: dict[int, Records] = {}
            try:
                change = self.form.parse_call(raw)
            except CalldexError as error:
                found.calls.append(error)
            else:
                found.calls.append(change)
                if ahead:
                    records = self._new_records(change.linked)
            found.records.append(records)
        return found

    def _new_records(self, linked: Sequence[Linked]) -> dict[int, Records]:
        records: dict[int, Records] = {}
        for place, entry in enumerate(linked):
            if self.seen.get(entry.id) == entry.raw:
                continue
            self.seen[entry.id] = entry.raw
            while len(self.seen) > _REMEMBERED:
                self.seen.popitem(last=False)
            try:
                records[place] = self.form.read_record(entry)
            except CalldexError as error:
                records[place] = error
        return records


class ReadAhead:
    """The other process, from the second batch on: most imports are one batch, which is read before it had started.

    ``name`` is that of the format; without it everything is read in this process.
    """

    def __init__(self, form: CallFormat, name: str | None = None) -> None:
        self._name = name
        self._here = Reader(form)
        self._there: ProcessPoolExecutor | None = None
        self._batches = 0
        self._records: dict[tuple[UUID, bytes], Records] = {}

    def begin(self, raws: Sequence[bytes]) -> asyncio.Future[ReadCalls]:
        """Begin to read a batch."""
        self._batches += 1
        if self._batches == 1 or self._name is None:
            done: asyncio.Future[ReadCalls] = asyncio.get_running_loop().create_future()
            done.set_result(self._here.read(raws, ahead=False))
            return done
        if self._there is None:
            self._there = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _start, (self._name,))
        return asyncio.ensure_future(self._read_there(self._there, list(raws)))

    async def _read_there(self, process: ProcessPoolExecutor, raws: list[bytes]) -> ReadCalls:
        try:
            return await asyncio.get_running_loop().run_in_executor(process, _read, raws)
        except BrokenExecutor:
            # Somebody ended the other process, which is no reason to end this one.
            self._name = None
            return self._here.read(raws, ahead=False)

    def use(self, found: ReadCalls) -> None:
        """Have the records of this batch ready, and of no other."""
        self._records = {
            (call.linked[place].id, call.linked[place].raw): records
            for call, some in zip(found.calls, found.records, strict=True)
            if isinstance(call, CallChange)
            for place, records in some.items()
        }

    def read_record(self, entry: Linked) -> list[RecordChange]:
        """A linked record as its format reads it. Raises as that does."""
        found = self._records.pop((entry.id, entry.raw), None)
        if found is None:
            return self._here.form.read_record(entry)
        if isinstance(found, CalldexError):
            raise found
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._there is not None:
            self._there.shutdown(wait=True, cancel_futures=True)


_reader: Reader | None = None


def _start(name: str) -> None:
    """Make the reader of the other process, which ends with the first one and not by a key of its own."""
    from calldex.app.formats import FORMATS  # noqa: PLC0415 - loads every surface, which the first process need not

    global _reader  # noqa: PLW0603 - a process of a pool has no other place.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reader = Reader(FORMATS[name])


def _read(raws: list[bytes]) -> ReadCalls:
    if _reader is None:
        raise RuntimeError("the process has no reader")
    return _reader.read(raws)
