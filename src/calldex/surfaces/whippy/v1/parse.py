"""A call as Whippy gives it, read into our words (documented: the bodies of its webhooks)."""

from __future__ import annotations

from typing import Any, Final

from calldex.core.calls import DIRECTIONS, SENTIMENTS, CallChange, Linked, RecordChange
from calldex.core.dispositions import status_of
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.facts import FactKind, fact, facts, mistake, read_object
from calldex.core.ids import parse_uuid, record_uuid
from calldex.core.jsonbytes import encode
from calldex.surfaces.whippy.v1.words import CALL, DISPOSITION, OPEN_ENDED, SOURCE

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
_READ_APART: Final = frozenset({"id", "delivery_status", "direction", "type", "metadata", "attachments"})
_METADATA_READ_APART: Final = frozenset({"duration", "placeholders_data", "analysis"})


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one call. Raises InvalidRequest that names every field which is not as documented."""
    given = read_object(raw)
    problems: list[Problem] = []
    vendor_id = given.get("id")
    if not isinstance(vendor_id, str) or not vendor_id:
        missing = Problem(("call", "id"), "id is required", "missing")
        problems.append(mistake(("id",), "text that is not empty", vendor_id) if "id" in given else missing)
    values = facts(given, _CALL, problems)
    kept = {key: value for key, value in given.items() if key not in _CALL and key not in _READ_APART}
    words = _take_words(given, values, problems)
    _take_metadata(given, values, kept, problems)
    if "attachments" in given:
        values["attachments"] = encode(fact(given["attachments"], "array", ("attachments",), problems))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    version = values.get("modified_at") or values.get("created_at")
    linked = _take_contact(values)
    both = {name: entries for name, entries in ((SOURCE, kept), ("words", words)) if entries}
    return CallChange(SOURCE, str(vendor_id), version, values, linked, both)


def parse_record(linked: Linked) -> list[RecordChange]:
    """A contact, of whom a call says nothing but the id."""
    named = linked.vendor_id if linked.vendor_id is not None and parse_uuid(linked.vendor_id) else str(linked.id)
    return [RecordChange(linked.id, linked.kind, SOURCE, linked.vendor_id, None, {"id": named})]


def _take_words(given: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What is an enumeration or nearly one, and the words that our own could not give back."""
    words: dict[str, Any] = {}
    if given.get("type") not in (None, CALL):
        problems.append(mistake(("type",), f'"{CALL}"', given["type"]))
    if "direction" in given:
        word = fact(given["direction"], "text", ("direction",), problems)
        folded = (word or "").lower()
        values["direction"] = folded if folded in DIRECTIONS else word
    if "delivery_status" in given:
        word = fact(given["delivery_status"], "text", ("delivery_status",), problems)
        status, reason = status_of(word) if word is not None else (None, None)
        values["status"] = status
        if reason is not None:
            values["disconnection_reason"] = reason
        words[DISPOSITION] = word
    body = values.get("transcript_text")
    if body and not body.endswith("\n"):
        words[OPEN_ENDED] = True
    return words


def _take_metadata(
    given: dict[str, Any], values: dict[str, Any], kept: dict[str, Any], problems: list[Problem]
) -> None:
    metadata = fact(given.get("metadata"), "object", ("metadata",), problems) or {}
    values.update(facts(metadata, _METADATA, problems, ("metadata",)))
    # A call under way has a null here, which says nothing of how long the call was.
    duration = metadata.get("duration")
    if duration is not None:
        path = ("metadata", "duration")
        if fact(duration, "whole", path, problems) is not None and duration < 0:
            problems.append(mistake(path, "a whole number of milliseconds, 0 or more, or null", duration))
        values["duration_ms"] = duration
    if "placeholders_data" in metadata:
        path = ("metadata", "placeholders_data")
        values["placeholders"] = encode(fact(metadata["placeholders_data"], "object", path, problems))
    if "analysis" in metadata:
        _take_analysis(metadata["analysis"], values, problems)
    more = {key: value for key, value in metadata.items() if key not in _METADATA and key not in _METADATA_READ_APART}
    if more:
        kept["metadata"] = more


def _take_analysis(given: Any, values: dict[str, Any], problems: list[Problem]) -> None:
    """The analysis as it came, and what we have fields for. A null stands for nulls in all of these."""
    path = ("metadata", "analysis")
    analysis = fact(given, "object", path, problems)
    values["analysis"] = encode(analysis)
    values.update(facts(dict.fromkeys(_ANALYSIS) if analysis is None else analysis, _ANALYSIS, problems, path))
    sentiment = (values.get("sentiment") or "").lower()
    if "sentiment" in values:
        values["sentiment"] = sentiment if sentiment in SENTIMENTS else None


def _take_contact(values: dict[str, Any]) -> list[Linked]:
    if "contact_id" not in values:
        return []
    named = values["contact_id"]
    values["contact"] = record_uuid(SOURCE, "contact", named) if named else None
    return [Linked(values["contact"], "contact", named, b"{}")] if named else []
