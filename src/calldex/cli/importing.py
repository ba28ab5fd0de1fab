"""Running an import: batches, a tally, a file of what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

import msgspec

from calldex.actions.import_calls import import_calls
from calldex.cli.read_ahead import ReadAhead, ReadCalls
from calldex.core.calls import CallChange
from calldex.core.errors import CalldexError, Problem, UsageError
from calldex.ingest.documents import Piece

if TYPE_CHECKING:
    from calldex.app.formats import CallFormat
    from calldex.store.database import Database

_BATCH_CALLS: Final = 200
_BATCH_BYTES: Final = 16 << 20


@dataclass(slots=True)
class Tally:
    """What became of the calls that were read."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def count(self, outcome: str) -> None:
        """One more call of this outcome."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def facts(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)


@dataclass(slots=True)
class Rejects:
    """The file of refused records: one JSON object a line, the record whole. Made when the first one comes."""

    path: Path
    _file: IO[bytes] | None = None

    def check(self, files: list[str]) -> None:
        """Refuse, before anything is written, a place that can hold no rejects or is read from. Raises UsageError."""
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise UsageError(f"Refused records cannot be written to {self.path}. Choose another file with --rejects.")
        if any(file != "-" and self.path.resolve() == Path(file).resolve() for file in files):
            raise UsageError(f"{self.path} is imported and cannot take the refused records, too.")

    def write(self, file: str, piece: Piece, error: CalldexError) -> None:
        """Keep a refused record with its place, the field and the reason. Raises UsageError when it cannot."""
        problem = error.problems[0] if error.problems else Problem(("call",), error.message, error.code)
        entry: dict[str, Any] = {
            "file": file,
            piece.place: piece.number,
            "field": problem.field,
            "reason": error.message,
            "problems": [{"field": one.field, "reason": one.message} for one in error.problems],
        }
        try:
            msgspec.json.decode(piece.raw)
            entry["record"] = msgspec.Raw(piece.raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            entry["text"] = piece.raw.decode("utf-8", "backslashreplace")
        try:
            if self._file is None:
                self._file = self.path.open("wb")
            self._file.write(msgspec.json.encode(entry).replace(b"\n", b" ") + b"\n")
        except OSError as problem_with_file:
            raise UsageError(
                f"Refused records cannot be written to {self.path}: {problem_with_file.strerror}. Choose another "
                "file with --rejects."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class _Batch:
    pieces: list[Piece] = field(default_factory=list)
    size: int = 0

    @property
    def full(self) -> bool:
        return len(self.pieces) >= _BATCH_CALLS or self.size >= _BATCH_BYTES


class Import:
    """One import under way. The next batch is read while the one before is written."""

    def __init__(
        self,
        database: Database,
        organization_id: int,
        call_format: CallFormat,
        rejects: Rejects,
        ahead: ReadAhead,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._importing = replace(call_format.importing(), read_record=ahead.read_record)
        self._rejects = rejects
        self._ahead = ahead
        self.tally = Tally()
        self.first_reasons: list[str] = []
        self.broken: list[str] = []
        self.damaged: list[str] = []

    def until_damage(self, chunks: Iterator[str]) -> Iterator[str]:
        """The text of a file; damage ends it and is noted, so that what came before still goes in."""
        try:
            yield from chunks
        except UsageError as damage:
            self.damaged.append(f"{damage.message} What stands behind the damage was not read.")

    async def take(self, file: str, pieces: Iterator[Piece]) -> None:
        """Import the calls of one file."""
        before: tuple[_Batch, asyncio.Future[ReadCalls]] | None = None
        for batch in _batches(pieces):
            reading = self._ahead.begin([piece.raw for piece in batch.pieces if piece.error is None])
            if before is not None:
                await self._write(file, *before)
            before = (batch, reading)
        if before is not None:
            await self._write(file, *before)

    async def _write(self, file: str, batch: _Batch, reading: asyncio.Future[ReadCalls]) -> None:
        found = await reading
        self._ahead.use(found)
        read = iter(found.calls)
        results = [CalldexError(piece.error) if piece.error is not None else next(read) for piece in batch.pieces]
        changes = [result for result in results if isinstance(result, CallChange)]
        outcomes = iter(
            await import_calls(self._database, self._organization_id, self._importing, changes) if changes else ()
        )
        for piece, result in zip(batch.pieces, results, strict=True):
            self.tally.read += 1
            outcome = next(outcomes) if isinstance(result, CallChange) else result
            if isinstance(outcome, CalldexError):
                self._reject(file, piece, outcome)
            else:
                self.tally.count(outcome)

    def _reject(self, file: str, piece: Piece, error: CalldexError) -> None:
        self.tally.rejected += 1
        self._rejects.write(file, piece, error)
        sentence = f"{file}, {piece.place} {piece.number}: {error.message}"
        if piece.final:
            self.broken.append(f"{sentence}. What stands behind it was not read.")
        elif len(self.first_reasons) < 10:
            self.first_reasons.append(sentence)


def _batches(pieces: Iterator[Piece]) -> Iterator[_Batch]:
    batch = _Batch()
    for piece in pieces:
        batch.pieces.append(piece)
        batch.size += len(piece.raw)
        if batch.full:
            yield batch
            batch = _Batch()
    if batch.pieces:
        yield batch
