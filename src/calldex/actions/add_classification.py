"""Say what a call was about."""

from __future__ import annotations

from typing import Any

from calldex.actions.merging_calls import CallState
from calldex.actions.write_call import verb
from calldex.actions.writing import Intent
from calldex.core.jsonbytes import encode, entries_of


def add_classifications(call: str, entries: list[dict[str, Any]]) -> Intent:
    """Each entry holds at least ``classification``; a word that the call has already is not repeated."""

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        there = entries_of(state.values.get("classifications"))
        words = {entry.get("classification") for entry in there}
        more = []
        for entry in entries:
            if entry["classification"] not in words:
                words.add(entry["classification"])
                more.append(entry)
        if more:
            values["classifications"] = encode([*there, *more])

    return verb({}, call, prepare)
