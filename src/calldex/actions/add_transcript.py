"""Give a call its transcript, or what was said since."""

from __future__ import annotations

from typing import Any

from calldex.actions.merging_calls import CallState
from calldex.actions.write_call import verb
from calldex.actions.writing import Intent
from calldex.core.jsonbytes import decode, encode
from calldex.core.transcripts import text_of_turns


def add_transcript(call: str, turns: list[dict[str, Any]], *, append: bool) -> Intent:
    """The turns replace the transcript, or stand behind it; its plain text follows them."""

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        raw = state.values.get("transcript")
        there = decode(raw) if append and raw is not None else None
        whole = [*there, *turns] if isinstance(there, list) else turns
        values["transcript"] = encode(whole)
        values["transcript_text"] = text_of_turns(whole)

    return verb({}, call, prepare)
