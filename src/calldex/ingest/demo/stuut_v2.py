"""A call as the second version of Stuut's API answers it: 20 keys and the enum fields.

The enum fields (direction, sentiment, status, and the classification of a classification) stand
after the keys that the documentation prints.
"""

from datetime import timedelta
from random import Random
from typing import Any

from calldex.ingest.demo.calls import Call
from calldex.ingest.demo.chance import between, pick, typed_id
from calldex.ingest.demo.company import Company
from calldex.ingest.demo.words import encode


def render(rng: Random, company: Company, call: Call) -> bytes:
    """The JSON of the call."""
    outbound = call.direction == "outbound"
    tasks = _tasks(rng, company, call)
    # Tasks that are done are no longer displayed.
    displayed = tasks if rng.random() < 0.6 else []
    reason = call.scenario.call_reason
    return encode(
        {
            "created_at": call.created,
            "modified_at": call.modified,
            "id": typed_id(rng, "call", call.created),
            "approver": call.approver.v2 if call.approver else None,
            "classifications": _classifications(rng, call),
            "disconnection_reason": call.disconnection_reason,
            "from_number": call.ours if outbound else call.theirs,
            "in_voicemail": call.voicemail,
            "invoices": [invoice.v2 for invoice in call.invoices],
            "call_reason": reason.format_map(call.slots) if reason and outbound else None,
            "start_time": call.started,
            "end_time": call.ended,
            "partner": call.partner.short if call.partner else None,
            "provider": "retell",
            "tasks": tasks,
            "to_number": call.theirs if outbound else call.ours,
            "workflow": call.workflow.v2 if call.workflow else None,
            "workflow_run": _workflow_run(rng, call),
            "object": "call",
            "display_tasks": displayed,
            "direction": call.direction,
            "sentiment": call.sentiment,
            "status": call.status,
        }
    )


def _classifications(rng: Random, call: Call) -> list[dict[str, Any]]:
    if call.conversation is None or call.modified is None:
        return []
    return [
        {
            "created_at": call.modified,
            "modified_at": call.modified,
            "id": typed_id(rng, "cls", call.modified),
            "object": "classification",
            "classification": name,
        }
        for name in call.scenario.classifications_v2
    ]


def _tasks(rng: Random, company: Company, call: Call) -> list[dict[str, Any]]:
    texts = call.scenario.task
    if texts is None or call.conversation is None or call.modified is None:
        return []
    assignee = call.colleague if rng.random() < 0.7 else pick(rng, company.users)
    return [
        {
            "created_at": call.modified,
            "modified_at": call.modified,
            "id": typed_id(rng, "task", call.modified),
            "label": texts[0].format_map(call.slots),
            "description": texts[1].format_map(call.slots),
            "assignee_id": assignee.id,
            "object": "task",
        }
    ]


def _workflow_run(rng: Random, call: Call) -> dict[str, Any] | None:
    if call.workflow is None:
        return None
    planned = call.created - timedelta(minutes=between(rng, 30, 600))
    return {
        "created_at": planned,
        "modified_at": call.modified,
        "id": typed_id(rng, "wfr", planned),
        "scheduled_for": call.created,
        "object": "workflow_run",
    }
