"""Which calls were dialled and which were answered: what an answer rate is the share of."""

from __future__ import annotations

from typing import Final

DIALLED: Final = ("completed", "busy", "no_answer", "failed")
"""The statuses of a call that rang, or was to ring, and has ended: what is planned, under way or canceled is none."""

ANSWERED: Final = "completed"


def was_answered(status: str | None, *, voicemail: bool) -> bool:
    """Whether a call reached a person: it was completed, and not with a voicemail."""
    return status == ANSWERED and not voicemail
