"""What records say of invoices, whatever source they are from: the same on every page that shows one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from calldex.core.amounts import read_amount
from calldex.core.jsonbytes import encode
from calldex.core.promises import Debt
from calldex.core.times import parse_instant

_LONGEST: Final = 500
_LONGEST_AMOUNT: Final = 40
_OWED: Final = ("amount_due", "amount_remaining")
_STATUSES: Final = ("status", "remote_payment_status", "remote_status")
_PAID: Final = frozenset({"paid", "settled"})
_GONE: Final = frozenset(
    {
        *("void", "voided", "canceled", "cancelled", "deleted", "draft", "uncollectible"),
        *("written_off", "write_off", "written off", "refunded"),
    }
)
"""Words for an invoice of which nothing is to be paid: not yet, or not any more."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as a row. Amounts are in its currency; ``owed`` is what is still to be paid.

    ``unread`` has what stands in the place of an amount and cannot be read as one: it is shown, and in no sum.
    ``is_void`` says that nothing is to be paid, not yet or not any more, ``is_settled`` that its source calls it paid.
    """

    id: UUID
    number: str
    status: str | None
    issued: date | None
    due: date | None
    promised: date | None
    paid_at: datetime | None
    total: Decimal | None
    paid: Decimal | None
    owed: Decimal | None
    currency: str
    is_void: bool
    is_settled: bool
    unread: Mapping[str, str]

    @property
    def debt(self) -> Debt:
        """What a promise to pay it says. Of one that is void, or paid by its source's word, nothing is to be paid."""
        return Debt(self.promised, self.paid_at, Decimal(0) if self.is_void or self.is_settled else self.owed)

    @property
    def state(self) -> Literal["open", "paid", "void", "credit"]:
        """What it is to whoever collects. A credit is owed to the partner, and in no sum of what the partner owes."""
        if self.is_void:
            return "void"
        if self.owed is not None and self.owed < 0 and self.paid_at is None and not self.is_settled:
            return "credit"
        return "paid" if self.debt.is_paid else "open"

    def overdue(self, today: date) -> int:
        """For how many days its payment is overdue; 0 when it is not."""
        return 0 if self.due is None or self.state != "open" else max(0, (today - self.due).days)


def read_invoice(record: UUID, vendor_id: str | None, body: Mapping[str, Any], currency: str | None = None) -> Invoice:
    """An invoice from what a record says; ``currency`` is that of its partner, for an invoice that names none."""
    said = {name: body.get(key) for name, key in (("total", "total_amount"), ("paid", "amount_paid"))}
    said["owed"] = next((one for key in _OWED if (one := body.get(key)) not in (None, "")), None)
    total, paid, owed = (read_amount(said[name]) for name in ("total", "paid", "owed"))
    if said["owed"] is None and total is not None and paid is not None:
        owed = total - paid
    status = next((found for key in _STATUSES if (found := text_in(body.get(key)))), None)
    word = (status or "").casefold()
    return Invoice(
        id=record,
        number=text_in(body.get("number")) or text_in(body.get("remote_id")) or vendor_id or str(record),
        status=status,
        issued=day_written(body.get("issued_at")),
        due=day_written(body.get("due_date")),
        promised=day_written(body.get("promised_to_pay_date")),
        paid_at=_instant(body.get("paid_at")),
        total=total,
        paid=paid,
        owed=owed,
        currency=currency_of(body.get("currency")) or currency or "",
        is_void=word in _GONE or bool(body.get("voided_at") or body.get("marked_uncollectible_at")),
        is_settled=word in _PAID,
        unread={name: shown for name, given in said.items() if (shown := _unread(given))},
    )


def day_written(value: object) -> date | None:
    """The day that something is due: as it is written, that of an instant in UTC, whatever the viewer's time zone."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else parse_instant(value).astimezone(UTC).date()
    except ValueError:
        return None


def currency_of(value: Any) -> str | None:
    """The code of a currency, None for what is none."""
    code = text_in(value)
    return code.upper() if code is not None and len(code) == 3 and code.isascii() and code.isalpha() else None


def text_in(value: Any) -> str | None:
    """A text that says something, not longer than anything that is meant to be read."""
    return (value.strip()[:_LONGEST] or None) if isinstance(value, str) else None


def _unread(value: Any) -> str:
    """What was given as an amount and is none, as a text; empty for what is one, and for nothing."""
    if value is None or read_amount(value) is not None:
        return ""
    shown = value.strip() if isinstance(value, str) else encode(value).decode()
    return shown if len(shown) <= _LONGEST_AMOUNT else f"{shown[:_LONGEST_AMOUNT]}…"


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None
