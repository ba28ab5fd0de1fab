"""A call as Stuut v2 answers it, read into our words."""

from __future__ import annotations

from typing import Final

from calldex.core.calls import CallChange, Linked, RecordChange
from calldex.surfaces.stuut.taking import CallTable, Key, take_call, take_record
from calldex.surfaces.stuut.v2.objects import CLASSIFICATION, RECORDS, TASK

READ_BY_V1: Final = frozenset(
    {
        "account",
        "address",
        "addresses",
        "ap_portals",
        "assignee",
        "attachments",
        "author",
        "billing_address",
        "calls",
        "connection_steps",
        "contacts",
        "dashboard_settings",
        "data",
        "email_sender",
        "emails",
        "health",
        "integration",
        "invoices",
        "last_sync",
        "line_items",
        "linked_integration",
        "models",
        "partner",
        "payment",
        "payments",
        "remote_links",
        "run",
        "settings",
        "shipping_address",
        "tag",
        "tags",
        "tasks",
        "trigger_event",
    }
)
"""Keys of objects and arrays in v1. Should v2 ever send one of another make, v1 must not trip over it."""

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
    reserved=READ_BY_V1,
    marks_of_others={"delivery_status": "Whippy", "callType": "Skipcall", "call_agent_id": "Stuut v1"},
)


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one call. Raises InvalidRequest that names every field which is not as documented."""
    return take_call(raw, _TABLE)


def parse_record(linked: Linked) -> list[RecordChange]:
    """A linked record of a call and those nested in it. Raises InvalidRequest as ``parse_call`` does."""
    return take_record(linked, _TABLE)
