"""Deliveries: kept once, taken when they are due, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, LiteralString
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session

State = Literal["waiting", "done", "known", "failed", "nonsense"]
STATES: Final[tuple[State, ...]] = ("waiting", "done", "known", "failed", "nonsense")

_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of how many bytes together deliveries are taken at once; the first one is taken whatever its size."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery whose signature was found right."""

    id: UUID
    endpoint_id: UUID
    key: str
    received_at: datetime
    content_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery that is due; it is locked until the transaction that took it ends."""

    organization_id: int
    id: UUID
    sender: str
    content_type: str | None
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery: its state, the sender's word for its event, and why it was not used."""

    id: UUID
    state: State
    event: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """A delivery as its operator sees it; the body only where it was asked for."""

    id: UUID
    organization: str
    test: bool
    sender: str
    endpoint_id: UUID
    received_at: datetime
    state: State
    event: str | None
    attempts: int
    due_at: datetime | None
    reason: str | None
    content_type: str | None
    size: int
    body: bytes | None = None


async def keep_delivery(session: Session, organization_id: int, delivery: NewDelivery) -> tuple[UUID, bool]:
    """Keep a delivery; its id, and False for one whose key the endpoint knew already, with the first one's id."""
    found = await session.fetchval(
        "INSERT INTO deliveries (organization_id, id, endpoint_id, delivery_key, received_at, content_type, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (organization_id, endpoint_id, delivery_key) DO NOTHING RETURNING id",
        organization_id,
        delivery.id,
        delivery.endpoint_id,
        delivery.key,
        delivery.received_at,
        delivery.content_type,
        delivery.body,
    )
    if found is not None:
        return found, True
    # A statement does not see rows that appeared while it ran, so the first one is asked for by another.
    first = await session.fetchval(
        "SELECT id FROM deliveries WHERE organization_id = $1 AND endpoint_id = $2 AND delivery_key = $3",
        organization_id,
        delivery.endpoint_id,
        delivery.key,
    )
    return first, False


async def any_due(session: Session) -> bool:
    """Whether there is anything to take. Finds no organization, only that there is work for some."""
    return bool(
        await session.fetchval("SELECT EXISTS (SELECT FROM deliveries WHERE state = 'waiting' AND due_at <= now())")
    )


async def take_deliveries(session: Session, limit: int) -> list[WaitingDelivery]:
    """Deliveries that are due, all of the organization whose turn it is, the oldest first; locked.

    Those that another process has taken are left out. Finds the organization by the work that is due.
    """
    rows = await session.fetch(
        "WITH first AS (SELECT organization_id FROM deliveries WHERE state = 'waiting' AND due_at <= now()"
        " ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),"
        " locked AS (SELECT d.organization_id, d.id, d.due_at, length(d.body) AS size FROM deliveries d"
        " WHERE d.organization_id = (SELECT organization_id FROM first) AND d.state = 'waiting'"
        " AND d.due_at <= now() ORDER BY d.due_at, d.id LIMIT $1 FOR UPDATE SKIP LOCKED),"
        " summed AS (SELECT *, sum(size) OVER (ORDER BY due_at, id) - size AS before FROM locked)"
        " SELECT d.organization_id, d.id, e.sender, d.content_type, d.body, d.attempts FROM summed s"
        " JOIN deliveries d ON d.organization_id = s.organization_id AND d.id = s.id"
        " JOIN endpoints e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id"
        " WHERE s.before < $2 ORDER BY d.due_at, d.id",
        limit,
        _MOST_BYTES,
    )
    return [WaitingDelivery(row[0], row[1], row[2], row[3], bytes(row[4]), row[5]) for row in rows]


async def take_delivery(session: Session, organization_id: int, delivery_id: UUID) -> WaitingDelivery | None:
    """One delivery that is due, locked; None when another process has taken or settled it."""
    row = await session.fetchrow(
        "SELECT d.organization_id, d.id, e.sender, d.content_type, d.body, d.attempts"
        " FROM deliveries d JOIN endpoints e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id"
        " WHERE d.organization_id = $1 AND d.id = $2 AND d.state = 'waiting' FOR UPDATE OF d SKIP LOCKED",
        organization_id,
        delivery_id,
    )
    return None if row is None else WaitingDelivery(row[0], row[1], row[2], row[3], bytes(row[4]), row[5])


async def settle_deliveries(session: Session, organization_id: int, settled: Sequence[Settled]) -> None:
    """Write down what became of deliveries."""
    await session.execute(
        "UPDATE deliveries d SET state = s.state, event = s.event, reason = s.reason, attempts = d.attempts + 1,"
        " settled_at = now()"
        " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS s (id, state, event, reason)"
        " WHERE d.organization_id = $1 AND d.id = s.id",
        organization_id,
        [one.id for one in settled],
        [one.state for one in settled],
        [one.event for one in settled],
        [one.reason for one in settled],
    )


async def put_off(session: Session, organization_id: int, delivery_id: UUID, wait: timedelta, reason: str) -> None:
    """Let a delivery that could not be processed wait for its next try."""
    await session.execute(
        "UPDATE deliveries SET attempts = attempts + 1, due_at = now() + $3, reason = $4"
        " WHERE organization_id = $1 AND id = $2 AND state = 'waiting'",
        organization_id,
        delivery_id,
        wait,
        reason,
    )


FACTS: Final[LiteralString] = (
    "SELECT d.id, coalesce(live.name, o.name), live.id IS NOT NULL, e.sender, d.endpoint_id, d.received_at, d.state,"
    " d.event, d.attempts, CASE WHEN d.state = 'waiting' THEN d.due_at END, d.reason, d.content_type,"
    " length(d.body)"
)
FROM: Final[LiteralString] = (
    " FROM deliveries d JOIN endpoints e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id"
    " JOIN organizations o ON o.id = d.organization_id LEFT JOIN organizations live ON live.id = o.sandbox_of"
)


async def list_deliveries(
    session: Session, organization_ids: Iterable[int] | None, states: Iterable[State], limit: int
) -> list[DeliveryFacts]:
    """Deliveries in these states, the newest first; None for the organizations means all of them."""
    where: LiteralString = " WHERE d.state = ANY($1)"
    values: list[Any] = [list(states), limit]
    if organization_ids is not None:
        where += " AND d.organization_id = ANY($3)"
        values.append(list(organization_ids))
    rows = await session.fetch(f"{FACTS}{FROM}{where} ORDER BY d.id DESC LIMIT $2", *values)
    return [DeliveryFacts(*row) for row in rows]


async def load_delivery(session: Session, delivery_id: UUID) -> DeliveryFacts | None:
    """One delivery with its body, by its id alone: the operator's command line knows nothing else of it."""
    # Every key begins with the organization, so all of them are tried.
    row = await session.fetchrow(
        f"{FACTS}, d.body{FROM} WHERE d.organization_id IN (SELECT id FROM organizations) AND d.id = $1", delivery_id
    )
    return None if row is None else DeliveryFacts(*row)


async def retry_deliveries(
    session: Session,
    *,
    delivery_ids: Sequence[UUID] | None = None,
    organization_ids: Sequence[int] | None = None,
    states: Iterable[State] = STATES,
) -> int:
    """Let deliveries be processed again at once: these, or all of these organizations in these states."""
    found = await session.fetch(
        "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = now(), reason = NULL, settled_at = NULL"
        " WHERE state = ANY($1) AND ($2::uuid[] IS NULL OR id = ANY($2))"
        " AND organization_id IN (SELECT id FROM organizations WHERE $3::integer[] IS NULL OR id = ANY($3))"
        " RETURNING id",
        list(states),
        delivery_ids,
        organization_ids,
    )
    return len(found)
