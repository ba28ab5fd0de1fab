"""ElevenLabs' post-call webhooks, read into our words (documented: elevenlabs.io, post-call webhooks)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from calldex.core.errors import Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import FactKind, fact, facts, mistake
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.core.transcripts import text_of_turns
from calldex.ingest.hearing import (
    ANALYZED,
    ENDED,
    epoch,
    hear,
    inside,
    known,
    names,
    nonsense,
    number,
    settle,
    shifted,
    turn,
    used,
    without,
)

SOURCE: Final = "elevenlabs"

_TRANSCRIPTION: Final = "post_call_transcription"
_FAILURE: Final = "call_initiation_failure"
_KNOWN: Final = frozenset(
    {
        "post_call_audio",
        "voice_removal_notice",
        "voice_removal_notice_withdrawn",
        "voice_removed",
        "speech_to_text_transcription",
    }
)
_STATUSES: Final = {
    "initiated": "initiated",
    "in-progress": "in_progress",
    "processing": "completed",
    "done": "completed",
    "failed": "failed",
}
_FAILURES: Final = {"busy": ("busy", "dial_busy"), "no-answer": ("no_answer", "dial_no_answer")}
_DATA: Final[dict[str, tuple[str, FactKind]]] = {
    "agent_id": ("agent_id", "text"),
    "version_id": ("agent_version_id", "text"),
}
_METADATA: Final[dict[str, tuple[str, FactKind]]] = {
    "termination_reason": ("disconnection_reason", "text"),
    "main_language": ("language", "text"),
}
_DATA_READ_APART: Final = ("conversation_id", "status", "transcript", "metadata", "analysis")
_METADATA_READ_APART: Final = ("start_time_unix_secs", "call_duration_secs", "phone_call")


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a delivery says; the conversation's id and the telephony provider's id name the call."""
    del content_type
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    name = given.get("type")
    if not isinstance(name, str):
        return nonsense("type: the type of the event is missing")
    if name in _KNOWN:
        return known(name)
    if name not in (_TRANSCRIPTION, _FAILURE):
        alike = did_you_mean(name, (_TRANSCRIPTION, _FAILURE, *_KNOWN))
        return nonsense(f'type: ElevenLabs has no event "{name[:60]}".{alike}', name[:60])
    data = given.get("data")
    if not isinstance(data, dict):
        return nonsense("data: the object of the conversation is missing", name)
    problems: list[Problem] = []
    sent = epoch(given.get("event_timestamp"), ("event_timestamp",), problems, per_second=1)
    event = (_transcription if name == _TRANSCRIPTION else _failure)(data, sent, problems)
    settle(problems)
    return used(name, event) if event is not None else nonsense("event_timestamp: the time is missing", name)


def _transcription(data: dict[str, Any], sent: datetime | None, problems: list[Problem]) -> CallEvent | None:
    metadata = inside(data.get("metadata"), ("data", "metadata"), problems)
    phone = inside(metadata.get("phone_call"), ("data", "metadata", "phone_call"), problems)
    ids = names(data.get("conversation_id"), ("data", "conversation_id"), problems, phone.get("call_sid"))
    values: dict[str, Any] = {"provider": SOURCE, "mode": "ai"}
    values.update(facts(data, _DATA, problems, ("data",)))
    values.update(facts(metadata, _METADATA, problems, ("data", "metadata")))
    status = data.get("status", "done")
    if not isinstance(status, str) or status not in _STATUSES:
        problems.append(mistake(("data", "status"), "one of ElevenLabs' statuses", status))
    else:
        values["status"] = _STATUSES[status]
    _take_times(metadata, values, problems)
    _take_parties(phone, values, problems)
    _take_transcript(data, values, problems)
    path = ("data", "analysis")
    analysis = inside(data.get("analysis"), path, problems)
    if analysis:
        values["analysis"] = encode(analysis)
        values.update(facts(analysis, {"transcript_summary": ("summary", "text")}, problems, path))
    client = inside(data.get("conversation_initiation_client_data"), ("data", "client_data"), problems)
    if isinstance(client.get("dynamic_variables"), dict):
        values["placeholders"] = encode(client["dynamic_variables"])
    kept = without(data, {*_DATA, *_DATA_READ_APART})
    kept["metadata"] = without(metadata, {*_METADATA, *_METADATA_READ_APART}) | ({"phone_call": phone} if phone else {})
    moment = sent or values.get("ended_at") or values.get("started_at")
    return CallEvent(SOURCE, _TRANSCRIPTION, ids, moment, ANALYZED, values, [], {SOURCE: kept}) if moment else None


def _take_times(metadata: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    path = ("data", "metadata")
    start = epoch(metadata.get("start_time_unix_secs"), (*path, "start_time_unix_secs"), problems, per_second=1)
    length = number(metadata.get("call_duration_secs"), (*path, "call_duration_secs"), problems)
    if start is not None:
        values["started_at"] = start
    if length is not None:
        values["duration_ms"] = int(length * 1000)
        ended = shifted(start, values["duration_ms"])
        if ended is not None:
            values["ended_at"] = ended


def _take_parties(phone: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    if not phone:
        return
    path = ("data", "metadata", "phone_call")
    values["medium"] = "phone"
    direction = fact(phone.get("direction"), "text", (*path, "direction"), problems)
    ours, other = ("from_number", "to_number") if direction == "outbound" else ("to_number", "from_number")
    said = {"agent_number": ours, "external_number": other, "phone_number_id": "phone_number_id"}
    values.update(facts(phone, {key: (name, "text") for key, name in said.items()}, problems, path))
    if direction is not None:
        values["direction"] = direction


def _take_transcript(data: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    given = fact(data.get("transcript"), "array", ("data", "transcript"), problems)
    if given is None:
        return
    turns = []
    for place, entry in enumerate(given):
        if not isinstance(entry, dict):
            problems.append(mistake(("data", "transcript", place), "an object with role and message", entry))
        elif isinstance(entry.get("message"), str):
            # A turn without a message is the call of a tool.
            role = str(entry.get("role") or "user")[:60]
            turns.append(turn(role, entry["message"], entry.get("time_in_call_secs")))
    values["transcript"] = encode(turns)
    values["transcript_text"] = text_of_turns(turns)


def _failure(data: dict[str, Any], sent: datetime | None, problems: list[Problem]) -> CallEvent | None:
    metadata = inside(data.get("metadata"), ("data", "metadata"), problems)
    body = inside(metadata.get("body"), ("data", "metadata", "body"), problems)
    leg = body.get("CallSid") or body.get("call_sid")
    ids = names(data.get("conversation_id"), ("data", "conversation_id"), problems, leg)
    reason = fact(data.get("failure_reason"), "text", ("data", "failure_reason"), problems)
    status, word = _FAILURES.get(reason or "", ("failed", "dial_failed"))
    values: dict[str, Any] = {"provider": SOURCE, "mode": "ai", "medium": "phone", "direction": "outbound"}
    values.update(facts(data, {"agent_id": ("agent_id", "text")}, problems, ("data",)))
    values |= {"status": status, "disconnection_reason": word, "created_at": sent, "ended_at": sent}
    for ours, keys in (("from_number", ("From", "from_number")), ("to_number", ("To", "to_number"))):
        value = next((body[key] for key in keys if isinstance(body.get(key), str) and body[key]), None)
        if value is not None:
            values[ours] = value
    kept = {SOURCE: without(data, ("conversation_id", "agent_id"))}
    return CallEvent(SOURCE, _FAILURE, ids, sent, ENDED, values, [], kept) if sent else None
