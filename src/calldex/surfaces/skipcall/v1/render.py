"""A call as Skipcall shows it: 25 keys in the order of its document (seed: Get a call), all of them always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import Call
from calldex.core.ids import parse_uuid, record_uuid
from calldex.core.jsonbytes import encode
from calldex.core.splicing import Form, Splicer
from calldex.store.calls import Columns
from calldex.surfaces.skipcall.v1.words import KIND_WORDS, SOURCE, STATUS_WORD, STATUS_WORDS, status_meant

FORM: Final = "skipcall"

COLUMNS: Final = Columns(
    "kept",
    "kind",
    "status",
    "disposition",
    "direction",
    "started_at",
    "ended_at",
    "created_at",
    "contact",
    "contact_id",
    "from_number",
    "to_number",
    "caller",
    "phone_number_id",
    "user_leg_id",
    "admin_leg_id",
    "conference_id",
    "transferred",
    "transferred_to",
    "modified_at",
    "sequence_run_id",
    "sequence_id",
    "sequence",
    "crm_synced_at",
    "deleted_at",
    "organization_ref",
    "member_id",
    "member",
    "managed_phone_number_id",
    "notes",
)


class Number(msgspec.Struct):
    """A phone number as it stands inside a call."""

    value: str | None


class CallAnswer(msgspec.Struct, rename="camel"):
    """The keys of a call."""

    id: str
    call_type: str | None
    status: str | None
    type: str | None
    started_at: str | None
    ended_at: str | None
    created_at: str | None
    contact: msgspec.Raw
    phone_number: Number
    caller: msgspec.Raw
    caller_phone_number: Number
    phone_number_id: str | None
    user_provider_sid: str | None
    admin_provider_sid: str | None
    provider_conference_id: str | None
    transferred: bool | None
    updated_at: str | None
    sequence_run_id: str | None
    sequence_id: str | None
    synced_with_crm_date: str | None
    deleted_at: str | None
    organization_id: str | None
    organization_membership_id: str | None
    managed_phone_number_id: str | None
    notes: str | None


class Contact(msgspec.Struct, rename="camel"):
    """The person on the other side of a call."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_unknown: bool | None = True


class Caller(msgspec.Struct, rename="camel"):
    """The member of the organization who made a call."""

    first_name: str | None = None
    last_name: str | None = None


class _Kept(msgspec.Struct):
    words: dict[str, Any] = {}


_kept: Final = msgspec.json.Decoder(_Kept).decode
_NOBODY: Final = msgspec.Raw(encode(Contact()))
_NO_CALLER: Final = msgspec.Raw(encode(Caller()))


def record_form(kind: str, body: Mapping[str, Any]) -> Form | None:
    """The form of a contact, a member or a user on this surface; None for a kind that it never shows."""
    if kind not in ("contact", "member", "user"):
        return None
    first, last = _names(body)
    if kind != "contact":
        return Form(encode(Caller(first, last)), ())
    contact_id, unknown = body.get("id"), body.get("is_unknown", False)
    contact = Contact(contact_id if isinstance(contact_id, str) else None, first, last, unknown)
    return Form(encode(contact), ())


def roots(calls: Iterable[Call]) -> set[UUID]:
    """The linked records that the calls show."""
    found = {record for call in calls for record in (call.contact, call.caller)}
    return {record for record in found if record is not None}


def render_call(call: Call, splicer: Splicer, organization: UUID) -> bytes:
    """One call, bare. ``organization`` is the public id of the one whose key asks."""
    ours, theirs = call.from_number, call.to_number
    if call.direction == "inbound":
        ours, theirs = theirs, ours
    own = SOURCE in call.vendor_ids
    return encode(
        CallAnswer(
            id=call.vendor_ids.get(SOURCE) or str(call.id),
            call_type=KIND_WORDS.get(call.kind, call.kind) if call.kind is not None else None,
            status=_status(call),
            type=call.direction,
            started_at=_instant(call.started_at),
            ended_at=_instant(call.ended_at),
            created_at=_instant(call.created_at),
            contact=_contact(call, splicer),
            phone_number=Number(theirs),
            caller=_caller(call, splicer),
            caller_phone_number=Number(ours),
            phone_number_id=_linked_id(call, "phone_number", call.phone_number_id),
            user_provider_sid=call.user_leg_id,
            admin_provider_sid=call.admin_leg_id,
            provider_conference_id=call.conference_id,
            transferred=True if call.transferred_to else _else_false(call.transferred, own=own),
            updated_at=_instant(call.modified_at),
            sequence_run_id=_linked_id(call, "sequence_run", call.sequence_run_id),
            sequence_id=_linked_id(call, "sequence", call.sequence_id, call.sequence),
            synced_with_crm_date=_instant(call.crm_synced_at),
            deleted_at=_instant(call.deleted_at),
            organization_id=call.organization_ref if call.organization_ref is not None or own else str(organization),
            organization_membership_id=_linked_id(call, "member", call.member_id, call.member),
            managed_phone_number_id=_linked_id(call, "phone_number", call.managed_phone_number_id),
            notes=call.notes,
        )
    )


def _instant(moment: datetime | None) -> str | None:
    """UTC with three decimals and Z."""
    return None if moment is None else f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def _status(call: Call) -> str | None:
    """The word as it came while the status is what it means; else Twilio's word for the status."""
    if call.kept is not None:
        word = _kept(call.kept).words.get(STATUS_WORD)
        if isinstance(word, str) and status_meant(word) == call.status:
            return word
    if call.status is None:
        return call.disposition
    return STATUS_WORDS.get(call.status, call.status)


def _else_false(given: bool | None, *, own: bool) -> bool | None:
    """A call that never was Skipcall's and of which no transfer is known was not transferred."""
    return False if given is None and not own else given


def _linked_id(call: Call, kind: str, text: str | None, ours: UUID | None = None) -> str | None:
    """A linked id: always a UUID, unless Skipcall itself gave another one."""
    if text is None or SOURCE in call.vendor_ids or parse_uuid(text) is not None:
        return text
    return str(ours or record_uuid(call.source, kind, text))


def _contact(call: Call, splicer: Splicer) -> msgspec.Raw:
    if call.contact is None:
        return _NOBODY
    if splicer.known(call.contact):
        return msgspec.Raw(splicer.record(call.contact))
    shown = _linked_id(call, "contact", call.contact_id, call.contact) or str(call.contact)
    return msgspec.Raw(encode(Contact(shown, is_unknown=False)))


def _caller(call: Call, splicer: Splicer) -> msgspec.Raw:
    if call.caller is None or not splicer.known(call.caller):
        return _NO_CALLER
    return msgspec.Raw(splicer.record(call.caller))


def _names(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """First and last name; a record that has only a whole name is divided at its first blank."""
    first, last, whole = body.get("given_name"), body.get("family_name"), body.get("name")
    if first is None and last is None and isinstance(whole, str) and whole.strip():
        first, _, last = whole.strip().partition(" ")
        last = last or None
    return (first if isinstance(first, str) else None, last if isinstance(last, str) else None)
