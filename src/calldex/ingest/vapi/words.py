"""The words of Vapi and ours for the same thing."""

from __future__ import annotations

from typing import Final

DIRECTIONS: Final = {"inboundPhoneCall": "inbound", "outboundPhoneCall": "outbound"}

STATUSES: Final[dict[str, str | None]] = {
    "scheduled": "queued",
    "queued": "queued",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "forwarding": "in_progress",
    "ended": "completed",
    "not-found": None,
    "deletion-failed": None,
}
"""None: what Vapi says of its own record of the call, and not of the call."""

ENDED_BY: Final = {
    "customer-busy": "busy",
    "customer-did-not-answer": "no_answer",
    "manually-canceled": "canceled",
    "scheduled-call-deleted": "canceled",
}
"""How a call stands that ended for one of these reasons; most others mean that it took place."""

REASONS: Final = {
    "customer-ended-call": "user_hangup",
    "assistant-ended-call": "agent_hangup",
    "assistant-said-end-call-phrase": "agent_hangup",
    "assistant-ended-call-with-hangup-task": "agent_hangup",
    "assistant-ended-call-after-message-spoken": "agent_hangup",
    "assistant-forwarded-call": "call_transfer",
    "customer-busy": "dial_busy",
    "customer-did-not-answer": "dial_no_answer",
    "voicemail": "voicemail_reached",
    "silence-timed-out": "inactivity",
    "exceeded-max-duration": "max_duration_reached",
    "manually-canceled": "manual_stopped",
    "twilio-failed-to-connect-call": "dial_failed",
    "vonage-failed-to-connect-call": "dial_failed",
}
"""Reasons that have a word among ours; every other stays as it came."""

OTHER_MESSAGES: Final = frozenset(
    {
        "assistant-request",
        "assistant.speechStarted",
        "assistant.started",
        "call.artifact.upload",
        "call.delete.failed",
        "call.deleted",
        "call.endpointing.request",
        "campaign.predial",
        "chat.created",
        "chat.deleted",
        "conversation-update",
        "function-call",
        "handoff-destination-request",
        "hang",
        "knowledge-base-request",
        "language-change-detected",
        "language-changed",
        "model-output",
        "phone-call-control",
        "session.created",
        "session.deleted",
        "session.updated",
        "speech-update",
        "tool-calls",
        "transcript",
        "transfer-destination-request",
        "transfer-update",
        "user-interrupted",
        "voice-input",
        "voice-request",
    }
)
