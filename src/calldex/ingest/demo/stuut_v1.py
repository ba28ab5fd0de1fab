"""A call as the first version of Stuut's API answers it: 31 keys and everything below them."""

from datetime import timedelta
from random import Random
from typing import Any

from calldex.ingest.demo.calls import Call, transcript_lines
from calldex.ingest.demo.chance import between, hexes, pick, typed_id
from calldex.ingest.demo.company import HOST, Company
from calldex.ingest.demo.words import confidence, encode

_UNDIALLED = frozenset({"pending_approval", "queued", "canceled"})


def render(rng: Random, company: Company, call: Call) -> bytes:
    """The JSON of the call."""
    outbound = call.direction == "outbound"
    dialled = call.status not in _UNDIALLED
    call_id = typed_id(rng, "call", call.created)
    scenario = call.scenario
    conversation = call.conversation
    ours = call.ours if dialled else None
    return encode(
        {
            "direction": call.direction,
            "object": "call",
            "to_number": call.theirs if outbound else call.ours,
            "id": call_id,
            "agent_id": call.agent.retell_id if dialled else None,
            "approver": call.approver.v1 if call.approver else None,
            "approver_id": call.approver.id if call.approver else None,
            "call_agent_id": call.agent.call_agent_id,
            "call_reason": _filled(scenario.call_reason, call),
            "classifications": _classifications(rng, company, call, call_id),
            "created_at": call.created,
            "custom_classifications": scenario.labels if conversation else None,
            "disconnection_reason": call.disconnection_reason,
            "end_time": call.ended,
            "from_number": ours if outbound else call.theirs,
            "in_voicemail": call.voicemail,
            "invoices": [invoice.v1 for invoice in call.invoices],
            "is_automated": call.automated,
            "modified_at": call.modified,
            "partner": call.partner.at_call if call.partner else None,
            "partner_id": call.partner.id if call.partner else None,
            "recording_url": (
                f"https://recordings.{HOST}/{call.created:%Y/%m/%d}/{call_id}.wav" if conversation else None
            ),
            "retell_id": f"call_{hexes(rng, 27)}" if dialled else None,
            "sentiment": call.sentiment,
            "start_time": call.started,
            "status": call.status,
            "summary": scenario.summary.format_map(call.slots) if conversation else None,
            "transcript": _transcript(rng, call),
            "transcript_str": (
                transcript_lines([(turn.role, turn.text) for turn in conversation.turns]) if conversation else None
            ),
            "transferred_to": call.transferred_to,
            "workflow": call.workflow.v1 if call.workflow else None,
        }
    )


def _filled(text: str | None, call: Call) -> str | None:
    return text.format_map(call.slots) if text and call.direction == "outbound" else None


def _transcript(rng: Random, call: Call) -> list[dict[str, Any]] | None:
    if call.conversation is None:
        return None
    # A few of the older calls come with the time of every word too, as a long record does.
    words = rng.random() < 0.13 or call.timed
    transcript: list[dict[str, Any]] = []
    for turn in call.conversation.turns:
        entry: dict[str, Any] = {"role": turn.role, "content": turn.text}
        if words:
            entry["words"] = _words(turn.text, turn.start, turn.end)
        transcript.append(entry)
    return transcript


def _words(text: str, start: int, end: int) -> list[dict[str, Any]]:
    """Each word with seconds from the start of the call, long words longer than short ones."""
    words = text.split(" ")
    step = (end - start) / sum(len(word) + 2 for word in words)
    timed = []
    clock = float(start)
    for word in words:
        length = step * (len(word) + 2)
        timed.append(
            {
                "word": word,
                "start": int(clock) / 100,
                "end": int(clock + length - 2) / 100,
            }
        )
        clock += length
    return timed


def _classifications(rng: Random, company: Company, call: Call, call_id: str) -> list[dict[str, Any]]:
    if call.conversation is None or call.modified is None:
        return []
    scenario = call.scenario
    made = call.modified
    return [
        {
            "agent_reply_reason": scenario.reply_reason,
            "classification": name,
            "is_action_required": scenario.action,
            "is_reply_required": scenario.reply,
            "object": "classification",
            "reason": scenario.reason,
            "action_recommendation": scenario.recommendation.format_map(call.slots),
            "agent_confidence_reason": "It was said in so many words.",
            "agent_confidence_score": confidence(rng),
            "agent_error_code": None,
            "agent_uncertainties": [],
            "created_at": made,
            "language": call.language,
            "modified_at": made,
            # The task belongs to what the call was mainly about.
            "tasks": ([_task(rng, company, call, call_id, scenario.task)] if scenario.task and position == 0 else []),
        }
        for position, name in enumerate(scenario.classifications)
    ]


def _task(rng: Random, company: Company, call: Call, call_id: str, texts: tuple[str, str]) -> dict[str, Any]:
    made = call.modified or call.created
    closed = rng.random() < 0.4
    task_id = typed_id(rng, "task", made)
    event_id = typed_id(rng, "evt", made)
    assignee = call.colleague if rng.random() < 0.7 else pick(rng, company.users)
    description = texts[1].format_map(call.slots)
    data = {
        "object": "task_data",
        "source": "email",
        "task_id": task_id,
        "type": "response",
        "id": typed_id(rng, "tdat", made),
        "created_at": made,
        "data": {"text": description},
        "modified_at": made,
    }
    return {
        "label": texts[0].format_map(call.slots),
        "object": "task",
        "organization_id": company.organization_id,
        "type": "activity_summary_outreach",
        "id": task_id,
        "action_taken": "complete" if closed else None,
        "assignee": assignee.v1,
        "assignee_id": assignee.id,
        "close_reason": "Done." if closed else None,
        "completed_action": {"kind": "note"} if closed else None,
        "created_at": made,
        "data": [data] if rng.random() < 0.5 else [],
        "description": description,
        "error_reason": None,
        "modified_at": made + timedelta(seconds=between(rng, 0, 60)) if closed else made,
        "status": "closed" if closed else "open",
        "trigger_event": {
            "name": "call.analyzed",
            "object": "event",
            "id": event_id,
            "actor_id": None,
            "created_at": made,
            "data": {"call_id": call_id},
            "entity": "call",
            "entity_id": call_id,
            "message": "The call was analyzed.",
            "modified_at": made,
            "timestamp": made,
        },
        "trigger_event_id": event_id,
    }
