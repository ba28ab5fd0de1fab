"""Delete a call softly: it leaves every list, and what is known of it stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calldex.actions.merging_calls import CallState
from calldex.actions.write_call import Check
from calldex.actions.writing import Intent
from calldex.core.drafts import CallDraft
from calldex.core.errors import NotFound


def delete(call: str, now: datetime, check: Check | None = None) -> Intent:
    """A call that is deleted already stays as it is."""

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        if state.is_empty:
            raise NotFound("There is no such call.")
        if state.values.get("deleted_at") is not None:
            values.clear()
        elif check is not None:
            check(state)

    return Intent(CallDraft(None, {"deleted_at": now}), prepare, call)
