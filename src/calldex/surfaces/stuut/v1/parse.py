"""A call as Stuut v1 answers it, read into our words."""

from __future__ import annotations

from typing import Final

from calldex.core.calls import CallChange, Linked, RecordChange
from calldex.surfaces.stuut.taking import CallTable, Key, take_call, take_record
from calldex.surfaces.stuut.v1.objects import CLASSIFICATION, RECORDS, TASK

_TABLE: Final = CallTable(
    keys={
        "direction": Key("direction", "text"),
        "object": Key("object_word", "text"),
        "to_number": Key("to_number", "text"),
        "agent_id": Key("agent_id", "text"),
        "approver": Key("approver", "linked", "user"),
        "approver_id": Key("approver_id", "text"),
        "call_agent_id": Key("call_agent_id", "text"),
        "call_reason": Key("call_reason", "text"),
        "classifications": Key("classifications", "classifications"),
        "created_at": Key("created_at", "instant"),
        "custom_classifications": Key("custom_classifications", "texts"),
        "disconnection_reason": Key("disconnection_reason", "text"),
        "end_time": Key("ended_at", "instant"),
        "from_number": Key("from_number", "text"),
        "in_voicemail": Key("in_voicemail", "flag"),
        "invoices": Key("invoices", "linked many", "invoice"),
        "is_automated": Key("is_automated", "flag"),
        "modified_at": Key("modified_at", "instant"),
        "partner": Key("partner", "linked", "partner"),
        "partner_id": Key("partner_id", "text"),
        "recording_url": Key("recording", "anything"),
        "retell_id": Key("platform_call_id", "text"),
        "sentiment": Key("sentiment", "text"),
        "start_time": Key("started_at", "instant"),
        "status": Key("status", "text"),
        "summary": Key("summary", "text"),
        "transcript": Key("transcript", "anything"),
        "transcript_str": Key("transcript_text", "text"),
        "transferred_to": Key("transferred_to", "text"),
        "workflow": Key("workflow", "linked", "workflow"),
    },
    required=("id", "direction", "to_number"),
    records=RECORDS,
    classification=CLASSIFICATION,
    task=TASK,
    marks_of_others={"delivery_status": "Whippy", "callType": "Skipcall"},
)


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one call. Raises InvalidRequest that names every field which is not as documented."""
    return take_call(raw, _TABLE)


def parse_record(linked: Linked) -> list[RecordChange]:
    """A linked record of a call and those nested in it. Raises InvalidRequest as ``parse_call`` does."""
    return take_record(linked, _TABLE)
