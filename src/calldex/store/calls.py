"""Questions about calls: which columns they take, how long they may, one call by any of its ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, LiteralString
from uuid import UUID

import asyncpg
import msgspec

from calldex.core.calls import DERIVED, FIELDS, Call
from calldex.core.errors import DeadlineExceeded
from calldex.core.filters import CallFilter
from calldex.core.ids import parse_uuid, uuid_within
from calldex.store.searching import understand
from calldex.store.versions import COLUMNS as VERSION_COLUMNS
from calldex.store.versions import Versions

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

_ALWAYS: Final = ("id", "occurred_at", "source", "vendor_ids")
_KNOWN: Final = frozenset({*_ALWAYS, *FIELDS, *DERIVED, "kept", "revision", "has_recording", "has_transcript"})
_COMPUTED: Final[dict[str, tuple[str, LiteralString]]] = {
    "transcript_unless_text": ("transcript", "CASE WHEN c.transcript_text IS NULL THEN c.transcript END"),
}
"""What may be asked for beside the columns: the field of a Call that it fills, and how it is computed."""


def lookup_form(vendor_id: str) -> str:
    """A vendor's id as look-ups compare it: a UUID in its canonical form, other text as it is."""
    plain = parse_uuid(vendor_id)
    return str(plain) if plain is not None else vendor_id


class Columns:
    """The columns of a call that a surface shows, checked once against the closed table of all of them."""

    __slots__ = ("names", "sql")

    def __init__(self, *names: str) -> None:
        unknown = set(names) - _KNOWN - _COMPUTED.keys()
        if unknown:
            raise ValueError(f"no such column of a call: {', '.join(sorted(unknown))}")
        asked = tuple(dict.fromkeys((*_ALWAYS, *names)))
        self.names = tuple(_COMPUTED[name][0] if name in _COMPUTED else name for name in asked)
        self.sql: LiteralString = ", ".join(_COMPUTED[name][1] if name in _COMPUTED else f"c.{name}" for name in asked)


_decode_ids = msgspec.json.Decoder(dict[str, str]).decode


def read_row(names: tuple[str, ...], row: Iterable[Any]) -> Call:
    """A row of these columns as a call."""
    fields = dict(zip(names, row, strict=True))
    fields["vendor_ids"] = _decode_ids(fields["vendor_ids"])
    return Call(**fields)


class Deadline:
    """Lets the database stop by itself when the time that a client allowed has passed."""

    def __init__(self, session: Session, allowed_ms: int | None, began: float) -> None:
        self._session = session
        self._allowed_ms = allowed_ms
        self._end = began + (allowed_ms or 0) / 1000

    async def arm(self) -> None:
        """Before each statement: it may take what is left of the time. Raises DeadlineExceeded when nothing is."""
        if self._allowed_ms is None:
            return
        left_ms = int((self._end - monotonic()) * 1000)
        if left_ms <= 0:
            raise _too_late(self._allowed_ms)
        await self._session.execute("SELECT set_config('statement_timeout', $1, true)", str(left_ms))


def _too_late(allowed_ms: int) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"The search was stopped after the {allowed_ms} ms that it was allowed. Narrow the filters, or allow more time."
    )


@asynccontextmanager
async def reading(database: Database, deadline_ms: int | None = None) -> AsyncIterator[tuple[Session, Deadline]]:
    """A session for the statements of one answer; with a deadline, in a transaction that carries it.

    Raises DeadlineExceeded when the database stopped because of it.
    """
    # The wait for the session is part of the allowed time.
    began = monotonic()
    async with database.session() as session:
        deadline = Deadline(session, deadline_ms, began)
        if deadline_ms is None:
            yield session, deadline
            return
        try:
            async with session.transaction(readonly=True):
                yield session, deadline
        except asyncpg.QueryCanceledError as error:
            raise _too_late(deadline_ms) from error


async def existing(session: Session, organization_id: int, asked: CallFilter, *, ranked: bool = False) -> CallFilter:
    """The filter with only those UUIDs of partners, invoices and workflows that there are, and its search understood.

    A client's id may mean several UUIDs. One that is left over can lead an index in the order of the list.
    """
    asked = await understand(session, organization_id, asked, ranked=ranked)
    wanted = {*asked.partners, *asked.invoices, *asked.workflows}
    if not wanted:
        return asked
    rows = await session.fetch(
        "SELECT id FROM records WHERE organization_id = $1 AND id = ANY($2)", organization_id, list(wanted)
    )
    there = {row[0] for row in rows}
    kept = {
        name: tuple(record for record in getattr(asked, name) if record in there)
        for name in ("partners", "invoices", "workflows")
    }
    nothing = any(getattr(asked, name) and not records for name, records in kept.items())
    return replace(asked, **kept, nothing=True if nothing else asked.nothing)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call, and the versions of its organization when it was read."""

    call: Call
    versions: Versions


async def find_call(
    database: Database, organization_id: int, text: str, source: str, columns: Columns
) -> FoundCall | None:
    """The call that a client means by an id: the vendor's id, the typed id or the UUID.

    The asking surface's own ``source`` comes first when two sources use the same id. Deleted calls are
    found too. One statement.
    """
    if "\0" in text:
        return None
    async with reading(database) as (session, _):
        row = await session.fetchrow(
            f"SELECT {VERSION_COLUMNS}, {columns.sql} FROM calls c"
            " LEFT JOIN organization_versions v ON v.organization_id = $1"
            " WHERE c.organization_id = $1 AND c.id = coalesce("
            " (SELECT i.call_id FROM call_ids i WHERE i.organization_id = $1 AND i.vendor_id = $2"
            " ORDER BY i.source <> $3, i.source LIMIT 1), $4)",
            organization_id,
            lookup_form(text),
            source,
            uuid_within(text),
        )
    if row is None:
        return None
    return FoundCall(read_row(columns.names, row[3:]), Versions.of(*row[:3]))


async def calls_of_ids(session: Session, organization_id: int, ids: Collection[UUID], columns: Columns) -> list[Call]:
    """The calls of these UUIDs that there are, deleted ones too, in any order."""
    rows = await session.fetch(
        f"SELECT {columns.sql} FROM calls c WHERE c.organization_id = $1 AND c.id = ANY($2)", organization_id, list(ids)
    )
    return [read_row(columns.names, row) for row in rows]


async def call_exists(session: Session, organization_id: int, call_id: UUID) -> bool:
    """Whether the organization has a call of this UUID."""
    return bool(
        await session.fetchval(
            "SELECT EXISTS (SELECT 1 FROM calls WHERE organization_id = $1 AND id = $2)", organization_id, call_id
        )
    )
