"""Retell's call events, read into our words (documented: docs.retellai.com/features/webhook-overview).

Every event holds the whole call as it stands, so each says all that it knows. The state comes from the event
and the reason: the documented example of ``call_ended`` still holds the status ``registered``.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
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
    sentiment_of,
    settle,
    shifted,
    turn,
    used,
    without,
)

SOURCE: Final = "retell"

_RANKS: Final = {
    "call_started": STARTED,
    "transcript_updated": UPDATED,
    "call_ended": ENDED,
    "call_analyzed": ANALYZED,
}
_KNOWN: Final = frozenset(
    {
        "transfer_started",
        "transfer_bridged",
        "transfer_cancelled",
        "transfer_ended",
        "chat_started",
        "chat_ended",
        "chat_analyzed",
        "call_inbound",
        "chat_inbound",
    }
)
_CALL: Final[dict[str, tuple[str, FactKind]]] = {
    "from_number": ("from_number", "text"),
    "to_number": ("to_number", "text"),
    "direction": ("direction", "text"),
    "agent_id": ("agent_id", "text"),
    "disconnection_reason": ("disconnection_reason", "text"),
    "transfer_destination": ("transferred_to", "text"),
}
_ANALYSIS: Final[dict[str, tuple[str, FactKind]]] = {
    "call_summary": ("summary", "text"),
    "in_voicemail": ("in_voicemail", "flag"),
}
_READ_APART: Final = frozenset(
    {
        "call_id",
        "call_status",
        "call_type",
        "agent_version",
        "start_timestamp",
        "end_timestamp",
        "duration_ms",
        "transcript",
        "transcript_object",
        "recording_url",
        "call_analysis",
        "retell_llm_dynamic_variables",
        "telephony_identifier",
    }
)
_MEDIA: Final = {"phone_call": "phone", "web_call": "web"}
_LONGEST_SECONDS: Final = 864_000
_TRANSFERS: Final = frozenset({"call_transfer", "transfer_bridged"})
_UNDERWAY: Final = {"registered": "registered", "ongoing": "in_progress"}
_ENDED_BY: Final = {
    "dial_busy": "busy",
    "dial_no_answer": "no_answer",
    "user_declined": "no_answer",
    "dial_failed": "failed",
    "invalid_destination": "failed",
    "telephony_provider_permission_denied": "failed",
    "telephony_provider_unavailable": "failed",
    "sip_routing_error": "failed",
    "marked_as_spam": "failed",
    "network_blocked": "failed",
    "registered_call_timeout": "failed",
    "concurrency_limit_reached": "failed",
    "no_concurrency_fallback": "failed",
    "no_valid_payment": "failed",
    "credit_exhausted": "failed",
    "budget_reached": "failed",
    "scam_detected": "failed",
    "error_user_not_joined": "failed",
}


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a delivery of Retell says; ``call_id`` names the call, as the sid of its Twilio leg does."""
    del content_type
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    name = given.get("event")
    if not isinstance(name, str):
        return nonsense("event: the name of the event is missing")
    if name in _KNOWN:
        return known(name)
    rank = _RANKS.get(name)
    if rank is None:
        return nonsense(f'event: Retell has no event "{name[:60]}".{did_you_mean(name, _RANKS)}', name[:60])
    problems: list[Problem] = []
    call = given.get("call")
    if not isinstance(call, dict):
        return nonsense("call: the object of the call is missing", name)
    leg = inside(call.get("telephony_identifier"), ("call", "telephony_identifier"), problems)
    ids = names(call.get("call_id"), ("call", "call_id"), problems, leg.get("twilio_call_sid"))
    values = _values(name, call, problems)
    settle(problems)
    moment = _moment(name, call, values)
    if moment is None:
        return nonsense("call: neither start_timestamp nor end_timestamp says when this happened", name)
    kept = _kept(given, call)
    return used(name, CallEvent(SOURCE, name, ids, moment, rank, values, [], {SOURCE: kept} if kept else {}))


def _kept(given: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    kept = without(call, _READ_APART | _CALL.keys()) | without(given, ("event", "call"))
    if call.get("agent_version") is not None:
        kept["agent_version"] = call["agent_version"]
    if call.get("transcript_object") and "transcript_with_tool_calls" not in call:
        # Turns leave out the times of single words, which the transcript with tool calls holds as well.
        kept["transcript_object"] = call["transcript_object"]
    return kept


def _values(name: str, call: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    path = ("call",)
    values: dict[str, Any] = {"provider": SOURCE, "mode": "ai", "platform_call_id": call.get("call_id")}
    values.update(facts(call, _CALL, problems, path))
    for key, ours in (("start_timestamp", "started_at"), ("end_timestamp", "ended_at")):
        if key in call:
            values[ours] = epoch(call[key], (*path, key), problems, per_second=1000)
    if "duration_ms" in call:
        length = number(call["duration_ms"], (*path, "duration_ms"), problems)
        values["duration_ms"] = int(length) if length is not None else None
    medium = meant(_MEDIA, call.get("call_type"))
    if medium is not None:
        values["medium"] = medium
    status = _status(name, call)
    if status is not None:
        values["status"] = status
    if values.get("transferred_to") or values.get("disconnection_reason") in _TRANSFERS:
        values["transferred"] = True
    version = call.get("agent_version")
    if isinstance(version, int) and values.get("agent_id"):
        # Versions are counted for each agent, so the number alone would mean every agent's.
        values["agent_version_id"] = f"{values['agent_id']}:{version}"
    if "recording_url" in call:
        values["recording"] = address(fact(call["recording_url"], "text", (*path, "recording_url"), problems))
    variables = call.get("retell_llm_dynamic_variables")
    if variables is not None:
        values["placeholders"] = encode(inside(variables, (*path, "retell_llm_dynamic_variables"), problems))
    _take_transcript(call, values, problems)
    _take_analysis(call, values, problems)
    return values


def _status(name: str, call: dict[str, Any]) -> str | None:
    given, reason = call.get("call_status"), call.get("disconnection_reason")
    if name in ("call_ended", "call_analyzed") or given in ("ended", "not_connected", "error"):
        otherwise = "failed" if given in ("not_connected", "error") else "completed"
        return meant(_ENDED_BY, reason) or otherwise
    if name == "call_started":
        # It is sent for calls that connected, whatever status the call still shows.
        return "in_progress"
    return meant(_UNDERWAY, given)


def _take_transcript(call: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    text = fact(call.get("transcript"), "text", ("call", "transcript"), problems)
    given = fact(call.get("transcript_object"), "array", ("call", "transcript_object"), problems)
    if given is not None:
        turns = [_turn(entry, place, problems) for place, entry in enumerate(given)]
        values["transcript"] = encode(turns)
        text = text if text is not None else text_of_turns(turns)
    if text is not None:
        values["transcript_text"] = text


def _turn(entry: Any, place: int, problems: list[Problem]) -> dict[str, Any]:
    path = ("call", "transcript_object", place)
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
        problems.append(mistake(path, "an object with role and content", entry))
        return {}
    timed = entry.get("words")
    words = [word for word in timed if isinstance(word, dict)] if isinstance(timed, list) else []
    start, end = (words[0].get("start"), words[-1].get("end")) if words else (None, None)
    return turn(str(entry.get("role") or "user")[:60], entry["content"], start, end)


def _take_analysis(call: dict[str, Any], values: dict[str, Any], problems: list[Problem]) -> None:
    if call.get("call_analysis") is None:
        # The analysis comes later than the call's end; until then a null says nothing.
        return
    path = ("call", "call_analysis")
    analysis = inside(call["call_analysis"], path, problems)
    values["analysis"] = encode(analysis)
    values.update(facts(analysis, _ANALYSIS, problems, path))
    if "user_sentiment" in analysis:
        word = fact(analysis["user_sentiment"], "text", (*path, "user_sentiment"), problems)
        values["sentiment"] = sentiment_of(word)


def _moment(name: str, call: dict[str, Any], values: dict[str, Any]) -> datetime | None:
    started: datetime | None = values.get("started_at")
    if name == "call_started":
        return started
    if values.get("ended_at") is not None or name != "transcript_updated":
        return values.get("ended_at") or started
    return shifted(started, _said_until(call)) or started


def _said_until(call: dict[str, Any]) -> int:
    """Milliseconds from the start to the last word that a transcript has so far."""
    ends = [
        word["end"]
        for entry in call.get("transcript_object") or ()
        if isinstance(entry, dict) and isinstance(entry.get("words"), list)
        for word in entry["words"]
        if isinstance(word, dict)
        and isinstance(word.get("end"), int | Decimal)
        and 0 <= word["end"] <= _LONGEST_SECONDS
    ]
    return int(max(ends, default=0) * 1000)
