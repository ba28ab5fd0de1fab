"""What a call belongs to: its partner with invoices, and everything else that it points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from calldex.core.calls import FIELDS, POINTERS, Call
from calldex.core.jsonbytes import members_of
from calldex.store.record_names import RecordName
from calldex.store.records import StoredRecord
from calldex.web.invoices import Invoice, currency_of, read_invoice, text_in

AT_ONCE: Final = 15
"""So many invoices the page of a call begins with."""

MOST: Final = 150
"""And so many more come at a time."""

_REFS: Final = (*(name for name, kind in FIELDS.items() if kind == "ref"), *POINTERS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a call points at. ``name`` is a text's; ``query`` finds the calls that point at the same."""

    name: str
    value: str
    query: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """What a call points at. ``partner`` is its name, ``account`` its account number.

    ``rest`` is the place of the first invoice that is not shown, None when there is none.
    """

    partner: RecordName | None
    account: str | None
    invoices: list[Invoice]
    total_invoices: int
    rest: int | None
    facts: list[Fact]


def pointed_at(call: Call) -> set[UUID]:
    """The records whose names are shown."""
    return {record for name in _REFS if (record := getattr(call, name)) is not None}


def bodies_of(call: Call, begin: int = 0, most: int = AT_ONCE) -> set[UUID]:
    """The records of which more than the name is shown, with so many invoices from a place on."""
    return {*([call.partner] if call.partner is not None else []), *(call.invoices or [])[begin : begin + most]}


def linked_of(call: Call, names: Mapping[UUID, RecordName], records: Mapping[UUID, StoredRecord]) -> Linked:
    """Everything that a call points at, from what was read of it."""
    invoices, rest = invoices_of(call, records)
    partner = None if call.partner is None else names.get(call.partner)
    account = text_in(_body_of_partner(call, records).get("account_number"))
    return Linked(partner, account, invoices, len(call.invoices or []), rest, list(_facts(call, names)))


def invoices_of(
    call: Call, records: Mapping[UUID, StoredRecord], begin: int = 0, most: int = AT_ONCE
) -> tuple[list[Invoice], int | None]:
    """So many of a call's invoices from a place on, and the place of the next, None for none."""
    given, end = call.invoices or [], begin + most
    currency = currency_of(_body_of_partner(call, records).get("currency"))
    there = [records[one] for one in given[begin:end] if one in records]
    invoices = [read_invoice(one.id, one.vendor_id, members_of(one.body), currency) for one in there]
    return invoices, end if end < len(given) else None


def _body_of_partner(call: Call, records: Mapping[UUID, StoredRecord]) -> dict[str, Any]:
    partner = None if call.partner is None else records.get(call.partner)
    return {} if partner is None else members_of(partner.body)


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
