"""What records say of a partner, whatever source they are from: what cannot be read is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from calldex.core.ids import parse_uuid
from calldex.core.jsonbytes import members_of
from calldex.store.records import StoredRecord
from calldex.web.invoices import Invoice, currency_of, text_in

_MOST_CONTACTS: Final = 50
_ADDRESS: Final = ("name", "line1", "line2", "city", "state", "postal_code", "country")
_ADDRESSES: Final = ("billing_address", "address", "shipping_address")
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
    body = members_of(record.body)
    handle = record.vendor_id or str(record.id)
    name = name_of(body) or handle
    legal = text_in(body.get("legal_name"))
    contacts = [_object(one, nested) for one in _list(body.get("contacts"))[:_MOST_CONTACTS]]
    return PartnerFacts(
        uuid=record.id,
        id=handle,
        name=name,
        legal_name=None if legal == name else legal,
        account_number=text_in(body.get("account_number")),
        email=text_in(body.get("email")),
        phone=text_in(body.get("phone")),
        address=next((found for key in _ADDRESSES if (found := _address(body.get(key)))), None),
        assignee=name_of(_object(body.get("assignee"), nested)) or text_in(body.get("assignee_id")),
        business_unit=next((found for key in _UNITS if (found := _named(body.get(key)))), record.business_unit_id),
        currency=currency_of(body.get("currency")),
        contacts=[contact for one in contacts if (contact := _contact(one)) is not None],
    )


def name_of(body: Mapping[str, Any]) -> str | None:
    """What a record is called."""
    for keys in (("name",), ("given_name", "family_name"), ("firstName", "lastName"), ("legal_name",), ("email",)):
        found = " ".join(said for key in keys if (said := text_in(body.get(key))))
        if found:
            return found
    return None


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
    name = name_of(body) or text_in(body.get("phone"))
    if name is None:
        return None
    role = text_in(body.get("job_title")) or text_in(body.get("role"))
    primary = body.get("is_primary") is True
    return Contact(name, role, text_in(body.get("email")), text_in(body.get("phone")), primary)


def _object(value: Any, nested: Mapping[UUID, StoredRecord]) -> Mapping[str, Any]:
    """The members of what stands in a record, itself or by its UUID."""
    if isinstance(value, dict):
        return value
    record = parse_uuid(value) if isinstance(value, str) else None
    return members_of(nested[record].body) if record is not None and record in nested else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _named(value: Any) -> str | None:
    return name_of(value) if isinstance(value, dict) else text_in(value)


def _address(value: Any) -> str | None:
    if not isinstance(value, dict):
        return text_in(value)
    return ", ".join(said for key in _ADDRESS if (said := text_in(value.get(key)))) or None
