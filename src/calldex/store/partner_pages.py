"""What a partner's page is made of: the invoices that its calls are about, and the promises that were given in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, LiteralString
from uuid import UUID

from calldex.core.jsonbytes import members_of
from calldex.store.records import StoredRecord, load_records

if TYPE_CHECKING:
    from calldex.store.database import Session

LATEST_CALLS: Final = 1000
"""The calls with a partner that its page looks at; what older ones alone were about is not on it."""

PROMISE: Final = "payment_promise"


_LATEST: Final[LiteralString] = (
    "SELECT c.id, c.occurred_at, c.summary, c.call_reason, c.classifications, c.classification_words, c.invoices"
    " FROM calls c WHERE c.organization_id = $1 AND c.partner = $2 AND c.deleted_at IS NULL"
    " ORDER BY c.occurred_at DESC, c.id DESC LIMIT $3"
)


@dataclass(frozen=True, slots=True)
class PartnerInvoice:
    """An invoice that calls are about. ``called_at`` is the latest of them."""

    id: UUID
    vendor_id: str | None
    body: dict[str, Any]
    called_at: datetime


@dataclass(frozen=True, slots=True)
class PromiseCall:
    """A call in which a payment was promised. ``classifications`` is JSON of the call."""

    id: UUID
    occurred_at: datetime
    summary: str | None
    call_reason: str | None
    classifications: bytes | None
    invoices: list[UUID]


async def find_partner(session: Session, organization_id: int, candidates: Collection[UUID]) -> StoredRecord | None:
    """The partner of the first of these UUIDs that is one."""
    found = await load_records(session, organization_id, candidates)
    return next((found[one] for one in candidates if one in found and found[one].kind == "partner"), None)


async def partner_invoices(session: Session, organization_id: int, partner: UUID) -> list[PartnerInvoice]:
    """The invoices that the latest calls with a partner are about, those called about last first. One statement."""
    rows = await session.fetch(
        "WITH about AS MATERIALIZED (SELECT i.id, max(l.occurred_at) AS called_at"
        f" FROM ({_LATEST}) AS l CROSS JOIN LATERAL unnest(l.invoices) AS i (id) GROUP BY i.id)"
        " SELECT r.id, r.vendor_id, r.body, a.called_at FROM about a JOIN LATERAL (SELECT id, vendor_id, body"
        " FROM records WHERE organization_id = $1 AND id = a.id LIMIT 1) AS r ON true ORDER BY a.called_at DESC, r.id",
        organization_id,
        partner,
        LATEST_CALLS,
    )
    return [PartnerInvoice(row[0], row[1], members_of(row[2]), row[3]) for row in rows]


async def promise_calls(session: Session, organization_id: int, partner: UUID) -> list[PromiseCall]:
    """Those of the latest calls with a partner in which a payment was promised, the newest first. One statement."""
    rows = await session.fetch(
        f"SELECT id, occurred_at, summary, call_reason, classifications, invoices FROM ({_LATEST}) AS latest"
        " WHERE $4 = ANY(classification_words) ORDER BY occurred_at DESC, id DESC",
        organization_id,
        partner,
        LATEST_CALLS,
        PROMISE,
    )
    return [PromiseCall(row[0], row[1], row[2], row[3], row[4], list(row[5] or ())) for row in rows]
