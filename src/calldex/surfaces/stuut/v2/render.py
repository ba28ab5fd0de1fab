"""A call as Stuut v2 shows it: the printed keys in their order, then the inferred ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import Call
from calldex.core.ids import typed_id
from calldex.core.jsonbytes import decode, encode
from calldex.core.splicing import Form, Splicer
from calldex.store.calls import Columns
from calldex.surfaces.stuut.shapes import SOURCE, form_of, printed
from calldex.surfaces.stuut.v2.objects import CLASSIFICATION, RECORDS, TASK

FORM: Final = "stuut-v2"

COLUMNS: Final = Columns(
    "created_at",
    "modified_at",
    "approver",
    "classifications",
    "disconnection_reason",
    "from_number",
    "in_voicemail",
    "invoices",
    "call_reason",
    "started_at",
    "ended_at",
    "partner",
    "provider",
    "platform_call_id",
    "tasks",
    "display_tasks",
    "to_number",
    "workflow",
    "workflow_run",
    "object_word",
    "direction",
    "sentiment",
    "status",
    "deleted_at",
)

_NULL: Final = msgspec.Raw(b"null")
_NONE_OF_THEM: Final = msgspec.Raw(b"[]")
_VOICE_PLATFORM: Final = "retell"


class CallAnswer(msgspec.Struct):
    """The keys of a call (seed: Stuut v2); the last three are inferred."""

    created_at: datetime | None
    modified_at: datetime | None
    id: str
    approver: msgspec.Raw
    classifications: msgspec.Raw
    disconnection_reason: str | None
    from_number: str | None
    in_voicemail: bool | None
    invoices: msgspec.Raw
    call_reason: str | None
    start_time: datetime | None
    end_time: datetime | None
    partner: msgspec.Raw
    provider: str | None
    tasks: msgspec.Raw
    to_number: str | None
    workflow: msgspec.Raw
    workflow_run: msgspec.Raw
    object: str
    display_tasks: msgspec.Raw
    direction: str | None
    sentiment: str | None
    status: str | None


def record_form(kind: str, body: Mapping[str, Any]) -> Form | None:
    """The form of a linked record on this surface; None for a kind it never shows, or of which only an id is
    known.
    """
    shape = RECORDS.get(kind)
    return form_of(shape, body) if shape is not None and body else None


def roots(calls: Iterable[Call]) -> set[UUID]:
    """The linked records that the calls name themselves."""
    found: set[UUID | None] = set()
    for call in calls:
        found.update((call.approver, call.partner, call.workflow, call.workflow_run))
        found.update(call.invoices or ())
    found.discard(None)
    return found  # type: ignore[return-value]


def render_call(call: Call, splicer: Splicer) -> bytes:
    """One call, bare."""
    tasks = decode(call.tasks) if call.tasks is not None else []
    return encode(
        CallAnswer(
            call.created_at,
            call.modified_at,
            call.vendor_ids.get(SOURCE) or typed_id("call", call.id),
            msgspec.Raw(splicer.record(call.approver)),
            _classifications(call.classifications),
            call.disconnection_reason,
            call.from_number,
            call.in_voicemail,
            _invoices(call, splicer),
            call.call_reason,
            call.started_at,
            call.ended_at,
            msgspec.Raw(splicer.record(call.partner)),
            call.provider or (_VOICE_PLATFORM if call.platform_call_id else None),
            _tasks(tasks),
            call.to_number,
            msgspec.Raw(splicer.record(call.workflow)),
            msgspec.Raw(splicer.record(call.workflow_run)),
            call.object_word or "call",
            _display_tasks(call, tasks),
            call.direction,
            call.sentiment,
            call.status,
        )
    )


def _invoices(call: Call, splicer: Splicer) -> msgspec.Raw:
    if call.invoices is None:
        return _NULL
    return msgspec.Raw(b"[" + b",".join([splicer.record(invoice) for invoice in call.invoices]) + b"]")


def _classifications(raw: bytes | None) -> msgspec.Raw:
    if raw is None:
        return _NONE_OF_THEM
    entries = decode(raw)
    return _NULL if entries is None else msgspec.Raw(encode([printed(CLASSIFICATION, entry, []) for entry in entries]))


def _tasks(tasks: Any) -> msgspec.Raw:
    if not tasks:
        return _NULL if tasks is None else _NONE_OF_THEM
    return msgspec.Raw(encode([printed(TASK, task, []) for task in tasks]))


def _display_tasks(call: Call, tasks: Any) -> msgspec.Raw:
    """What the source gave, else the open ones of all tasks (inferred)."""
    if call.display_tasks is not None:
        return _tasks(decode(call.display_tasks))
    return _tasks([task for task in tasks or () if task.get("status") == "open"])
