"""Approve or reject a call that waits for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calldex.actions.merging_calls import CallState
from calldex.actions.write_call import status_of, verb
from calldex.actions.writing import Intent
from calldex.core.drafts import RecordDraft
from calldex.core.life import APPROVED, REJECTED, WAITING, NotWaiting, check_move


def approve(call: str, approver: RecordDraft | None, key: str, now: datetime) -> Intent:
    """The call is queued. Without an approver, the key that was used is named."""
    return _decide(call, APPROVED, approver, key, now)


def reject(call: str, approver: RecordDraft | None, key: str, now: datetime) -> Intent:
    """The call is canceled."""
    return _decide(call, REJECTED, approver, key, now)


def _decide(call: str, status: str, approver: RecordDraft | None, key: str, now: datetime) -> Intent:
    values: dict[str, Any] = {
        "status": status,
        "approver": approver,
        "approver_id": approver.id if approver is not None else key,
        "decided_at": now,
    }

    def prepare(state: CallState, _values: dict[str, Any]) -> None:
        there = status_of(state) or ""
        check_move(there, status)
        if there != WAITING:
            # A queued call can be canceled, but by nobody who thinks that it still waits for a decision.
            raise NotWaiting(there)

    return verb(values, call, prepare)
