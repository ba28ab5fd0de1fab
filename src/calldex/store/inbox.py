"""The inbox of an organization: what senders delivered to it that could not be processed, or not yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.ids import LAST_ID
from calldex.store.deliveries import FACTS, FROM, DeliveryFacts, State

if TYPE_CHECKING:
    from calldex.store.database import Session

TROUBLED: Final[tuple[State, ...]] = ("failed", "nonsense", "waiting")
"""The states of what stands in the inbox; what waits stands there once it was tried."""

WHOLE: Final = 2**31 - 1


async def troubled_deliveries(
    session: Session,
    organization_ids: Sequence[int],
    states: Sequence[State],
    limit: int,
    *,
    before: UUID = LAST_ID,
) -> list[DeliveryFacts]:
    """Deliveries in these states that could not be processed, the newest first, without their bodies.

    ``before`` is the id of the delivery where the last page ended.
    """
    rows = await session.fetch(
        # Each organization and state is read from the end of its own index; that of those that are done is none.
        f"{FACTS} FROM (SELECT x.organization_id, x.id FROM unnest($1::integer[]) AS w (organization_id)"
        " CROSS JOIN unnest($2::text[]) AS s (state) CROSS JOIN LATERAL ("
        "SELECT p.organization_id, p.id FROM deliveries p WHERE p.organization_id = w.organization_id"
        " AND p.state = s.state AND p.state <> 'done' AND (p.state <> 'waiting' OR p.attempts > 0) AND p.id < $3"
        " ORDER BY p.id DESC LIMIT $4) AS x ORDER BY x.id DESC LIMIT $4) AS found"
        " JOIN deliveries d ON d.organization_id = found.organization_id AND d.id = found.id"
        " JOIN endpoints e ON e.organization_id = d.organization_id AND e.id = d.endpoint_id"
        " JOIN organizations o ON o.id = d.organization_id LEFT JOIN organizations live ON live.id = o.sandbox_of"
        " ORDER BY d.id DESC",
        list(organization_ids),
        list(states),
        before,
        limit,
    )
    return [DeliveryFacts(*row) for row in rows]


async def count_troubled(session: Session, organization_ids: Sequence[int]) -> dict[State, int]:
    """How many deliveries of these organizations could not be processed, by state; a state without any is left out."""
    rows = await session.fetch(
        "SELECT d.state, count(*) FROM deliveries d WHERE d.organization_id = ANY($1::integer[])"
        " AND d.state = ANY($2) AND d.state <> 'done' AND (d.state <> 'waiting' OR d.attempts > 0) GROUP BY d.state",
        list(organization_ids),
        list(TROUBLED),
    )
    return {row[0]: row[1] for row in rows}


async def load_delivery_of(
    session: Session, organization_ids: Sequence[int], delivery_id: UUID, *, most_bytes: int = WHOLE
) -> DeliveryFacts | None:
    """One delivery of these organizations with the first bytes of its body."""
    row = await session.fetchrow(
        f"{FACTS}, substring(d.body FROM 1 FOR $3){FROM} WHERE d.organization_id = ANY($1::integer[]) AND d.id = $2",
        list(organization_ids),
        delivery_id,
        most_bytes,
    )
    return None if row is None else DeliveryFacts(*row)
