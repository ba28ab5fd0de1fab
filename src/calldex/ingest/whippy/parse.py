"""Whippy's call events, read into our words (documented: docs.whippy.ai/docs/calls, both of its shapes).

The body holds the record of the call as it stands. Its own time of modification is the event's time, because
the same record is read from Whippy's API as well, and the newer of the two must win.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from calldex.core.calls import DIRECTIONS, Linked
from calldex.core.dispositions import status_of
from calldex.core.errors import Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import FactKind, fact, facts, mistake
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.ingest.hearing import (
    ENDED,
    STARTED,
    hear,
    inside,
    known,
    names,
    nonsense,
    sentiment_of,
    settle,
    used,
    without,
)

SOURCE: Final = "whippy"

_RANKS: Final = {"call.started": STARTED, "call.ended": ENDED}
_OTHER_RESOURCES: Final = frozenset(
    {
        "campaign",
        "campaign_contact",
        "contact",
        "conversation",
        "message",
        "message_template",
        "sequence",
        "sequence_run",
        "step",
        "step_contact",
    }
)
_CALL: Final[dict[str, tuple[str, FactKind]]] = {
    "mode": ("mode", "text"),
    "body": ("transcript_text", "text"),
    "translated_body": ("translated_text", "text"),
    "language": ("language", "text"),
    "translation_language": ("translation_language", "text"),
    "from": ("from_number", "text"),
    "to": ("to_number", "text"),
    "created_at": ("created_at", "instant"),
    "updated_at": ("modified_at", "instant"),
    "conversation_id": ("conversation_id", "text"),
    "contact_id": ("contact_id", "text"),
    "channel_id": ("channel_id", "text"),
    "campaign_id": ("campaign_id", "text"),
    "campaign_contact_id": ("campaign_contact_id", "text"),
    "sequence_id": ("sequence_id", "text"),
    "step_contact_id": ("step_contact_id", "text"),
    "step_id": ("step_id", "text"),
    "user_id": ("user_number", "whole"),
}
_METADATA: Final[dict[str, tuple[str, FactKind]]] = {
    "type": ("medium", "text"),
    "agent_id": ("agent_id", "text"),
    "agent_version_id": ("agent_version_id", "text"),
    "llm_id": ("model_id", "text"),
    "llm_version_id": ("model_version_id", "text"),
}
_ANALYSIS: Final[dict[str, tuple[str, FactKind]]] = {
    "call_summary": ("summary", "text"),
    "user_sentiment": ("sentiment", "text"),
    "call_completion_rating": ("completion_rating", "text"),
    "in_voicemail": ("in_voicemail", "flag"),
}
_READ_APART: Final = ("id", "delivery_status", "direction", "type", "metadata", "attachments")
_METADATA_READ_APART: Final = ("duration", "placeholders_data", "analysis")


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a delivery of Whippy says, in its newer and in its older shape."""
    del content_type
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    name = given.get("event")
    if not isinstance(name, str):
        return nonsense("event: the name of the event is missing")
    rank = _RANKS.get(name)
    if rank is None:
        resource, _, happening = name.partition(".")
        if resource.replace(" ", "_").lower() in _OTHER_RESOURCES and happening in ("created", "updated"):
            return known(name)
        return nonsense(f'event: Whippy has no event "{name[:60]}".{did_you_mean(name, _RANKS)}', name[:60])
    call = given.get("data")
    if not isinstance(call, dict):
        return nonsense("data: the record of the call is missing", name)
    problems: list[Problem] = []
    ids = names(call.get("id"), ("data", "id"), problems)
    values = facts(call, _CALL, problems, ("data",))
    kept = {SOURCE: without(call, {*_CALL, *_READ_APART}), "words": _take_words(call, values, problems)}
    _take_metadata(call, values, kept[SOURCE], problems)
    if "attachments" in call:
        values["attachments"] = encode(fact(call["attachments"], "array", ("data", "attachments"), problems))
    sent = fact(given.get("created_at"), "instant", ("created_at",), problems)
    settle(problems)
    moment: datetime | None = values.get("modified_at") or values.get("created_at") or sent
    if moment is None:
        return nonsense("data: neither updated_at nor created_at says when this happened", name)
    linked = _take_contact(values)
    both = {under: entries for under, entries in kept.items() if entries}
    return used(name, CallEvent(SOURCE, name, ids, moment, rank, values, linked, both))


def _take_words(call: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What is an enumeration or nearly one, and the words that our own could not give back."""
    words: dict[str, Any] = {}
    if call.get("type") not in (None, "call"):
        problems.append(mistake(("data", "type"), '"call"', call["type"]))
    if "direction" in call:
        word = fact(call["direction"], "text", ("data", "direction"), problems)
        folded = (word or "").lower()
        values["direction"] = folded if folded in DIRECTIONS else word
    if "delivery_status" in call:
        word = fact(call["delivery_status"], "text", ("data", "delivery_status"), problems)
        status, reason = status_of(word) if word is not None else (None, None)
        values["status"] = status
        if reason is not None:
            values["disconnection_reason"] = reason
        words["disposition"] = word
    if "transcript_text" in values:
        # It is said either way, because an earlier event may have said the opposite.
        body = values["transcript_text"]
        words["whippy.body"] = bool(body) and not body.endswith("\n")
    return words


def _take_metadata(call: dict[str, Any], values: dict[str, Any], kept: dict[str, Any], problems: list[Problem]) -> None:
    path = ("data", "metadata")
    metadata = inside(call.get("metadata"), path, problems)
    values.update(facts(metadata, _METADATA, problems, path))
    # A call under way has a null here, which says nothing of how long the call was.
    duration = fact(metadata.get("duration"), "whole", (*path, "duration"), problems)
    if duration is not None:
        if duration < 0:
            problems.append(mistake((*path, "duration"), "milliseconds, 0 or more, or null", duration))
        values["duration_ms"] = duration
    if "placeholders_data" in metadata:
        place = (*path, "placeholders_data")
        values["placeholders"] = encode(fact(metadata["placeholders_data"], "object", place, problems))
    if "analysis" in metadata:
        analysis = fact(metadata["analysis"], "object", (*path, "analysis"), problems)
        values["analysis"] = encode(analysis)
        said = dict.fromkeys(_ANALYSIS) if analysis is None else analysis
        values.update(facts(said, _ANALYSIS, problems, (*path, "analysis")))
        if "sentiment" in values:
            values["sentiment"] = sentiment_of(values["sentiment"])
    more = without(metadata, {*_METADATA, *_METADATA_READ_APART})
    if more:
        kept["metadata"] = more


def _take_contact(values: dict[str, Any]) -> list[Linked]:
    if "contact_id" not in values:
        return []
    named = values["contact_id"]
    values["contact"] = record_uuid(SOURCE, "contact", named) if named else None
    return [Linked(values["contact"], "contact", named, b"{}")] if named else []
