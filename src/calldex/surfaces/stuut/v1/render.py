"""A call as Stuut v1 shows it: 31 keys in the order of its documents, linked records spliced in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import Call
from calldex.core.ids import parse_uuid, typed_id
from calldex.core.jsonbytes import decode, encode
from calldex.core.splicing import Form, Splicer
from calldex.core.transcripts import turns_of_text
from calldex.store.calls import Columns
from calldex.surfaces.stuut.shapes import SOURCE, form_of, printed
from calldex.surfaces.stuut.v1.objects import CLASSIFICATION, RECORDS

FORM: Final = "stuut-v1"

COLUMNS: Final = Columns(
    "direction",
    "object_word",
    "to_number",
    "agent_id",
    "approver",
    "approver_id",
    "call_agent_id",
    "call_reason",
    "classifications",
    "tasks",
    "created_at",
    "custom_classifications",
    "disconnection_reason",
    "ended_at",
    "from_number",
    "in_voicemail",
    "invoices",
    "is_automated",
    "modified_at",
    "partner",
    "partner_id",
    "recording",
    "attachments",
    "platform_call_id",
    "sentiment",
    "started_at",
    "status",
    "summary",
    "transcript",
    "transcript_text",
    "transferred_to",
    "workflow",
    "deleted_at",
)

_NULL: Final = msgspec.Raw(b"null")
_NONE_OF_THEM: Final = msgspec.Raw(b"[]")


class CallAnswer(msgspec.Struct):
    """The keys of a call (seed: Stuut v1, both pages)."""

    direction: str | None
    object: str
    to_number: str | None
    id: str
    agent_id: str | None
    approver: msgspec.Raw
    approver_id: str | None
    call_agent_id: str | None
    call_reason: str | None
    classifications: msgspec.Raw
    created_at: datetime | None
    custom_classifications: msgspec.Raw
    disconnection_reason: str | None
    end_time: datetime | None
    from_number: str | None
    in_voicemail: bool | None
    invoices: msgspec.Raw
    is_automated: bool | None
    modified_at: datetime | None
    partner: msgspec.Raw
    partner_id: str | None
    recording_url: msgspec.Raw
    retell_id: str | None
    sentiment: str | None
    start_time: datetime | None
    status: str | None
    summary: str | None
    transcript: msgspec.Raw
    transcript_str: str | None
    transferred_to: str | None
    workflow: msgspec.Raw


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
        found.update((call.approver, call.partner, call.workflow))
        found.update(call.invoices or ())
        if call.tasks is not None:
            found.update(_assignees(call.tasks))
    found.discard(None)
    return found  # type: ignore[return-value]


def _assignees(tasks: bytes) -> Iterable[UUID]:
    for task in decode(tasks) or ():
        assignee = task.get("assignee")
        record = parse_uuid(assignee) if isinstance(assignee, str) else None
        if record is not None:
            yield record


def render_call(call: Call, splicer: Splicer) -> bytes:
    """One call, bare."""
    return encode(
        CallAnswer(
            call.direction,
            call.object_word or "call",
            call.to_number,
            call.vendor_ids.get(SOURCE) or typed_id("call", call.id),
            call.agent_id,
            msgspec.Raw(splicer.record(call.approver)),
            call.approver_id,
            call.call_agent_id,
            call.call_reason,
            _classifications(call, splicer),
            call.created_at,
            _json(call.custom_classifications),
            call.disconnection_reason,
            call.ended_at,
            call.from_number,
            call.in_voicemail,
            _invoices(call, splicer),
            call.is_automated,
            call.modified_at,
            msgspec.Raw(splicer.record(call.partner)),
            call.partner_id,
            _recording(call),
            call.platform_call_id,
            call.sentiment,
            call.started_at,
            call.status,
            call.summary,
            _transcript(call),
            call.transcript_text,
            call.transferred_to,
            msgspec.Raw(splicer.record(call.workflow)),
        )
    )


def _json(raw: bytes | None) -> msgspec.Raw:
    return _NULL if raw is None else msgspec.Raw(raw)


def _invoices(call: Call, splicer: Splicer) -> msgspec.Raw:
    if call.invoices is None:
        return _NULL
    return msgspec.Raw(b"[" + b",".join([splicer.record(invoice) for invoice in call.invoices]) + b"]")


def _recording(call: Call) -> msgspec.Raw:
    if call.recording is not None:
        return msgspec.Raw(call.recording)
    if call.attachments is not None:
        for attachment in decode(call.attachments) or ():
            if isinstance(attachment, dict) and isinstance(attachment.get("url"), str):
                return msgspec.Raw(encode(attachment["url"]))
    return _NULL


def _transcript(call: Call) -> msgspec.Raw:
    if call.transcript is not None:
        return msgspec.Raw(call.transcript)
    if call.transcript_text is not None:
        return msgspec.Raw(encode(turns_of_text(call.transcript_text)))
    return _NULL


def _classifications(call: Call, splicer: Splicer) -> msgspec.Raw:
    """The classifications with their tasks; a task that none of them names hangs off the first."""
    if call.classifications is None or call.classifications == b"[]":
        return _NONE_OF_THEM
    entries = decode(call.classifications)
    if entries is None:
        return _NULL
    tasks = {task["id"]: task for task in decode(call.tasks) or () if "id" in task} if call.tasks else {}
    refs: list[UUID] = []
    for entry in entries:
        named = entry.get("tasks")
        if isinstance(named, list):
            entry["tasks"] = [tasks.pop(task, None) if isinstance(task, str) else task for task in named]
    if tasks and entries:
        first = entries[0]
        first["tasks"] = [*(first.get("tasks") or ()), *tasks.values()]
    for entry in entries:
        if isinstance(entry.get("tasks"), list):
            entry["tasks"] = [task for task in entry["tasks"] if task is not None]
    return msgspec.Raw(splicer.fill(encode([printed(CLASSIFICATION, entry, refs) for entry in entries])))
