"""Endpoints: where senders deliver to, under which secret, and how much came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one sender delivers to. For the sandbox's endpoints the organization is the sandbox."""

    organization_id: int
    organization_public_id: UUID
    id: UUID
    sender: str
    sealed_secret: bytes
    removed_at: datetime | None

    @property
    def place(self) -> str:
        """What the sealed secret is bound to."""
        return f"{self.organization_id}/{self.id}"


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """An endpoint as its operator sees it."""

    id: UUID
    sender: str
    test: bool
    created_at: datetime
    accepted: int
    duplicates: int
    refused: int
    stale: int
    last_accepted_at: datetime | None
    last_refused_at: datetime | None


@dataclass(slots=True)
class Counts:
    """What came to an endpoint since the last time that this was written down."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    stale: int = 0
    last_accepted_at: datetime | None = None
    last_refused_at: datetime | None = None


async def insert_endpoint(
    session: Session, organization_id: int, *, endpoint_id: UUID, sender: str, sealed_secret: bytes
) -> None:
    """Write a new endpoint."""
    await session.execute(
        "INSERT INTO endpoints (organization_id, id, sender, sealed_secret) VALUES ($1, $2, $3, $4)",
        organization_id,
        endpoint_id,
        sender,
        sealed_secret,
    )


async def find_endpoint(session: Session, endpoint_id: UUID) -> Endpoint | None:
    """The endpoint of a URL. Besides a key's look-up part the one thing that finds an organization."""
    row = await session.fetchrow(
        "SELECT e.organization_id, o.public_id, e.id, e.sender, e.sealed_secret, e.removed_at"
        " FROM endpoints e JOIN organizations o ON o.id = e.organization_id WHERE e.id = $1",
        endpoint_id,
    )
    return None if row is None else Endpoint(row[0], row[1], row[2], row[3], bytes(row[4]), row[5])


async def list_endpoints(session: Session, organization_id: int, sandbox_id: int) -> list[EndpointFacts]:
    """The endpoints of an organization and of its sandbox that were not removed, the oldest first."""
    rows = await session.fetch(
        "SELECT id, sender, organization_id = $2, created_at, accepted, duplicates, refused, stale,"
        " last_accepted_at, last_refused_at FROM endpoints"
        " WHERE organization_id IN ($1, $2) AND removed_at IS NULL ORDER BY created_at, id",
        organization_id,
        sandbox_id,
    )
    return [EndpointFacts(*row) for row in rows]


async def remove_endpoint(session: Session, endpoint_id: UUID) -> bool | None:
    """True when the endpoint was removed now, False when it already was, None when there is none.

    Finds it by its id alone: the operator's command line knows nothing else of it.
    """
    before = await session.fetchrow("SELECT removed_at IS NULL FROM endpoints WHERE id = $1", endpoint_id)
    if before is None:
        return None
    await session.execute("UPDATE endpoints SET removed_at = now() WHERE id = $1 AND removed_at IS NULL", endpoint_id)
    return bool(before[0])


async def remove_endpoint_of(
    session: Session, organization_ids: Sequence[int], endpoint_id: UUID
) -> tuple[int, str, bool] | None:
    """Remove an endpoint of one of these organizations: whose it is, its sender, and False when it was removed before.

    None when they have none of this id.
    """
    row = await session.fetchrow(
        "WITH found AS (SELECT organization_id, id, sender, removed_at IS NULL AS live FROM endpoints"
        " WHERE organization_id = ANY($1::integer[]) AND id = $2 FOR UPDATE),"
        " done AS (UPDATE endpoints e SET removed_at = now() FROM found f"
        " WHERE e.organization_id = f.organization_id AND e.id = f.id AND f.live)"
        " SELECT organization_id, sender, live FROM found",
        list(organization_ids),
        endpoint_id,
    )
    return None if row is None else (row[0], row[1], row[2])


async def add_counts(session: Session, counts: Iterable[tuple[Endpoint, Counts]]) -> None:
    """Add what came to the endpoints' counters."""
    await session.executemany(
        "UPDATE endpoints SET accepted = accepted + $3, duplicates = duplicates + $4, refused = refused + $5,"
        " stale = stale + $6, last_accepted_at = coalesce($7, last_accepted_at),"
        " last_refused_at = coalesce($8, last_refused_at) WHERE organization_id = $1 AND id = $2",
        [
            (
                endpoint.organization_id,
                endpoint.id,
                added.accepted,
                added.duplicates,
                added.refused,
                added.stale,
                added.last_accepted_at,
                added.last_refused_at,
            )
            for endpoint, added in sorted(counts, key=lambda pair: pair[0].place)
        ],
    )
