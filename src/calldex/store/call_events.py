"""The events of calls: kept for good, so that a call can be folded anew whenever one more is heard."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.core.calls import FIELDS
from calldex.core.events import CallEvent
from calldex.core.jsonbytes import decode, encode
from calldex.core.times import parse_instant

if TYPE_CHECKING:
    from calldex.store.database import Session

FOLLOWING: Final = ("call_events", "call_ids", "recordings", "call_notes", "call_corrections", "call_tasks", "acts")
"""The tables whose rows go with a call that turns out to be another one."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with the digest of all that it says, by which it is known again."""

    digest: bytes
    event: CallEvent


def stored_form(event: CallEvent) -> StoredEvent:
    """The event as it comes back from the database, with its digest."""
    said, kept = _dump_values(event.values), _dump_kept(event.kept)
    parts = (
        event.source.encode(),
        event.name.encode(),
        encode(sorted(event.names)),
        event.time.isoformat().encode(),
        str(event.rank).encode(),
        said,
        kept or b"",
    )
    digest = blake2b(encode([len(part) for part in parts]) + b"".join(parts), digest_size=16).digest()
    time, rank = event.time, event.rank
    return StoredEvent(digest, _event(event.source, event.name, event.names, time, rank, said, kept, event.moment))


async def known_digests(session: Session, organization_id: int, digests: Collection[bytes]) -> set[bytes]:
    """Those of the digests whose events are there already."""
    rows = await session.fetch(
        "SELECT digest FROM call_events WHERE organization_id = $1 AND digest = ANY($2)",
        organization_id,
        list(digests),
    )
    return {bytes(row[0]) for row in rows}


async def events_of_calls(
    session: Session, organization_id: int, calls: Collection[UUID]
) -> dict[UUID, list[StoredEvent]]:
    """All events of these calls, in no particular order."""
    rows = await session.fetch(
        "SELECT call_id, digest, source, name, names, happened_at, rank, said, kept, moment FROM call_events"
        " WHERE organization_id = $1 AND call_id = ANY($2)",
        organization_id,
        list(calls),
    )
    found: dict[UUID, list[StoredEvent]] = {call: [] for call in calls}
    for row in rows:
        found[row[0]].append(StoredEvent(bytes(row[1]), _event(row[2], row[3], tuple(row[4]), *row[5:])))
    return found


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event as it is told of. ``said`` and ``kept`` are None together when they are larger than was asked for."""

    digest: bytes
    source: str
    name: str
    moment: datetime
    said: dict[str, Any] | None
    kept: bytes | None


async def latest_events(
    session: Session, organization_id: int, call_id: UUID, limit: int, most_bytes: int
) -> tuple[list[ToldEvent], int]:
    """The latest events of a call, the latest first, and how many there are. What an event says comes with it up to
    ``most_bytes``: some repeat the whole transcript.
    """
    # Only what is told of is looked at: what an event says may be large.
    rows = await session.fetch(
        "SELECT e.digest, e.source, e.name, e.moment,"
        " CASE WHEN s.small THEN e.said END, CASE WHEN s.small THEN e.kept END, e.total FROM ("
        " SELECT digest, source, name, coalesce(moment, happened_at) AS moment, rank, said, kept,"
        " count(*) OVER () AS total FROM call_events WHERE organization_id = $1 AND call_id = $2"
        " ORDER BY coalesce(moment, happened_at) DESC, rank DESC, name, source, digest LIMIT $3) e"
        " CROSS JOIN LATERAL (SELECT octet_length(e.said::text) + coalesce(octet_length(e.kept::text), 0)"
        " <= $4) s (small) ORDER BY e.moment DESC, e.rank DESC, e.name, e.source, e.digest",
        organization_id,
        call_id,
        limit,
        most_bytes,
    )
    return [_told(*row[:6]) for row in rows], rows[0][6] if rows else 0


async def find_event(session: Session, organization_id: int, call_id: UUID, digest: bytes) -> ToldEvent | None:
    """One event of a call with all that it says."""
    row = await session.fetchrow(
        "SELECT digest, source, name, coalesce(moment, happened_at), said, kept FROM call_events"
        " WHERE organization_id = $1 AND call_id = $2 AND digest = $3",
        organization_id,
        call_id,
        digest,
    )
    return None if row is None else _told(*row)


async def write_events(session: Session, organization_id: int, rows: Iterable[tuple[UUID, StoredEvent]]) -> None:
    """Write new events, each with its call. The caller holds the organization's write lock."""
    await session.copy_records_to_table(
        "call_events",
        columns=(
            "organization_id",
            "call_id",
            "digest",
            "source",
            "name",
            "names",
            "happened_at",
            "rank",
            "said",
            "kept",
            "moment",
        ),
        records=[
            (
                organization_id,
                call_id,
                stored.digest,
                stored.event.source,
                stored.event.name,
                list(stored.event.names),
                stored.event.time,
                stored.event.rank,
                _dump_values(stored.event.values),
                _dump_kept(stored.event.kept),
                stored.event.moment,
            )
            for call_id, stored in rows
        ],
    )


async def shorten_events(session: Session, organization_id: int, events: Collection[StoredEvent]) -> None:
    """Keep of these events only what they say now. Their digests stay those of all that they had said."""
    await session.executemany(
        "UPDATE call_events SET said = $3, kept = $4 WHERE organization_id = $1 AND digest = $2",
        [
            (organization_id, stored.digest, _dump_values(stored.event.values), _dump_kept(stored.event.kept))
            for stored in events
        ],
    )


async def move_rows(session: Session, organization_id: int, moves: Collection[tuple[UUID, UUID]]) -> None:
    """Let the rows of the first call of each pair be those of the second."""
    gone, kept = [pair[0] for pair in moves], [pair[1] for pair in moves]
    for table in FOLLOWING:
        await session.execute(
            f"UPDATE {table} t SET call_id = m.kept FROM unnest($2::uuid[], $3::uuid[]) AS m (gone, kept)"
            " WHERE t.organization_id = $1 AND t.call_id = m.gone",
            organization_id,
            gone,
            kept,
        )


def _told(digest: bytes, source: str, name: str, time: datetime, said: bytes | None, kept: bytes | None) -> ToldEvent:
    return ToldEvent(bytes(digest), source, name, time, None if said is None else decode(said), kept)


def _event(
    source: str,
    name: str,
    names: tuple[str, ...],
    time: datetime,
    rank: int,
    said: bytes,
    kept: bytes | None,
    moment: datetime | None,
) -> CallEvent:
    known = {} if kept is None else decode(kept)
    return CallEvent(source, name, names, time, rank, _load_values(said), [], known, moment)


def _dump_kept(kept: dict[str, Any]) -> bytes | None:
    return encode(kept) if kept else None


def _dump_values(values: dict[str, Any]) -> bytes:
    """JSON in which every value has a form that its field's kind tells how to read."""
    return encode({name: _dumped(value) for name, value in values.items()})


def _dumped(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _load_values(said: bytes) -> dict[str, Any]:
    return {name: _loaded(FIELDS[name], value) for name, value in decode(said).items()}


def _loaded(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "instant":
        return parse_instant(value)
    if kind == "json":
        return value.encode()
    if kind == "ref":
        return UUID(value)
    return [UUID(one) for one in value] if kind == "refs" else value
