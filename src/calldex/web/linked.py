"""What a call belongs to: its partner with invoices, and everything else that it points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calldex.core.amounts import read_amount
from calldex.core.calls import FIELDS, POINTERS, Call
from calldex.core.times import parse_instant
from calldex.store.record_names import RecordName
from calldex.store.records import StoredRecord
from calldex.web.facts_shown import parsed

_MOST_INVOICES: Final = 100
_REFS: Final = (*(name for name, kind in FIELDS.items() if kind == "ref"), *POINTERS)
PAID: Final = frozenset({"paid", "settled"})
GONE: Final = frozenset({"void", "voided", "canceled", "cancelled", "uncollectible"})


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as a call shows it; what its source did not say is None. ``overdue_days`` is 0 when it is not."""

    uuid: UUID
    number: str
    amount_due: object
    total: object
    currency: object
    due: date | None
    overdue_days: int
    paid: bool
    status: str | None

    @property
    def due_shown(self) -> str:
        """``Nov 25, 2026``."""
        return "" if self.due is None else f"{self.due:%b} {self.due.day}, {self.due.year}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a call points at. ``name`` is a text's; ``query`` finds the calls that point at the same."""

    name: str
    value: str
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """What a call points at. ``partner`` is its name, ``account`` its account number."""

    partner: RecordName | None
    account: str | None
    invoices: list[Invoice]
    total_invoices: int
    facts: list[Fact]


def pointed_at(call: Call) -> set[UUID]:
    """The records whose names are shown."""
    return {record for name in _REFS if (record := getattr(call, name)) is not None}


def bodies_of(call: Call) -> set[UUID]:
    """The records of which more than the name is shown."""
    return {*([call.partner] if call.partner is not None else []), *(call.invoices or [])[:_MOST_INVOICES]}


def linked_of(
    call: Call, names: Mapping[UUID, RecordName], records: Mapping[UUID, StoredRecord], now: datetime, zone: ZoneInfo
) -> Linked:
    """Everything that a call points at, from what was read of it."""
    body = _body(records.get(call.partner)) if call.partner is not None else {}
    today = now.astimezone(zone).date()
    given = call.invoices or []
    invoices = [invoice_of(records[one], today) for one in given[:_MOST_INVOICES] if one in records]
    return Linked(
        None if call.partner is None else names.get(call.partner),
        _text(body.get("account_number")),
        invoices,
        len(given),
        list(_facts(call, names)),
    )


def invoice_of(record: StoredRecord, today: date) -> Invoice:
    """What an invoice says of money and time. ``today`` is the viewer's day."""
    body = _body(record)
    status = _text(body.get("status")) or _text(body.get("remote_payment_status")) or _text(body.get("remote_status"))
    word = (status or "").casefold()
    due = day_of(body.get("due_date"))
    amount = read_amount(body.get("amount_due"))
    paid = bool(body.get("paid_at")) or word in PAID or amount == 0
    open_ = not paid and word not in GONE and not body.get("voided_at") and not body.get("marked_uncollectible_at")
    return Invoice(
        record.id,
        _text(body.get("number")) or _text(body.get("remote_id")) or record.vendor_id or str(record.id),
        body.get("amount_due"),
        body.get("total_amount"),
        body.get("currency"),
        due,
        max(0, (today - due).days) if open_ and due is not None else 0,
        paid,
        status,
    )


def day_of(value: object) -> date | None:
    """The day that something is due: as it is written, whatever the viewer's time zone."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else parse_instant(value).astimezone(UTC).date()
    except ValueError:
        return None


def _facts(call: Call, names: Mapping[UUID, RecordName]) -> list[Fact]:
    def named(name: str) -> RecordName | None:
        record = getattr(call, name)
        return None if record is None else names.get(record)

    found: list[Fact] = []
    for name in ("contact", "caller", "approver", "workflow", "workflow_run", "agent", "conversation", "channel"):
        record, given = named(name), getattr(call, f"{name}_id", None)
        value = record.name if record is not None else given
        if not value and name == "caller":
            record = named("member")
            value = record.name if record is not None else call.member_id
        if not value:
            continue
        handle = record.handle if record is not None else given
        found.append(Fact(name, value, {name: handle} if handle and name in ("workflow", "agent") else None))
        # An id tells apart what has the same name.
        if record is not None and name == "agent" and given and given != value:
            found.append(Fact("agent_id", given))
    for name in (
        "call_agent_id",
        "agent_version_id",
        "campaign_id",
        "campaign_contact_id",
        "sequence_id",
        "sequence_run_id",
        "step_id",
        "step_contact_id",
        "provider",
        "platform_call_id",
        "user_leg_id",
        "admin_leg_id",
        "conference_id",
        "phone_number_id",
        "managed_phone_number_id",
    ):
        value = getattr(call, name)
        if value:
            found.append(Fact(name, value))
    return found


def _body(record: StoredRecord | None) -> dict[str, Any]:
    body = None if record is None else parsed(record.body)
    return body if isinstance(body, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
