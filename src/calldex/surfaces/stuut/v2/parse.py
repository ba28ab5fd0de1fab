"""A call as Stuut v2 answers it, read into our words."""

from __future__ import annotations

from typing import Final

from calldex.core.calls import CallChange, Linked, RecordChange
from calldex.surfaces.stuut.taking import CallTable, Key, take_call, take_record
from calldex.surfaces.stuut.v2.objects import CLASSIFICATION, RECORDS, TASK

_TABLE: Final = CallTable(
    keys={
        "created_at": Key("created_at", "instant"),
        "modified_at": Key("modified_at", "instant"),
        "approver": Key("approver", "linked", "user"),
        "classifications": Key("classifications", "classifications"),
        "disconnection_reason": Key("disconnection_reason", "text"),
        "from_number": Key("from_number", "text"),
        "in_voicemail": Key("in_voicemail", "flag"),
        "invoices": Key("invoices", "linked many", "invoice"),
        "call_reason": Key("call_reason", "text"),
        "start_time": Key("started_at", "instant"),
        "end_time": Key("ended_at", "instant"),
        "partner": Key("partner", "linked", "partner"),
        "provider": Key("provider", "text"),
        "tasks": Key("tasks", "tasks"),
        "to_number": Key("to_number", "text"),
        "workflow": Key("workflow", "linked", "workflow"),
        "workflow_run": Key("workflow_run", "linked", "workflow_run"),
        "object": Key("object_word", "text"),
        "display_tasks": Key("display_tasks", "tasks"),
        # Not printed in the document, but filtered by, so a real answer may hold them (inferred).
        "direction": Key("direction", "text"),
        "sentiment": Key("sentiment", "text"),
        "status": Key("status", "text"),
    },
    required=("id",),
    records=RECORDS,
    classification=CLASSIFICATION,
    task=TASK,
)


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one call. Raises InvalidRequest that names every field which is not as documented."""
    return take_call(raw, _TABLE)


def parse_record(linked: Linked) -> list[RecordChange]:
    """A linked record of a call and those nested in it. Raises InvalidRequest as ``parse_call`` does."""
    return take_record(linked, RECORDS)
