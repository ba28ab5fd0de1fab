"""The words of Skipcall and ours for the same thing.

The statuses are Twilio's words (inferred from the ids in the document's example); three of ours have no twin
there. The kinds are the document's complete list.
"""

from __future__ import annotations

from typing import Final

SOURCE: Final = "skipcall"
STATUS_WORD: Final = "skipcall.status"
"""Where the status is kept exactly as it came, to be shown again for as long as it means what the status is."""

KINDS: Final = {"CALL_SESSION": "session", "DIRECT_CALL": "direct"}
KIND_WORDS: Final = {kind: word for word, kind in KINDS.items()}

STATUS_WORDS: Final = {
    "pending_approval": "queued",
    "queued": "queued",
    "registered": "queued",
    "initiated": "initiated",
    "ringing": "ringing",
    "canceled": "canceled",
    "in_progress": "in-progress",
    "completed": "completed",
    "busy": "busy",
    "no_answer": "no-answer",
    "failed": "failed",
}
STATUSES: Final = {
    "queued": "queued",
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "in_progress",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}


def status_meant(word: str) -> str | None:
    """Our status for a word of Skipcall, None for a word that is not in the table."""
    return STATUSES.get(word.strip().lower())


def statuses_shown_as(word: str) -> tuple[str, ...]:
    """Every status of ours that Skipcall shows as this word."""
    return tuple(status for status, shown in STATUS_WORDS.items() if shown == word)
