"""A call as a vCon: parties, dialog, analysis and attachments for every reader of the draft, and all that a vCon
has no word for in our extension, so that a call that is imported again is the same call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import FIELDS, Call
from calldex.core.ids import parse_uuid
from calldex.core.jsonbytes import decode, encode
from calldex.store.calls import Columns
from calldex.store.records import StoredRecord
from calldex.surfaces.native.v1.vcon_words import DISPOSITIONS, EXTENSION, MEDIA_TYPE, SOURCE

__all__ = ["COLUMNS", "MEDIA_TYPE", "render_vcon", "roots"]

COLUMNS: Final = Columns("kept", *FIELDS)
"""What ``render_vcon`` needs of a call."""

_SAID_AS_NULL: Final = ("direction", "status", "invoices")
"""Fields that are guessed when nothing was said of them, so that a null must be said."""

_WITH_RECORDS_INSIDE: Final = ("classifications", "tasks", "display_tasks")
"""Facts that are JSON and can name records by their UUID. What else has that form names nothing and does no harm."""

_UUID: Final = re.compile(rb'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')
_PLAIN: Final = "text/plain"


def roots(calls: Iterable[Call]) -> set[UUID]:
    """The linked records that the calls name themselves; those that they lead to belong into a vCon, too."""
    found: set[UUID] = set()
    for call in calls:
        for name, kind in FIELDS.items():
            value = getattr(call, name)
            if value is not None and kind == "ref":
                found.add(value)
            elif value is not None and kind == "refs":
                found.update(value)
        for name in _WITH_RECORDS_INSIDE:
            found.update(UUID(text.decode()) for text in _UUID.findall(getattr(call, name) or b""))
    return found


def render_vcon(call: Call, records: Sequence[StoredRecord]) -> bytes:
    """The vCon of a call that was read with COLUMNS. ``records`` are all that can be reached from its ``roots``.

    A call that came as a vCon shows the parts of that vCon as they came.
    """
    kept: dict[str, Any] = decode(call.kept) if call.kept is not None else {}
    came: dict[str, Any] = kept.pop(SOURCE, {})
    own_id = call.vendor_ids.get(SOURCE, "")
    parties, dialog = _parties(call, records), _dialog(call)
    analysis = came.get("analysis", [])
    document: dict[str, Any] = {
        "uuid": own_id if parse_uuid(own_id) else str(call.id),
        "extensions": [*came.get("extensions", ()), EXTENSION],
        "created_at": call.created_at or call.occurred_at,
        "updated_at": call.modified_at,
        "subject": call.call_reason,
        "parties": parties,
        "dialog": dialog,
        "analysis": [*analysis, *_analysis(call, [entry.get("type") for entry in analysis], dialog=bool(dialog))],
        "attachments": _attachments(call),
    }
    document.update((name, value) for name, value in came.items() if name not in ("extensions", "analysis", "subject"))
    document[EXTENSION] = {
        "call_id": str(call.id),
        "source": call.source,
        "vendor_ids": call.vendor_ids,
        "call": _facts(call),
        "kept": kept,
        "records": [_record(record) for record in records],
        "as_given": list(came),
    }
    return encode({name: value for name, value in document.items() if value is not None or name in came})


def _facts(call: Call) -> dict[str, Any]:
    """Every fact that is known, in our words; JSON is spliced as it is kept."""
    facts: dict[str, Any] = {}
    for name, kind in FIELDS.items():
        value = getattr(call, name)
        if value is None and name not in _SAID_AS_NULL:
            continue
        facts[name] = msgspec.Raw(value) if kind == "json" and isinstance(value, bytes) else value
    return facts


def _record(record: StoredRecord) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "kind": record.kind,
        "source": record.source,
        "vendor_id": record.vendor_id,
        "version": record.version,
        "body": msgspec.Raw(record.body),
    }


def _parties(call: Call, records: Sequence[StoredRecord]) -> list[dict[str, Any]]:
    """Who called, who was called, and where the call was transferred to."""
    bodies = {record.id: record for record in records}
    ours = 1 if call.direction == "inbound" else 0
    parties = [_address(call.from_number), _address(call.to_number)]
    names = [_name(bodies, call.contact, call.partner), _name(bodies, call.caller)]
    for place, name in ((1 - ours, names[0]), (ours, names[1])):
        if name:
            parties[place]["name"] = name
    if call.is_automated or call.agent_id or call.call_agent_id:
        parties[ours]["type"] = "bot"
    if call.transferred_to:
        parties.append(_address(call.transferred_to))
    return parties


def _address(number: str | None) -> dict[str, Any]:
    if not number:
        return {}
    lowered = number.lower()
    if lowered.startswith(("sip:", "sips:")):
        return {"sip": number.partition(":")[2]}
    return {"sip" if "@" in number else "tel": number}


def _name(bodies: Mapping[UUID, StoredRecord], *named: UUID | None) -> str | None:
    for record in named:
        if record is None or record not in bodies:
            continue
        body = decode(bodies[record].body)
        parts = [body.get("given_name"), body.get("family_name")]
        name = " ".join(part for part in parts if isinstance(part, str) and part) or body.get("name")
        if isinstance(name, str) and name:
            return name
    return None


def _dialog(call: Call) -> list[dict[str, Any]]:
    """The call itself, once there is something of it, and its transfer."""
    start: datetime | None = call.started_at
    disposition = DISPOSITIONS.get(call.status or "")
    url = decode(call.recording) if call.recording is not None else None
    if disposition is not None and not url and call.transcript is None and call.transcript_text is None:
        when = start or call.created_at or call.occurred_at
        return [{"type": "incomplete", "start": when, "parties": [0, 1], "disposition": disposition}]
    if start is None and not url:
        return []
    whole: dict[str, Any] = {"type": "recording", "start": start or call.occurred_at, "parties": [0, 1]}
    if call.duration_ms is not None:
        whole["duration"] = Decimal(call.duration_ms) / 1000
    if isinstance(url, str) and url:
        whole["url"] = url
    if not call.transferred_to:
        return [whole]
    ours = 1 if call.direction == "inbound" else 0
    transfer = {"type": "transfer", "start": call.ended_at or start or call.occurred_at, "original": 0}
    return [whole, {**transfer, "transferor": ours, "transferee": 1 - ours, "transfer_target": 2, "target_dialog": -1}]


def _analysis(call: Call, there: list[Any], *, dialog: bool) -> list[dict[str, Any]]:
    """What was found out about the call, but for what the vCon that it came as says already."""
    transcript = None if call.transcript in (None, b"null") else msgspec.Raw(call.transcript or b"")
    found = [
        ("summary", call.summary, None),
        ("transcript", transcript if transcript is not None else call.transcript_text, None),
        ("translation", call.translated_text, call.translation_language),
        ("sentiment", call.sentiment, None),
    ]
    entries = []
    for kind, body, language in found:
        if not body or kind in there:
            continue
        as_json = isinstance(body, msgspec.Raw)
        entry = {"type": kind, "vendor": EXTENSION, "mediatype": "application/json" if as_json else _PLAIN}
        whole = {**entry, "encoding": "json" if as_json else "none", "body": body}
        entries.append({**whole, **({"dialog": 0} if dialog else {}), **({"language": language} if language else {})})
    return entries


def _attachments(call: Call) -> list[dict[str, Any]]:
    given = decode(call.attachments) if call.attachments is not None else []
    start = call.started_at or call.occurred_at
    return [
        {"start": start, "party": 0, "dialog": 0, "purpose": EXTENSION, "mediatype": entry.get("content_type"),
         "url": entry["url"]}
        for entry in given or ()
        if isinstance(entry, dict) and isinstance(entry.get("url"), str)
    ]  # fmt: skip
