"""Our own call event.

A JSON object of three members::

    {
        "type": "call.started",
        "timestamp": "2026-03-12T15:04:05Z",
        "data": {"id": "a-17", "direction": "outbound", "from_number": "+12025550143", ...},
    }

``type`` is one of call.created, call.started, call.updated, call.ended, call.analyzed; it decides between events
of the same ``timestamp`` and, where ``data`` says nothing of it, the status. ``data.id`` is the sender's id of the
call; ``data.other_ids`` may list more ids that mean the same call (legs, a conference). Every other member is a
field of a call as the native API names it, and says exactly what the event says: what is absent stays as it is,
null takes away. ``data.extra`` is an object for whatever has no field. A member that is not known is refused.

``transcript`` is a list of ``{"role", "content", "start", "end"}``, seconds from the start of the call;
``transcript_text`` follows from it. ``recording`` is a URL. Linked records (partner, contact, invoices ...) are
not part of an event.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from calldex.core.calls import CLASSIFICATIONS, DIRECTIONS, FIELDS, SENTIMENTS, STATUSES
from calldex.core.errors import Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import FactKind, fact, mistake
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.core.transcripts import text_of_turns
from calldex.ingest.hearing import ANALYZED, ENDED, STARTED, UPDATED, hear, names, nonsense, settle, used

SOURCE: Final = "native"

_EVENTS: Final = {
    "call.created": (STARTED, "queued"),
    "call.started": (STARTED + 1, "in_progress"),
    "call.updated": (UPDATED, None),
    "call.ended": (ENDED, "completed"),
    "call.analyzed": (ANALYZED, None),
}
_WORDS: Final = {"status": STATUSES, "direction": DIRECTIONS, "sentiment": SENTIMENTS, "kind": ("session", "direct")}
_JSON: Final[dict[str, FactKind]] = {
    "custom_classifications": "array",
    "classifications": "array",
    "tasks": "array",
    "display_tasks": "array",
    "attachments": "array",
    "transcript": "array",
    "recording": "text",
    "analysis": "object",
    "placeholders": "object",
    "metadata": "object",
    "tags": "array",
}
_PLAIN: Final[dict[str, FactKind]] = {
    name: kind for name, kind in FIELDS.items() if kind in ("text", "instant", "flag", "whole")
}
_LISTS_OF: Final[tuple[tuple[str, str, type], ...]] = (
    ("tasks", "an object", dict),
    ("display_tasks", "an object", dict),
    ("attachments", "an object", dict),
    ("custom_classifications", "text", str),
    ("tags", "text", str),
)
_MEMBERS: Final = ("type", "timestamp", "data")
_TURN: Final = frozenset({"role", "content", "start", "end"})


def parse(body: bytes, content_type: str | None) -> Heard:
    """What an event says; nonsense that names every mistake when it is not exactly of the documented form."""
    del content_type
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    name = given.get("type")
    if not isinstance(name, str) or name not in _EVENTS:
        alike = did_you_mean(name, _EVENTS) if isinstance(name, str) else ""
        return nonsense(f"type: one of {', '.join(_EVENTS)} is expected.{alike}")
    problems: list[Problem] = []
    _refuse_unknown(given, _MEMBERS, (), problems)
    moment: datetime | None = fact(given.get("timestamp"), "instant", ("timestamp",), problems)
    if given.get("timestamp") is None:
        problems.append(Problem(("call", "timestamp"), "timestamp: the time of the event is missing", "missing"))
    data = given.get("data")
    if not isinstance(data, dict):
        problems.append(mistake(("data",), "an object", data))
        data = {}
    rank, status = _EVENTS[name]
    others = fact(data.get("other_ids"), "array", ("data", "other_ids"), problems) or []
    ids = names(data.get("id"), ("data", "id"), problems, *others)
    values = _values(data, problems)
    extra = fact(data.get("extra"), "object", ("data", "extra"), problems)
    settle(problems)
    if moment is None:
        return nonsense("timestamp: the time of the event is missing", name)
    if status is not None:
        values.setdefault("status", status)
    _take_moment(name, moment, values)
    return used(name, CallEvent(SOURCE, name, ids, moment, rank, values, [], {SOURCE: extra} if extra else {}))


def _take_moment(name: str, moment: datetime, values: dict[str, Any]) -> None:
    """The times that follow from the event itself, where it does not say them."""
    follows = {"call.created": "created_at", "call.started": "started_at", "call.ended": "ended_at"}.get(name)
    if follows is not None:
        values.setdefault(follows, moment)


def _refuse_unknown(given: dict[str, Any], allowed: Any, path: tuple[str, ...], problems: list[Problem]) -> None:
    for key in given:
        if key not in allowed:
            where = ".".join((*path, key[:60]))
            sentence = f"{where}: there is no such member.{did_you_mean(key, allowed)}"
            problems.append(Problem(("call", *path, key[:60]), sentence, "unknown"))


def _values(data: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    _refuse_unknown(data, {"id", "other_ids", "extra", *_PLAIN, *_JSON}, ("data",), problems)
    values: dict[str, Any] = {}
    for name, given in data.items():
        path = ("data", name)
        if name in _PLAIN:
            values[name] = fact(given, _PLAIN[name], path, problems)
            allowed = _WORDS.get(name)
            if allowed is not None and isinstance(given, str) and given not in allowed:
                problems.append(mistake(path, f"one of {', '.join(allowed)} or null", given))
        elif name in _JSON:
            values[name] = encode(fact(given, _JSON[name], path, problems))
    if isinstance(values.get("duration_ms"), int) and values["duration_ms"] < 0:
        problems.append(mistake(("data", "duration_ms"), "milliseconds, 0 or more, or null", values["duration_ms"]))
    _check_lists(data, problems)
    turns = data.get("transcript")
    if isinstance(turns, list) and "transcript_text" not in data:
        values["transcript_text"] = text_of_turns(turns)
    return values


def _check_lists(data: dict[str, Any], problems: list[Problem]) -> None:
    for place, entry in _entries(data, "transcript"):
        if not _is_turn(entry):
            problems.append(mistake(("data", "transcript", place), "an object with role, content, start, end", entry))
    for place, entry in _entries(data, "classifications"):
        word = entry.get("classification") if isinstance(entry, dict) else None
        if not isinstance(word, str) or word not in CLASSIFICATIONS:
            expected = "an object whose classification is one of the published ones"
            problems.append(mistake(("data", "classifications", place), expected, entry))
    for name, expected, kind in _LISTS_OF:
        for place, entry in _entries(data, name):
            if not isinstance(entry, kind):
                problems.append(mistake(("data", name, place), expected, entry))


def _entries(data: dict[str, Any], name: str) -> list[tuple[int, Any]]:
    given = data.get(name)
    return list(enumerate(given)) if isinstance(given, list) else []


def _is_turn(entry: Any) -> bool:
    if not isinstance(entry, dict) or not entry.keys() <= _TURN:
        return False
    times = (entry.get("start"), entry.get("end"))
    timed = all(time is None or (isinstance(time, int | Decimal) and not isinstance(time, bool)) for time in times)
    return timed and isinstance(entry.get("role"), str) and isinstance(entry.get("content"), str)
