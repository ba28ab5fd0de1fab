"""The disposition: how a call stands or ended, as one dotted word, ``call_completed.agent_hangup``.

The part before the dot is the state, the part after it the reason (documented: docs.whippy.ai/docs/calls; the
table from the eleven statuses is inferred).
"""

from __future__ import annotations

from typing import Final

_OUT: Final = {
    "pending_approval": "pending",
    "queued": "queued",
    "registered": "queued",
    "initiated": "call_in_progress",
    "ringing": "call_in_progress",
    "in_progress": "call_in_progress",
    "canceled": "call_canceled",
    "busy": "call_failed.dial_busy",
    "no_answer": "call_failed.dial_no_answer",
}
_WITH_REASON: Final = {"completed": "call_completed", "failed": "call_failed"}
_IN: Final = {
    "pending": "queued",
    "queued": "queued",
    "call_in_progress": "in_progress",
    "call_canceled": "canceled",
    "call_failed.dial_busy": "busy",
    "call_failed.dial_no_answer": "no_answer",
}


def disposition_of(status: str | None, reason: str | None) -> str | None:
    """The dotted word of a status and its reason; a status outside the eleven is its own word."""
    if status is None:
        return None
    state = _WITH_REASON.get(status)
    if state is not None:
        return f"{state}.{reason}" if reason else state
    return _OUT.get(status, status)


def status_of(disposition: str) -> tuple[str | None, str | None]:
    """The status and the reason that a dotted word stands for; a status of None means the word is unknown."""
    state, _, reason = disposition.partition(".")
    known = _IN.get(disposition)
    if known is not None:
        return known, reason or None
    if state == "call_completed":
        return "completed", reason or None
    if state == "call_failed":
        return "failed", reason or None
    return None, None
