"""What records say of a partner and its invoices, whatever source they are from: what cannot be read is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from calldex.core.amounts import read_amount
from calldex.core.ids import parse_uuid
from calldex.core.jsonbytes import encode
from calldex.core.promises import Debt
from calldex.core.times import parse_instant
from calldex.store.partner_pages import PartnerInvoice, body_of
from calldex.store.records import StoredRecord
from calldex.web.linked import GONE, PAID, day_of

_LONGEST: Final = 500
_LONGEST_AMOUNT: Final = 40
_MOST_CONTACTS: Final = 50
_ADDRESS: Final = ("name", "line1", "line2", "city", "state", "postal_code", "country")
_ADDRESSES: Final = ("billing_address", "address", "shipping_address")
_OWED: Final = ("amount_due", "amount_remaining")
_UNITS: Final = ("business_unit", "business_unit_id")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to talk to at a partner."""

    name: str
    role: str | None
    email: str | None
    phone: str | None
    is_primary: bool


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    """A partner as its page begins. ``id`` is its source's own, else our UUID, and ``name`` that id without a name."""

    uuid: UUID
    id: str
    name: str
    legal_name: str | None
    account_number: str | None
    email: str | None
    phone: str | None
    address: str | None
    assignee: str | None
    business_unit: str | None
    currency: str | None
    contacts: list[Contact]


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as a row. Amounts are in its currency; ``owed`` is what is still to be paid.

    ``unread`` has what stands in the place of an amount and cannot be read as one: it is shown, and in no sum.
    ``is_void`` says that nothing is to be paid any more, ``is_settled`` that its source calls it paid.
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
    called_at: datetime
    unread: Mapping[str, str]

    @property
    def debt(self) -> Debt:
        """What a promise to pay it says. Of one that is void, or paid by its source's word, nothing is to be paid."""
        return Debt(self.promised, self.paid_at, Decimal(0) if self.is_void or self.is_settled else self.owed)

    @property
    def state(self) -> Literal["open", "paid", "void"]:
        return "void" if self.is_void else "paid" if self.debt.is_paid else "open"

    def overdue(self, today: date) -> int:
        """For how many days its payment is overdue; 0 when it is not."""
        return 0 if self.due is None or self.state != "open" else max(0, (today - self.due).days)


@dataclass(frozen=True, slots=True)
class Sum:
    """What is owed in one currency, and how much of that is overdue."""

    currency: str
    owed: Decimal
    overdue: Decimal


def nested_in(body: Mapping[str, Any]) -> set[UUID]:
    """The records that stand in a partner by their UUID and are shown with it."""
    named = [body.get("assignee"), *_list(body.get("contacts"))[:_MOST_CONTACTS]]
    return {found for one in named if isinstance(one, str) and (found := parse_uuid(one)) is not None}


def read_partner(record: StoredRecord, nested: Mapping[UUID, StoredRecord]) -> PartnerFacts:
    """The facts of a partner, with the records that stand in it."""
    body = body_of(record.body)
    handle = record.vendor_id or str(record.id)
    name = name_of(body) or handle
    legal = _text(body.get("legal_name"))
    contacts = [_object(one, nested) for one in _list(body.get("contacts"))[:_MOST_CONTACTS]]
    return PartnerFacts(
        uuid=record.id,
        id=handle,
        name=name,
        legal_name=None if legal == name else legal,
        account_number=_text(body.get("account_number")),
        email=_text(body.get("email")),
        phone=_text(body.get("phone")),
        address=next((found for key in _ADDRESSES if (found := _address(body.get(key)))), None),
        assignee=name_of(_object(body.get("assignee"), nested)) or _text(body.get("assignee_id")),
        business_unit=next((found for key in _UNITS if (found := _named(body.get(key)))), record.business_unit_id),
        currency=_currency(body.get("currency")),
        contacts=[contact for one in contacts if (contact := _contact(one)) is not None],
    )


def name_of(body: Mapping[str, Any]) -> str | None:
    """What a record is called."""
    for keys in (("name",), ("given_name", "family_name"), ("firstName", "lastName"), ("legal_name",), ("email",)):
        found = " ".join(said for key in keys if (said := _text(body.get(key))))
        if found:
            return found
    return None


def read_invoice(found: PartnerInvoice, currency: str | None) -> Invoice:
    """An invoice; ``currency`` is that of its partner, for an invoice that names none."""
    body = found.body
    said = {name: body.get(key) for name, key in (("total", "total_amount"), ("paid", "amount_paid"))}
    said["owed"] = next((one for key in _OWED if (one := body.get(key)) not in (None, "")), None)
    total, paid, owed = (read_amount(said[name]) for name in ("total", "paid", "owed"))
    if said["owed"] is None and total is not None and paid is not None:
        owed = total - paid
    status = _text(body.get("status"))
    word = (status or "").casefold()
    return Invoice(
        id=found.id,
        number=_text(body.get("number")) or found.vendor_id or str(found.id),
        status=status,
        issued=day_of(body.get("issued_at")),
        due=day_of(body.get("due_date")),
        promised=day_of(body.get("promised_to_pay_date")),
        paid_at=_instant(body.get("paid_at")),
        total=total,
        paid=paid,
        owed=owed,
        currency=_currency(body.get("currency")) or currency or "",
        is_void=word in GONE or bool(body.get("voided_at") or body.get("marked_uncollectible_at")),
        is_settled=word in PAID,
        called_at=found.called_at,
        unread={name: shown for name, given in said.items() if (shown := _unread(given))},
    )


def sums_of(invoices: Sequence[Invoice], today: date) -> list[Sum]:
    """What is owed by currency, of the invoices that say how much that is."""
    found: dict[str, Sum] = {}
    for one in invoices:
        if one.state == "open" and one.owed is not None:
            before = found.get(one.currency, Sum(one.currency, Decimal(0), Decimal(0)))
            overdue = one.owed if one.overdue(today) else Decimal(0)
            found[one.currency] = Sum(one.currency, before.owed + one.owed, before.overdue + overdue)
    return [found[currency] for currency in sorted(found)]


def _contact(body: Mapping[str, Any]) -> Contact | None:
    name = name_of(body) or _text(body.get("phone"))
    if name is None:
        return None
    role = _text(body.get("job_title")) or _text(body.get("role"))
    primary = body.get("is_primary") is True
    return Contact(name, role, _text(body.get("email")), _text(body.get("phone")), primary)


def _object(value: Any, nested: Mapping[UUID, StoredRecord]) -> Mapping[str, Any]:
    """The members of what stands in a record, itself or by its UUID."""
    if isinstance(value, dict):
        return value
    record = parse_uuid(value) if isinstance(value, str) else None
    return body_of(nested[record].body) if record is not None and record in nested else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """A text that says something, not longer than anything that is meant to be read."""
    return (value.strip()[:_LONGEST] or None) if isinstance(value, str) else None


def _named(value: Any) -> str | None:
    return name_of(value) if isinstance(value, dict) else _text(value)


def _address(value: Any) -> str | None:
    if not isinstance(value, dict):
        return _text(value)
    return ", ".join(said for key in _ADDRESS if (said := _text(value.get(key)))) or None


def _currency(value: Any) -> str | None:
    code = _text(value)
    return code.upper() if code is not None and len(code) == 3 and code.isascii() and code.isalpha() else None


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
