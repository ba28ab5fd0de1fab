"""The call: its fields, what a source can say of it, and what is derived from that.

One table, FIELDS, names every fact that a source can give. Its order is part of the stored form (which facts
were given is kept as a bit mask), so a new field goes to the end and no field is ever removed or moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

import msgspec

Kind = Literal["text", "instant", "flag", "whole", "json", "ref", "refs"]

FIELDS: Final[dict[str, Kind]] = {
    "direction": "text",
    "status": "text",
    "kind": "text",
    "from_number": "text",
    "to_number": "text",
    "created_at": "instant",
    "modified_at": "instant",
    "started_at": "instant",
    "ended_at": "instant",
    "deleted_at": "instant",
    "duration_ms": "whole",
    "call_reason": "text",
    "disconnection_reason": "text",
    "in_voicemail": "flag",
    "is_automated": "flag",
    "custom_classifications": "json",
    "transferred_to": "text",
    "transferred": "flag",
    "sentiment": "text",
    "summary": "text",
    "transcript": "json",
    "transcript_text": "text",
    "recording": "json",
    "classifications": "json",
    "tasks": "json",
    "display_tasks": "json",
    "approver": "ref",
    "approver_id": "text",
    "caller": "ref",
    "member_id": "text",
    "partner": "ref",
    "partner_id": "text",
    "invoices": "refs",
    "workflow": "ref",
    "workflow_run": "ref",
    "contact": "ref",
    "contact_id": "text",
    "agent_id": "text",
    "call_agent_id": "text",
    "agent_version_id": "text",
    "conversation_id": "text",
    "channel_id": "text",
    "campaign_id": "text",
    "campaign_contact_id": "text",
    "sequence_id": "text",
    "sequence_run_id": "text",
    "step_id": "text",
    "step_contact_id": "text",
    "user_number": "whole",
    "provider": "text",
    "platform_call_id": "text",
    "user_leg_id": "text",
    "admin_leg_id": "text",
    "conference_id": "text",
    "phone_number_id": "text",
    "managed_phone_number_id": "text",
    "language": "text",
    "translation_language": "text",
    "translated_text": "text",
    "mode": "text",
    "medium": "text",
    "completion_rating": "text",
    "analysis": "json",
    "placeholders": "json",
    "attachments": "json",
    "model_id": "text",
    "model_version_id": "text",
    "notes": "text",
    "crm_synced_at": "instant",
    "organization_ref": "text",
    "object_word": "text",
    "metadata": "json",
    "tags": "json",
    "decided_at": "instant",
}

DERIVED: Final[dict[str, str]] = {
    "occurred_at": "when the call started, else when it was created; every list is ordered by it",
    "from_key": "the calling number as filters compare it",
    "to_key": "the called number as filters compare it",
    "disposition": "state and reason in one dotted word",
    "voicemail": "whether the call reached a voicemail, by flag or by reason",
    "agent": "our UUID of the agent",
    "agent_version": "our UUID of the agent's version",
    "conversation": "our UUID of the conversation",
    "channel": "our UUID of the channel",
    "sequence": "our UUID of the sequence",
    "member": "our UUID of the member who made the call",
    "classification_words": "the words of all classifications, for filters",
    "tag_words": "the tags, for filters",
}
"""Columns that are computed from the fields whenever a call is written."""

POINTERS: Final = ("agent", "agent_version", "conversation", "channel", "sequence", "member")
"""Derived UUIDs of linked records of which calls only know an id: the field is the name with ``_id``."""

Status = Literal[
    "pending_approval",
    "queued",
    "registered",
    "initiated",
    "ringing",
    "canceled",
    "in_progress",
    "completed",
    "busy",
    "no_answer",
    "failed",
]
STATUSES: Final[tuple[str, ...]] = get_args(Status)
"""The eleven statuses of a call (seed: Stuut v1)."""

DIRECTIONS: Final = ("inbound", "outbound")
SENTIMENTS: Final = ("positive", "negative", "neutral", "unknown")
Classification = Literal[
    "payment_inquiry",
    "payment_promise",
    "account_inquiry",
    "invoice_inquiry",
    "refund_request",
    "cancellation_request",
    "support_request",
    "complaint",
    "feedback",
    "wrong_contact",
    "message_forwarding_request",
    "cc_inclusion_request",
    "not_available",
    "contact_inquiry",
    "dispute",
    "resolution",
    "delivery_failure",
    "payment_processing_request",
    "other",
]
CLASSIFICATIONS: Final[tuple[str, ...]] = get_args(Classification)
"""The nineteen classifications (seed: Stuut v2; v1 knows fifteen of them)."""


class Call(msgspec.Struct, kw_only=True):
    """A stored call, or the part of it that was asked for: a column that was not asked for is None.

    Fields of kind ``json`` hold bytes of JSON, spliced into answers as they are; ``b"null"`` is a null that
    the source gave, None is silence. Instants are aware and in UTC. ``invoices`` is None for a given null.
    """

    id: UUID
    occurred_at: datetime
    source: str = ""
    vendor_ids: dict[str, str] = {}
    kept: bytes | None = None
    direction: str | None = None
    status: str | None = None
    kind: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    deleted_at: datetime | None = None
    duration_ms: int | None = None
    call_reason: str | None = None
    disconnection_reason: str | None = None
    in_voicemail: bool | None = None
    is_automated: bool | None = None
    custom_classifications: bytes | None = None
    transferred_to: str | None = None
    transferred: bool | None = None
    sentiment: str | None = None
    summary: str | None = None
    transcript: bytes | None = None
    transcript_text: str | None = None
    recording: bytes | None = None
    classifications: bytes | None = None
    tasks: bytes | None = None
    display_tasks: bytes | None = None
    approver: UUID | None = None
    approver_id: str | None = None
    caller: UUID | None = None
    member_id: str | None = None
    partner: UUID | None = None
    partner_id: str | None = None
    invoices: list[UUID] | None = None
    workflow: UUID | None = None
    workflow_run: UUID | None = None
    contact: UUID | None = None
    contact_id: str | None = None
    agent_id: str | None = None
    call_agent_id: str | None = None
    agent_version_id: str | None = None
    conversation_id: str | None = None
    channel_id: str | None = None
    campaign_id: str | None = None
    campaign_contact_id: str | None = None
    sequence_id: str | None = None
    sequence_run_id: str | None = None
    step_id: str | None = None
    step_contact_id: str | None = None
    user_number: int | None = None
    provider: str | None = None
    platform_call_id: str | None = None
    user_leg_id: str | None = None
    admin_leg_id: str | None = None
    conference_id: str | None = None
    phone_number_id: str | None = None
    managed_phone_number_id: str | None = None
    language: str | None = None
    translation_language: str | None = None
    translated_text: str | None = None
    mode: str | None = None
    medium: str | None = None
    completion_rating: str | None = None
    analysis: bytes | None = None
    placeholders: bytes | None = None
    attachments: bytes | None = None
    model_id: str | None = None
    model_version_id: str | None = None
    notes: str | None = None
    crm_synced_at: datetime | None = None
    organization_ref: str | None = None
    object_word: str | None = None
    metadata: bytes | None = None
    tags: bytes | None = None
    decided_at: datetime | None = None
    disposition: str | None = None
    voicemail: bool | None = None
    agent: UUID | None = None
    agent_version: UUID | None = None
    conversation: UUID | None = None
    channel: UUID | None = None
    sequence: UUID | None = None
    member: UUID | None = None
    revision: int = 0
    has_recording: bool | None = None
    has_transcript: bool | None = None


@dataclass(slots=True)
class RecordChange:
    """What a source says of one linked record, nested ones taken out and replaced by their UUID.

    ``body`` holds exactly the keys that were given, in their order; ``version`` is the source's own time of
    modification, None when it gave none.
    """

    id: UUID
    kind: str
    source: str
    vendor_id: str | None
    version: datetime | None
    body: dict[str, Any]


@dataclass(slots=True)
class Linked:
    """A linked record as it stood inside a call: still bytes, so that a copy seen before costs nothing.

    ``vendor_id`` is None for a record without an id of its own; ``raw`` is ``{}`` when only its id is known.
    """

    id: UUID
    kind: str
    vendor_id: str | None
    raw: bytes


@dataclass(slots=True)
class CallChange:
    """What a source says of one call.

    ``values`` holds exactly the fields that were given (names of FIELDS; kind ``json`` as parsed JSON with
    Decimal for fractions). ``linked`` are the records around it, ``kept`` the keys that we have no field for
    and the words that our own could not give back. A call that was exported brings its ``other_ids`` at other
    sources, and the UUID that it has there as ``call_id``.
    """

    source: str
    vendor_id: str
    version: datetime | None
    values: dict[str, Any]
    linked: list[Linked] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    other_ids: dict[str, str] = field(default_factory=dict)
    call_id: UUID | None = None
