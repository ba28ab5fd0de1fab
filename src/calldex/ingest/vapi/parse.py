"""Vapi's server messages, read into our words (documented: docs.vapi.ai/server-url/events, Vapi's own package)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from calldex.core.errors import Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import fact, mistake
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.core.transcripts import text_of_turns
from calldex.ingest.hearing import (
    ANALYZED,
    ENDED,
    STARTED,
    UPDATED,
    address,
    epoch,
    hear,
    inside,
    known,
    meant,
    names,
    nonsense,
    number,
    settle,
    turn,
    used,
    without,
)
from calldex.ingest.vapi.words import DIRECTIONS, ENDED_BY, OTHER_MESSAGES, REASONS, STATUSES

SOURCE: Final = "vapi"

_REPORT: Final = "end-of-call-report"
_UPDATE: Final = "status-update"
_RANKS: Final = {"queued": STARTED, "ringing": STARTED + 1, "in_progress": STARTED + 2}
_MEDIA: Final = {"inboundPhoneCall": "phone", "outboundPhoneCall": "phone", "webCall": "web"}
_ROLES: Final = {"bot": "agent", "assistant": "agent", "user": "user"}
_READ_APART: Final = (
    "type",
    "status",
    "timestamp",
    "call",
    "customer",
    "phoneNumber",
    "analysis",
    "artifact",
    "startedAt",
    "endedAt",
    "durationMs",
    "transcript",
    "summary",
    "messages",
    "messagesOpenAIFormatted",
    "recordingUrl",
)
_LATEST: Final = 10**14
_ARTIFACT_READ_APART: Final = ("messages", "messagesOpenAIFormatted", "transcript", "recordingUrl")


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a server message says; Vapi's id and the telephony provider's id name the call."""
    del content_type
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    message = given.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return nonsense("message.type: the type of the message is missing")
    name: str = message["type"]
    if name not in (_REPORT, _UPDATE):
        if name in OTHER_MESSAGES or name.startswith("transcript["):
            return known(name)
        alike = did_you_mean(name, (_REPORT, _UPDATE, *OTHER_MESSAGES))
        return nonsense(f'message.type: Vapi has no message "{name[:60]}".{alike}', name[:60])
    problems: list[Problem] = []
    path = ("message",)
    call = inside(message.get("call"), (*path, "call"), problems)
    ids = names(call.get("id"), (*path, "call", "id"), problems, call.get("phoneCallProviderId"))
    status = _status(message, problems)
    if status is None and not problems:
        return known(f"{name} {message.get('status')}"[:60])
    values: dict[str, Any] = {"provider": SOURCE, "mode": "ai", "status": status}
    _take_times(message, call, values, problems)
    _take_parties(message, call, values, problems)
    _take_outcome(message, values, problems)
    kept = _take_artifact(message, values, problems)
    sent = epoch(message.get("timestamp"), (*path, "timestamp"), problems, per_second=1000)
    settle(problems)
    moment: datetime | None = sent or values.get("ended_at") or values.get("modified_at") or values.get("started_at")
    if moment is None:
        return nonsense("message.timestamp: nothing says when this happened", name)
    if status == "in_progress" and message.get("status") == "in-progress":
        values.setdefault("started_at", moment)
    if name == _UPDATE and status not in _RANKS:
        values.setdefault("ended_at", moment)
    rank = ANALYZED if name == _REPORT else _RANKS.get(status or "", ENDED)
    if message.get("status") == "forwarding":
        rank = UPDATED
    return used(name, CallEvent(SOURCE, name, ids, moment, rank, values, [], {SOURCE: kept} if kept else {}))


def _status(message: dict[str, Any], problems: list[Problem]) -> str | None:
    reason = fact(message.get("endedReason"), "text", ("message", "endedReason"), problems)
    given = message.get("status", "ended" if message["type"] == _REPORT else None)
    if not isinstance(given, str) or given not in STATUSES:
        problems.append(mistake(("message", "status"), "one of Vapi's statuses", given))
        return None
    if given != "ended" or reason is None:
        return STATUSES[given]
    if reason in ENDED_BY:
        return ENDED_BY[reason]
    return "failed" if "error" in reason or "failed" in reason else "completed"


def _take_times(message: dict[str, Any], call: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    for key, ours in (("createdAt", "created_at"), ("updatedAt", "modified_at")):
        if call.get(key) is not None:
            values[ours] = fact(call[key], "instant", ("message", "call", key), problems)
    for key, ours in (("startedAt", "started_at"), ("endedAt", "ended_at")):
        given = message.get(key) or call.get(key)
        if given is not None:
            values[ours] = fact(given, "instant", ("message", key), problems)
    if message.get("durationMs") is not None:
        values["duration_ms"] = int(number(message["durationMs"], ("message", "durationMs"), problems) or 0)


def _take_parties(
    message: dict[str, Any], call: dict[str, Any], values: dict[str, Any], problems: list[Problem]
) -> None:
    kind = call.get("type")
    direction = meant(DIRECTIONS, kind)
    customer = _merged(message, call, "customer", problems)
    ours = _merged(message, call, "phoneNumber", problems)
    if direction is not None:
        values["direction"] = direction
        sides = {"from_number": ours, "to_number": customer}
        if direction == "inbound":
            sides = {"from_number": customer, "to_number": ours}
        for name, side in sides.items():
            value = side.get("number") or side.get("sipUri")
            if value is not None:
                values[name] = fact(value, "text", ("message", name), problems)
    medium = meant(_MEDIA, kind)
    if medium is not None:
        values["medium"] = medium
    assistant = inside(message.get("assistant"), ("message", "assistant"), problems)
    agent = call.get("assistantId") or assistant.get("id")
    for name, value in (("agent_id", agent), ("phone_number_id", call.get("phoneNumberId") or ours.get("id"))):
        if value is not None:
            values[name] = fact(value, "text", ("message", name), problems)
    version = message.get("assistantVersion") or call.get("assistantVersion")
    if isinstance(version, str) and values.get("agent_id"):
        # Versions are counted for each assistant, so the label alone would mean every assistant's.
        values["agent_version_id"] = f"{values['agent_id']}:{version}"


def _merged(message: dict[str, Any], call: dict[str, Any], key: str, problems: list[Problem]) -> dict[str, Any]:
    return inside(call.get(key), ("message", "call", key), problems) | inside(
        message.get(key), ("message", key), problems
    )


def _take_outcome(message: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    reason = message.get("endedReason")
    if isinstance(reason, str):
        values["disconnection_reason"] = REASONS.get(reason, reason)
        if reason == "voicemail":
            values["in_voicemail"] = True
    destination = inside(message.get("destination"), ("message", "destination"), problems)
    target = destination.get("number") or destination.get("sipUri")
    if target is not None:
        values["transferred_to"] = fact(target, "text", ("message", "destination", "number"), problems)
    if target is not None or reason == "assistant-forwarded-call":
        values["transferred"] = True
    analysis = inside(message.get("analysis"), ("message", "analysis"), problems)
    if analysis:
        values["analysis"] = encode(analysis)
    summary = analysis.get("summary", message.get("summary"))
    if summary is not None:
        values["summary"] = fact(summary, "text", ("message", "analysis", "summary"), problems)


def _take_artifact(message: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    path = ("message", "artifact")
    artifact = inside(message.get("artifact"), path, problems)
    kept = without(message, _READ_APART)
    more = without(artifact, _ARTIFACT_READ_APART)
    if more:
        kept["artifact"] = more
    if message.get("call"):
        kept["call"] = message["call"]
    recording = _recording(artifact) or message.get("recordingUrl")
    if recording is not None:
        values["recording"] = address(fact(recording, "text", (*path, "recordingUrl"), problems))
    spoken = artifact.get("messages", message.get("messages"))
    turns = list(_turns(fact(spoken, "array", (*path, "messages"), problems) or ()))
    text = fact(artifact.get("transcript", message.get("transcript")), "text", (*path, "transcript"), problems)
    if turns:
        values["transcript"] = encode(turns)
        values["transcript_text"] = text_of_turns(turns)
    elif text:
        values["transcript_text"] = "\n".join(_spoken(line) for line in text.rstrip("\n").split("\n"))
    return kept


def _recording(artifact: dict[str, Any]) -> Any:
    recording = artifact.get("recording")
    parts = recording if isinstance(recording, dict) else {}
    mono = parts.get("mono")
    combined = mono.get("combinedUrl") if isinstance(mono, dict) else None
    return artifact.get("recordingUrl") or combined or parts.get("stereoUrl") or artifact.get("stereoRecordingUrl")


def _turns(messages: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """What was said; instructions to the model and its calls of tools are no part of the conversation."""
    for entry in messages:
        if not isinstance(entry, dict):
            continue
        role, content = meant(_ROLES, entry.get("role")), entry.get("message")
        if role is None or not isinstance(content, str):
            continue
        start = _time(entry.get("secondsFromStart"))
        begun, done = _time(entry.get("time")), _time(entry.get("endTime"))
        end = None
        if start is not None and begun is not None and done is not None and done >= begun:
            end = start + (done - begun) / 1000
        yield turn(role, content, start, end)


def _time(value: Any) -> Decimal | None:
    fits = isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value < _LATEST
    return Decimal(value) if fits else None


def _spoken(line: str) -> str:
    return f"Agent: {line.removeprefix('AI: ')}" if line.startswith("AI: ") else line
