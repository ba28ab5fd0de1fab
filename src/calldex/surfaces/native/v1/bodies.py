"""What a client may write: a call in our words, a part of one, a decision about one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from calldex.core.calls import Classification, Status
from calldex.core.parameters import Asking, Instant, Whole
from calldex.surfaces.native.v1.words import Direction, Kind, Sentiment

LONGEST_ID: Final = 500
LONGEST_NOTE: Final = 20_000

_LINKED: Final[list[Any]] = [
    {"type": "string", "minLength": 1, "description": "The id of a record."},
    {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "minLength": 1}}},
]


def _seconds(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0):
        raise ValueError("a number of seconds, 0 or more, is expected")
    return value


def _linked(value: object) -> object:
    """An id, or an object that has one."""
    named = value.get("id") if isinstance(value, dict) else value
    if value is not None and not (isinstance(named, str) and 0 < len(named) <= LONGEST_ID):
        raise ValueError("an id, or an object with an id, is expected")
    return value


def _linked_there(value: object) -> object:
    if value is None:
        raise ValueError("an id, or an object with an id, is expected")
    return _linked(value)


def _object(value: object) -> object:
    if value is not None and not isinstance(value, dict):
        raise ValueError("an object is expected")
    return value


def _objects(value: object) -> object:
    if value is not None and not (isinstance(value, list) and all(isinstance(entry, dict) for entry in value)):
        raise ValueError("an array of objects is expected")
    return value


def _tasks(value: object) -> object:
    for task in _objects(value) or ():  # type: ignore[attr-defined]
        if not isinstance(task.get("id", ""), str):
            raise ValueError("the id of a task is text")  # noqa: TRY004 - pydantic reports ValueError only
        if task.get("assignee") is not None:
            _linked(task["assignee"])
    return value


Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
Text = str | None
Word = Annotated[str, Field(max_length=LONGEST_ID)] | None
Flag = Annotated[bool, Strict()] | None
Seconds = Annotated[Any, AfterValidator(_seconds), Field(json_schema_extra={"type": ["number", "null"], "minimum": 0})]
Linked = Annotated[Any, BeforeValidator(_linked), Field(json_schema_extra={"anyOf": [*_LINKED, {"type": "null"}]})]
LinkedThere = Annotated[Any, BeforeValidator(_linked_there), Field(json_schema_extra={"anyOf": _LINKED})]
Object = Annotated[Any, AfterValidator(_object), Field(json_schema_extra={"type": ["object", "null"]})]
Objects = Annotated[
    Any, AfterValidator(_objects), Field(json_schema_extra={"type": ["array", "null"], "items": {"type": "object"}})
]
Moment = Annotated[Instant, Field(json_schema_extra={"type": ["string", "null"], "format": "date-time"})]
Milliseconds = Annotated[Whole, Field(ge=0, le=2**63 - 1)] | None
Tasks = Annotated[
    Any,
    AfterValidator(_tasks),
    Field(
        json_schema_extra={
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "assignee": {"anyOf": [*_LINKED, {"type": "null"}]}},
            },
        }
    ),
]
Tags = list[Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]] | None


class Turn(Asking):
    """One utterance. ``role`` is who spoke, usually ``agent`` or ``user``; times are seconds from the start."""

    role: Annotated[str, Field(max_length=100)]
    content: str
    start: Seconds = None
    end: Seconds = None


class ClassificationEntry(Asking):
    """What a call was about."""

    classification: Classification
    id: Id | None = None
    created_at: Moment = None


class CallBody(Asking):
    """A call. What is not said stays as it is; a null takes away what is there."""

    direction: Direction | None = None
    status: Status | None = None
    kind: Kind | None = None
    from_number: Word = None
    to_number: Word = None
    created_at: Moment = None
    modified_at: Moment = None
    started_at: Moment = None
    ended_at: Moment = None
    deleted_at: Moment = None
    duration_ms: Milliseconds = None
    call_reason: Text = None
    disconnection_reason: Word = None
    in_voicemail: Flag = None
    is_automated: Flag = None
    custom_classifications: list[str] | None = None
    transferred_to: Text = None
    transferred: Flag = None
    sentiment: Sentiment | None = None
    summary: Text = None
    transcript: list[Turn] | None = None
    transcript_text: Text = None
    recording: Annotated[str, Field(max_length=8000)] | None = None
    classifications: list[ClassificationEntry] | None = None
    tasks: Tasks = None
    approver: Linked = None
    caller: Linked = None
    member_id: Word = None
    partner: Linked = None
    invoices: list[LinkedThere] | None = None
    workflow: Linked = None
    workflow_run: Linked = None
    contact: Linked = None
    agent_id: Word = None
    call_agent_id: Word = None
    agent_version_id: Word = None
    conversation_id: Word = None
    channel_id: Word = None
    campaign_id: Word = None
    campaign_contact_id: Word = None
    sequence_id: Word = None
    sequence_run_id: Word = None
    step_id: Word = None
    step_contact_id: Word = None
    provider: Word = None
    platform_call_id: Word = None
    user_leg_id: Word = None
    admin_leg_id: Word = None
    conference_id: Word = None
    phone_number_id: Word = None
    managed_phone_number_id: Word = None
    language: Word = None
    translation_language: Word = None
    translated_text: Text = None
    mode: Word = None
    medium: Word = None
    completion_rating: Word = None
    analysis: Object = None
    placeholders: Object = None
    attachments: Objects = None
    model_id: Word = None
    model_version_id: Word = None
    notes: Text = None
    crm_synced_at: Moment = None
    metadata: Object = None
    tags: Tags = None


class NewCall(CallBody):
    """A call with the id that it shall have; without one it gets a UUID."""

    id: Id | None = None


class CallBatch(Asking):
    """Up to 1,000 calls, each read by itself."""

    calls: Annotated[list[Any], Field(min_length=1, max_length=1000)]


class RecordBatch(Asking):
    """Up to 1,000 linked records, each read by itself."""

    records: Annotated[list[Any], Field(min_length=1, max_length=1000)]


class Decision(Asking):
    """Who approves or rejects; without an approver it is the key."""

    approver: Linked = None


class Turns(Asking):
    """A transcript, or what was said since."""

    turns: Annotated[list[Turn], Field(min_length=1, max_length=100_000)]
    append: Annotated[bool, Strict()] = False


class Classifications(Asking):
    """What a call was about; what it has already stays."""

    classifications: Annotated[list[ClassificationEntry], Field(min_length=1, max_length=100)]


class NewNote(Asking):
    """A note about a call."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE)]
    author: Word = None
