"""What follows from what was given: decided when a call is written, never again when it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import POINTERS
from calldex.core.dispositions import disposition_of, status_of
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.ids import record_uuid
from calldex.core.merging import Stamp
from calldex.core.phones import phone_key
from calldex.core.times import milliseconds_between

_REACHED_VOICEMAIL = "voicemail_reached"


LONGEST_WORD: Final = 500
"""Text that filters look up is kept in indexes, which cannot hold more; in characters."""

_LOOKED_UP: Final = (
    "direction",
    "status",
    "kind",
    "from_number",
    "to_number",
    "sentiment",
    "disconnection_reason",
    "mode",
    "language",
    "completion_rating",
)


_ENDS: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def check_lengths(vendor_id: str, values: dict[str, Any]) -> None:
    """Raises InvalidRequest when text that filters look up is longer than LONGEST_WORD."""
    looked_up = [("id", vendor_id), *((name, values.get(name)) for name in _LOOKED_UP)]
    looked_up += [("classifications", word) for word in _words(values.get("classifications"))]
    looked_up += [("tags", word) for word in _tags(values.get("tags"))]
    problems = [
        Problem(
            ("call", name),
            f"{name}: at most {LONGEST_WORD} characters are allowed, and {len(text)} were given",
            "too_long",
        )
        for name, text in looked_up
        if isinstance(text, str) and len(text) > LONGEST_WORD
    ]
    if problems:
        raise InvalidRequest(problems=tuple(problems))


def occurred_at(values: dict[str, Any]) -> datetime:
    """When the call started, else when it was created.

    Raises InvalidRequest when neither is known: such a call has no place in any list. Nor has one at the first or the
    last moment that there is, which stand for times without an end.
    """
    moment = values.get("started_at") or values.get("created_at")
    if moment is None:
        sentence = "a call needs the time it was created or started at, and this one has neither"
        raise InvalidRequest(problems=(Problem(("call", "created_at"), sentence, "missing"),))
    if moment in _ENDS:
        sentence = f"a call started or was created at a time that can be, which {moment.isoformat()} is not"
        raise InvalidRequest(problems=(Problem(("call", "created_at"), sentence, "out_of_range"),))
    return moment  # type: ignore[no-any-return]


def _guessed_status(values: dict[str, Any]) -> str:
    if values.get("ended_at") is not None:
        return "completed"
    return "in_progress" if values.get("started_at") is not None else "queued"


def _disposition(values: dict[str, Any], kept: dict[str, Any]) -> str | None:
    status, reason = values.get("status"), values.get("disconnection_reason")
    word = kept.get("disposition")
    if isinstance(word, str):
        known, known_reason = status_of(word)
        if known == status and (known_reason is None or known_reason == reason):
            return word
    return disposition_of(status, reason)


class _Classification(msgspec.Struct):
    classification: Any = None


_read_classifications = msgspec.json.Decoder(list[_Classification] | None).decode


def _words(classifications: bytes | None) -> list[str]:
    if classifications is None:
        return []
    words = (entry.classification for entry in _read_classifications(classifications) or ())
    return list(dict.fromkeys(word for word in words if isinstance(word, str)))


_read_tags = msgspec.json.Decoder(list[str] | None).decode


def _tags(tags: bytes | None) -> list[str]:
    return [] if tags is None else list(dict.fromkeys(_read_tags(tags) or ()))


def derive(values: dict[str, Any], stamps: dict[str, Stamp], kept: dict[str, Any]) -> dict[str, Any]:
    """Every column of a call beside its id: the given values completed, and the derived columns.

    ``kept`` is what was kept under the sources' names; the words of ``kept["words"]`` are shown again for as
    long as they mean what the call's status is.
    """
    words = kept.get("words", {})
    row = dict(values)
    row["occurred_at"] = occurred_at(values)
    if row.get("created_at") is None:
        row["created_at"] = row["occurred_at"]
    if row.get("status") is None and not ("status" in values and words):
        row["status"] = _guessed_status(values)
    if row.get("kind") is None:
        row["kind"] = "session" if values.get("sequence_id") or values.get("workflow") else "direct"
    if "direction" not in values and row.get("workflow_run") is not None:
        row["direction"] = "outbound"
    if row.get("duration_ms") is None:
        row["duration_ms"] = milliseconds_between(values.get("started_at"), values.get("ended_at"))
    row["disposition"] = _disposition(row, words)
    row["voicemail"] = bool(values.get("in_voicemail")) or values.get("disconnection_reason") == _REACHED_VOICEMAIL
    for number, key in (("from_number", "from_key"), ("to_number", "to_key")):
        row[key] = phone_key(values[number]) if values.get(number) else None
    for pointer in POINTERS:
        row[pointer] = _pointer(stamps, pointer, values)
    if _older(stamps.get("display_tasks"), stamps.get("tasks")):
        # Which tasks are shown was said before the tasks changed, so it follows from their status again.
        row["display_tasks"] = None
    row["classification_words"] = _words(values.get("classifications"))
    row["tag_words"] = _tags(values.get("tags"))
    return row


def _older(one: Stamp | None, other: Stamp | None) -> bool:
    return one is not None and other is not None and None not in (one.time, other.time) and one.time < other.time  # type: ignore[operator]


def _pointer(stamps: dict[str, Stamp], kind: str, values: dict[str, Any]) -> UUID | None:
    field = f"{kind}_id"
    vendor_id = values.get(field)
    return record_uuid(stamps[field].source, kind, vendor_id) if vendor_id else None
