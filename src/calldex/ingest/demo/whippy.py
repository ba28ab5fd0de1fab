"""A call as Whippy's search answers it: 24 keys, times with microseconds, upper-case direction."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from calldex.ingest.demo.calls import Call, transcript_lines
from calldex.ingest.demo.chance import between, pick, uuid4
from calldex.ingest.demo.company import HOST, Company
from calldex.ingest.demo.words import encode

_RATINGS = ("Complete", "Complete", "Complete", "Partial", "Incomplete")
_STATUSES = {
    "no_answer": "call_failed.dial_no_answer",
    "busy": "call_failed.dial_busy",
    "canceled": "call_canceled",
}


def render(rng: Random, company: Company, call: Call) -> bytes:
    """The JSON of the call."""
    outbound = call.direction == "outbound"
    manual = not call.automated and rng.random() < 0.15
    conversation = None if manual else call.conversation
    campaign = call.automated and rng.random() < 0.8
    translation = conversation.translation if conversation else None
    call_id = uuid4(rng)
    return encode(
        {
            "id": call_id,
            "delivery_status": _delivery_status(call),
            "direction": call.direction.upper(),
            "type": "call",
            "mode": "manual" if manual else "ai",
            "body": (
                transcript_lines([(turn.role, turn.text) for turn in conversation.turns]) + "\n"
                if conversation
                else None
            ),
            "translated_body": transcript_lines(translation) + "\n" if translation else None,
            "language": call.language if conversation else None,
            "translation_language": "en" if translation else None,
            "from": call.ours if outbound else call.theirs,
            "to": call.theirs if outbound else call.ours,
            "created_at": _microseconds(rng, call.created),
            "updated_at": _microseconds(rng, call.modified or call.created),
            "conversation_id": call.person.conversation_id,
            "contact_id": call.person.whippy_id,
            "channel_id": company.channel_ids[call.country],
            "campaign_id": pick(rng, company.campaign_ids) if campaign else None,
            "campaign_contact_id": uuid4(rng) if campaign else None,
            "sequence_id": pick(rng, company.sequence_ids) if campaign else None,
            "step_contact_id": uuid4(rng) if campaign else None,
            "step_id": uuid4(rng) if campaign else None,
            "user_id": pick(rng, company.users).number if manual else None,
            "metadata": _metadata(rng, call, manual=manual),
            "attachments": (
                [
                    {
                        "content_type": "audio/wav",
                        "url": f"https://recordings.{HOST}/{call.created:%Y/%m/%d}/{call_id}.wav",
                    }
                ]
                if conversation and rng.random() < 0.8
                else []
            ),
        }
    )


def _delivery_status(call: Call) -> str:
    if call.status == "completed":
        return f"call_completed.{call.disconnection_reason}"
    return _STATUSES.get(call.status) or f"call_failed.{call.disconnection_reason}"


def _metadata(rng: Random, call: Call, *, manual: bool) -> dict[str, Any]:
    agent = None if manual else call.agent
    duration = None
    if call.started and call.ended:
        duration = (call.ended - call.started) // timedelta(milliseconds=1) + between(rng, 0, 900)
    analysis = None
    if call.conversation and call.sentiment and agent:
        analysis = {
            "call_summary": call.scenario.summary.format_map(call.slots),
            "user_sentiment": call.sentiment.capitalize(),
            "call_completion_rating": "Incomplete" if call.voicemail else pick(rng, _RATINGS),
            "in_voicemail": call.voicemail,
        }
    return {
        "type": "phone",
        "duration": duration,
        "placeholders_data": {"first_name||there": call.person.first} if call.automated else {},
        "analysis": analysis,
        "agent_id": agent.agent_id if agent else None,
        "agent_version_id": agent.version_id if agent else None,
        "llm_id": agent.llm_id if agent else None,
        "llm_version_id": agent.llm_version_id if agent else None,
    }


def _microseconds(rng: Random, moment: datetime) -> datetime:
    # Never zero, so that the six digits are always printed.
    return moment.replace(microsecond=between(rng, 1, 999_999))
