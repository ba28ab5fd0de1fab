"""Turns and their plain text: one line a turn, ``Agent: `` or ``User: `` before what was said."""

from __future__ import annotations

from typing import Any

_SPEAKER = {"agent": "Agent", "assistant": "Agent", "bot": "Agent", "user": "User", "customer": "User", "human": "User"}
_ROLE = {"Agent": "agent", "User": "user"}


def text_of_turns(turns: Any) -> str | None:
    """The plain text of turns given as objects with ``role`` and ``content``; None when they are not that."""
    if not isinstance(turns, list):
        return None
    lines = []
    for turn in turns:
        if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
            return None
        role = str(turn.get("role", ""))
        lines.append(f"{_SPEAKER.get(role.casefold(), role.capitalize() or 'User')}: {turn['content']}")
    return "\n".join(lines)


def turns_of_text(text: str) -> list[dict[str, Any]]:
    """The turns that a plain text holds; times are null because the text does not say them.

    A line without a speaker goes on with what the speaker before it said.
    """
    turns: list[dict[str, Any]] = []
    for line in text.split("\n"):
        speaker, colon, said = line.partition(": ")
        if colon and speaker in _ROLE:
            turns.append({"role": _ROLE[speaker], "content": said, "start": None, "end": None})
        elif turns:
            if line:
                turns[-1]["content"] += f"\n{line}"
        elif line:
            turns.append({"role": "user", "content": line, "start": None, "end": None})
    return turns
