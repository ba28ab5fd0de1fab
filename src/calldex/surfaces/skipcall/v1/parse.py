"""A call as Skipcall answers it, read into our words (seed: Get a call)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from calldex.core.calls import DIRECTIONS, CallChange, Linked, RecordChange
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.facts import FactKind, fact, facts, mistake, read_object
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import decode, encode
from calldex.core.times import parse_instant
from calldex.surfaces.skipcall.v1.words import KINDS, SOURCE, STATUS_WORD, status_meant

_CALL: Final[dict[str, tuple[str, FactKind]]] = {
    "startedAt": ("started_at", "instant"),
    "endedAt": ("ended_at", "instant"),
    "createdAt": ("created_at", "instant"),
    "phoneNumberId": ("phone_number_id", "text"),
    "userProviderSid": ("user_leg_id", "text"),
    "adminProviderSid": ("admin_leg_id", "text"),
    "providerConferenceId": ("conference_id", "text"),
    "transferred": ("transferred", "flag"),
    "updatedAt": ("modified_at", "instant"),
    "sequenceRunId": ("sequence_run_id", "text"),
    "sequenceId": ("sequence_id", "text"),
    "syncedWithCrmDate": ("crm_synced_at", "instant"),
    "deletedAt": ("deleted_at", "instant"),
    "organizationId": ("organization_ref", "text"),
    "organizationMembershipId": ("member_id", "text"),
    "managedPhoneNumberId": ("managed_phone_number_id", "text"),
    "notes": ("notes", "text"),
}
_READ_APART: Final = frozenset(
    {"id", "callType", "status", "type", "contact", "phoneNumber", "caller", "callerPhoneNumber"}
)
_CONTACT: Final[dict[str, tuple[str, FactKind]]] = {
    "id": ("id", "text"),
    "firstName": ("given_name", "text"),
    "lastName": ("family_name", "text"),
    "isUnknown": ("is_unknown", "flag"),
}
_MEMBER: Final[dict[str, tuple[str, FactKind]]] = {
    "firstName": ("given_name", "text"),
    "lastName": ("family_name", "text"),
}


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one call. Raises InvalidRequest that names every field which is not as documented."""
    given = read_object(raw)
    problems: list[Problem] = []
    vendor_id = given.get("id")
    if not isinstance(vendor_id, str) or not vendor_id:
        missing = Problem(("call", "id"), "id is required", "missing")
        problems.append(mistake(("id",), "text that is not empty", vendor_id) if "id" in given else missing)
        vendor_id = ""
    values = facts(given, _CALL, problems)
    kept: dict[str, Any] = {key: value for key, value in given.items() if key not in _CALL and key not in _READ_APART}
    words = _take_words(given, values, problems)
    _take_numbers(given, values, kept, problems)
    version = values.get("modified_at") or values.get("created_at")
    linked = _take_contact(given, vendor_id, version, values, problems)
    linked += _take_caller(given, vendor_id, version, values, problems)
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    both = {name: entries for name, entries in ((SOURCE, kept), ("words", words)) if entries}
    return CallChange(SOURCE, vendor_id, version, values, linked, both)


def parse_record(linked: Linked) -> list[RecordChange]:
    """A contact or member that stood in a call. It has no time of its own, so the call's is its version."""
    if not linked.raw or linked.raw == b"{}":
        return [RecordChange(linked.id, linked.kind, SOURCE, linked.vendor_id, None, {"id": linked.vendor_id})]
    version, given = decode(linked.raw)
    table = _CONTACT if linked.kind == "contact" else _MEMBER
    problems: list[Problem] = []
    body = {key: value for key, value in given.items() if key not in table}
    body.update(facts(given, table, problems, (linked.kind,)))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    moment = parse_instant(version) if version is not None else None
    return [RecordChange(linked.id, linked.kind, SOURCE, linked.vendor_id, moment, body)]


def _take_words(given: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The three enumerations. A word that we do not know is kept as it is, the status beside the field."""
    words = {key: fact(given[key], "text", (key,), problems) for key in ("callType", "status", "type") if key in given}
    if "callType" in words:
        values["kind"] = KINDS.get(words["callType"], words["callType"])
    if "type" in words:
        folded = (words["type"] or "").lower()
        values["direction"] = folded if folded in DIRECTIONS else words["type"]
    if "status" not in words:
        return {}
    values["status"] = status_meant(words["status"]) if words["status"] is not None else None
    return {STATUS_WORD: words["status"]}


def _take_numbers(given: dict[str, Any], values: dict[str, Any], kept: dict[str, Any], problems: list[Problem]) -> None:
    """``callerPhoneNumber`` is our side and ``phoneNumber`` the other party, whoever called."""
    inbound = values.get("direction") == "inbound"
    sides = {"phoneNumber": inbound, "callerPhoneNumber": not inbound}
    for key, is_from in sides.items():
        if key not in given:
            continue
        number = fact(given[key], "object", (key,), problems) or {}
        values["from_number" if is_from else "to_number"] = fact(number.get("value"), "text", (key, "value"), problems)
        more = {name: value for name, value in number.items() if name != "value"}
        if more:
            kept[key] = more


def _take_contact(
    given: dict[str, Any], call_id: str, version: datetime | None, values: dict[str, Any], problems: list[Problem]
) -> list[Linked]:
    if "contact" not in given:
        return []
    contact = fact(given["contact"], "object", ("contact",), problems) or {}
    checked = facts(contact, _CONTACT, problems, ("contact",))
    values["contact_id"] = checked.get("id") or None
    names = any(checked.get(name) for name in ("id", "given_name", "family_name"))
    if not names and checked.get("is_unknown", True) is True and not contact.keys() - _CONTACT.keys():
        # What is shown without a contact is exactly what such an object says.
        values["contact"] = None
        return []
    linked = _linked("contact", values["contact_id"], call_id, version, contact)
    values["contact"] = linked.id
    return [linked]


def _take_caller(
    given: dict[str, Any], call_id: str, version: datetime | None, values: dict[str, Any], problems: list[Problem]
) -> list[Linked]:
    if "caller" not in given:
        return []
    caller = fact(given["caller"], "object", ("caller",), problems) or {}
    checked = facts(caller, _MEMBER, problems, ("caller",))
    if not any(checked.values()) and not caller.keys() - _MEMBER.keys():
        values["caller"] = None
        return []
    linked = _linked("member", values.get("member_id"), call_id, version, caller)
    values["caller"] = linked.id
    return [linked]


def _linked(kind: str, vendor_id: str | None, call_id: str, version: datetime | None, given: Any) -> Linked:
    """The record; without an id of its own it is one that belongs to this call."""
    record = record_uuid(SOURCE, kind, vendor_id or f"call:{call_id}")
    return Linked(record, kind, vendor_id or None, encode([version, given]))
