"""Telnyx's call events, read into our words (documented: developers.telnyx.com, Voice API webhooks).

The legs of a session are one call. Only ``call.initiated`` says which way a leg goes: an incoming leg's word on
numbers and direction wins over an outgoing leg's, and both win over events that only repeat the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from calldex.core.errors import Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import fact, facts
from calldex.core.jsonbytes import encode
from calldex.core.transcripts import text_of_turns
from calldex.ingest.hearing import (
    ANALYZED,
    ENDED,
    STARTED,
    UPDATED,
    address,
    hear,
    inside,
    known,
    meant,
    names,
    nonsense,
    settle,
    turn,
    used,
    without,
    yielding,
)

SOURCE: Final = "telnyx"

_INITIATED: Final = "call.initiated"
_RANKS: Final = {
    _INITIATED: STARTED,
    "call.answered": STARTED + 1,
    "call.machine.detection.ended": UPDATED,
    "call.machine.premium.detection.ended": UPDATED,
    "call.hangup": ENDED,
    "call.recording.saved": ANALYZED,
    "call.recording.transcription.saved": ANALYZED,
    "call.conversation.ended": ANALYZED,
}
_FAMILIES: Final = re.compile(
    r"(?:call|conference|message|fax|ai|streaming|siprec|queue|number_order|porting_order|10dlc|verify|wireless"
    r"|video|whatsapp|email)\.[a-z0-9_.]+\Z"
)
_DIRECTIONS: Final = {"incoming": "inbound", "outgoing": "outbound"}
_ANSWERED_BY: Final = {"machine": True, "human": False, "human_residence": False, "human_business": False}
_CAUSES: Final = {
    "normal_clearing": ("completed", None),
    "time_limit": ("completed", "max_duration_reached"),
    "user_busy": ("busy", "dial_busy"),
    "no_answer": ("no_answer", "dial_no_answer"),
    "timeout": ("no_answer", "dial_no_answer"),
    "originator_cancel": ("canceled", None),
    "call_rejected": ("failed", "user_declined"),
    "not_found": ("failed", "invalid_destination"),
}
_ROLES: Final = {"assistant": "agent", "user": "user"}
_READ_APART: Final = ("from", "to", "direction", "messages", "transcription_text")


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a delivery says; the ids of the session, the leg, its control and a conference name the call."""
    if content_type is not None and "x-www-form-urlencoded" in content_type.lower():
        return known("TeXML callback")
    return hear(body, _read)


def _read(given: dict[str, Any]) -> Heard:
    data = given.get("data")
    name = data.get("event_type") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(name, str):
        return nonsense("data.event_type: the type of the event is missing")
    rank = _RANKS.get(name)
    if rank is None:
        if _FAMILIES.fullmatch(name):
            return known(name[:60])
        return nonsense(f'data.event_type: Telnyx has no event "{name[:60]}"', name[:60])
    problems: list[Problem] = []
    path = ("data", "payload")
    payload = inside(data.get("payload"), path, problems)
    session = payload.get("call_session_id") or payload.get("call_leg_id")
    others = (payload.get(key) for key in ("call_leg_id", "call_control_id", "conference_id"))
    ids = names(session, (*path, "call_session_id"), problems, *others)
    moment: datetime | None = fact(data.get("occurred_at"), "instant", ("data", "occurred_at"), problems)
    values = _values(name, payload, moment, problems)
    sides, days = _sides(name, payload, moment, problems)
    settle(problems)
    if moment is None:
        return nonsense("data.occurred_at: the time is missing", name)
    leg = payload.get("call_leg_id")
    kept = {SOURCE: {leg if isinstance(leg, str) and leg else ids[0]: without(payload, _READ_APART)}}
    event = CallEvent(SOURCE, name, ids, moment, rank, values, [], kept)
    side = CallEvent(SOURCE, name, ids, yielding(moment, days), rank, sides, moment=moment)
    return used(name, event, side)


def _sides(
    name: str, payload: dict[str, Any], moment: datetime | None, problems: list[Problem]
) -> tuple[dict[str, Any], int]:
    """What a leg says of the whole call, and how many days it yields: numbers, direction, creation, provider."""
    path = ("data", "payload")
    sides = facts(payload, {"from": ("from_number", "text"), "to": ("to_number", "text")}, problems, path)
    sides = {"provider": SOURCE, "medium": "phone"} | {
        ours: value for ours, value in sides.items() if value is not None
    }
    start = fact(payload.get("start_time"), "instant", (*path, "start_time"), problems)
    if start is not None:
        sides["created_at"] = start
    if name != _INITIATED:
        return ({"created_at": moment} | sides), 2 if start is not None else 3
    direction = payload.get("direction")
    sides["status"] = "ringing" if direction == "incoming" else "initiated"
    way = meant(_DIRECTIONS, direction)
    if way is not None:
        sides["direction"] = way
    return sides, 0 if direction == "incoming" else 1


def _values(name: str, payload: dict[str, Any], moment: datetime | None, problems: list[Problem]) -> dict[str, Any]:
    if name == _INITIATED:
        return {} if payload.get("start_time") else {"created_at": moment}
    if name == "call.answered":
        return {"status": "in_progress", "started_at": moment}
    if name == "call.hangup":
        cause = fact(payload.get("hangup_cause"), "text", ("data", "payload", "hangup_cause"), problems)
        status, reason = _CAUSES.get(cause or "", ("failed", cause))
        return {"status": status, "ended_at": moment} | ({"disconnection_reason": reason} if reason else {})
    return _AFTERWARDS[name](payload, problems)


def _detection(payload: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    result = fact(payload.get("result"), "text", ("data", "payload", "result"), problems)
    return {"in_voicemail": _ANSWERED_BY[result]} if result in _ANSWERED_BY else {}


def _transcription(payload: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    text = fact(payload.get("transcription_text"), "text", ("data", "payload", "transcription_text"), problems)
    return {"transcript_text": text} if text is not None else {}


def _recording(payload: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    for key in ("public_recording_urls", "recording_urls"):
        path = ("data", "payload", key)
        urls = inside(payload.get(key), path, problems)
        url = fact(urls.get("mp3") or urls.get("wav"), "text", path, problems)
        if url:
            return {"recording": address(url)}
    return {}


def _conversation(payload: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What Telnyx's own assistant and the caller said to each other."""
    path = ("data", "payload")
    said = fact(payload.get("messages"), "array", (*path, "messages"), problems) or ()
    turns = [
        turn(role, entry["content"])
        for entry in said
        if isinstance(entry, dict)
        and (role := meant(_ROLES, entry.get("role"))) is not None
        and isinstance(entry.get("content"), str)
    ]
    values: dict[str, Any] = {"mode": "ai"}
    values.update(facts(payload, {"assistant_id": ("agent_id", "text")}, problems, path))
    if turns:
        values |= {"transcript": encode(turns), "transcript_text": text_of_turns(turns)}
    return values


_AFTERWARDS: Final[dict[str, Callable[[dict[str, Any], list[Problem]], dict[str, Any]]]] = {
    "call.machine.detection.ended": _detection,
    "call.machine.premium.detection.ended": _detection,
    "call.recording.saved": _recording,
    "call.recording.transcription.saved": _transcription,
    "call.conversation.ended": _conversation,
}
