"""Twilio's voice callbacks, read into our words (documented: twilio.com/docs/voice, the callbacks' parameters).

A call of Twilio may have several legs. What the first leg says (it has no ``ParentCallSid``) is said of the
call; what a child leg says yields to it, whenever it arrives, so that a call of which only the child reports
still has numbers and a state. Legs in one conference are one call, and the leg that reports last decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from calldex.core.errors import InvalidRequest, Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.times import parse_instant
from calldex.ingest.hearing import (
    ANALYZED,
    ENDED,
    STARTED,
    UPDATED,
    address,
    known,
    names,
    nonsense,
    settle,
    shifted,
    used,
    without,
    yielding,
)

SOURCE: Final = "twilio"

_STATUSES: Final = {
    "queued": ("queued", STARTED),
    "initiated": ("initiated", STARTED + 1),
    "ringing": ("ringing", STARTED + 2),
    "in-progress": ("in_progress", STARTED + 3),
    "answered": ("in_progress", STARTED + 3),
    "completed": ("completed", ENDED),
    "busy": ("busy", ENDED),
    "failed": ("failed", ENDED),
    "no-answer": ("no_answer", ENDED),
    "canceled": ("canceled", ENDED),
}
_DIRECTIONS: Final = {
    "inbound": "inbound",
    "outbound-api": "outbound",
    "outbound-dial": "outbound",
    "trunking-originating": "outbound",
    "trunking-terminating": "inbound",
}
_CHILD: Final = 5
"""Days that a child leg's word is dated back: more than any of the first leg's own, which go back to three."""

_LINE: Final = {"provider": SOURCE, "medium": "phone"}
_LAST: Final = 9
"""Days that a guess is dated back which every other is to win over."""

_CREATED_BY: Final = {"queued": 0, "initiated": 0, "ringing": 1, "in_progress": 2}
"""The first status that is reported stands for the call's creation; the earlier one wins over the later."""

_RECORDING_STATUSES: Final = frozenset({"in-progress", "paused", "resumed", "stopped", "absent", "failed"})
_CONFERENCE_ENDS: Final = frozenset({"conference-end", "end"})
_CONFERENCE_EVENTS: Final = frozenset(
    {"conference-start", "start", "participant-join", "join", "participant-leave", "leave"} | _CONFERENCE_ENDS
)
_OTHER_CALLBACKS: Final = {
    "TranscriptionSid": "transcription",
    "AnsweredBy": "answering machine detection",
    "MessageSid": "message",
    "StreamSid": "stream",
    "QueueSid": "queue",
}
_MOST_PARAMETERS: Final = 1000


def parse(body: bytes, content_type: str | None) -> Heard:
    """What a callback says; the sids of the leg, its parent and its conference all name the call."""
    del content_type
    try:
        given = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        return nonsense("the body is not a form in UTF-8, as every voice callback is")
    if any("\0" in key or "\0" in value for key, value in given.items()):
        return nonsense("the form holds a NUL character, which cannot be kept")
    try:
        return _reader(given)(given)
    except InvalidRequest as error:
        return nonsense(error.message)
    except ValueError as error:
        return nonsense(str(error))


def _reader(given: dict[str, str]) -> Callable[[dict[str, str]], Heard]:
    if "RecordingStatus" in given:
        return _recording
    if "ConferenceSid" in given and "StatusCallbackEvent" in given:
        return _conference
    return _status if "CallStatus" in given else _other


def _other(given: dict[str, str]) -> Heard:
    for key, name in _OTHER_CALLBACKS.items():
        if key in given:
            return known(name)
    return nonsense("none of CallStatus, RecordingStatus and StatusCallbackEvent says what happened")


def _status(given: dict[str, str]) -> Heard:
    name = given["CallStatus"]
    if name not in _STATUSES:
        return nonsense(f'CallStatus: Twilio has no status "{name[:60]}"', name[:60])
    status, rank = _STATUSES[name]
    moment = _moment(given, "Timestamp")
    parent = given.get("ParentCallSid")
    ids = _names(given, "CallSid", "ConferenceSid")
    if parent:
        ids = _names(given, "ParentCallSid", "CallSid", "ConferenceSid")
    back = _CHILD if parent else 0
    length = _whole(given, "CallDuration")
    values = _said(given, status)
    if status == "in_progress":
        values["started_at"] = moment
    if rank == ENDED:
        values["ended_at"] = moment
    if status == "completed" and length is not None:
        values["duration_ms"] = length * 1000
    kept = {SOURCE: {given["CallSid"]: without(given, ("From", "To"))}}
    # That one leg rings takes nothing from what is said of another that has been answered.
    main = yielding(moment, back if status == "in_progress" or rank == ENDED else back + 1)
    event = CallEvent(SOURCE, name, ids, main, rank, values, [], kept, moment)
    return used(name, event, _guess(event, moment, status, length, back))


def _said(given: dict[str, str], status: str) -> dict[str, Any]:
    values: dict[str, Any] = {"status": status}
    if given.get("From"):
        values["from_number"] = given["From"]
    if given.get("To"):
        values["to_number"] = given["To"]
    if given.get("Direction") in _DIRECTIONS:
        values["direction"] = _DIRECTIONS[given["Direction"]]
    if given.get("ConferenceSid"):
        values["conference_id"] = given["ConferenceSid"]
    answered_by = given.get("AnsweredBy")
    if answered_by and answered_by != "unknown":
        values["in_voicemail"] = answered_by.startswith("machine")
    return values


def _guess(event: CallEvent, moment: datetime, status: str, length: int | None, back: int) -> CallEvent:
    """What stands until a better word comes: when the call was created and started, as this status tells it, and
    the provider, which is another's where this is the line of a voice agent's call.
    """
    started = shifted(moment, -length * 1000) if status == "completed" and length is not None else None
    values = {**_LINE, "created_at": started or moment} | ({"started_at": started} if started is not None else {})
    days = back + _CREATED_BY.get(status, 3)
    return CallEvent(SOURCE, event.name, event.names, yielding(moment, days), event.rank, values, moment=moment)


def _recording(given: dict[str, str]) -> Heard:
    status = given["RecordingStatus"]
    name = f"recording {status}"[:60]
    if status in _RECORDING_STATUSES:
        return known(name)
    if status != "completed":
        return nonsense(f'RecordingStatus: Twilio has no status "{status[:60]}"', name)
    url = given.get("RecordingUrl")
    if not url:
        return nonsense("RecordingUrl: a completed recording has none", name)
    if given.get("Timestamp"):
        moment = _moment(given, "Timestamp")
    else:
        start = _moment(given, "RecordingStartTime")
        moment = shifted(start, (_whole(given, "RecordingDuration") or 0) * 1000) or start
    ids = _names(given, "CallSid" if given.get("CallSid") else "ConferenceSid", "ConferenceSid")
    values: dict[str, Any] = {"recording": address(url)}
    if given.get("ConferenceSid"):
        values["conference_id"] = given["ConferenceSid"]
    kept = {SOURCE: {given.get("RecordingSid") or "recording": dict(given)}}
    return used(name, CallEvent(SOURCE, name, ids, moment, ANALYZED, values, [], kept))


def _conference(given: dict[str, str]) -> Heard:
    name = given["StatusCallbackEvent"]
    if name not in _CONFERENCE_EVENTS:
        if name.startswith(("participant-", "conference-", "announcement-")):
            return known(name[:60])
        return nonsense(f'StatusCallbackEvent: Twilio has no event "{name[:60]}"', name[:60])
    moment = _moment(given, "Timestamp")
    ended = name in _CONFERENCE_ENDS
    leg = "CallSidEndingConference" if ended else "CallSid"
    ids = _names(given, "ConferenceSid", leg)
    values: dict[str, Any] = {"conference_id": given["ConferenceSid"]}
    guesses: dict[str, Any] = {**_LINE, "created_at": moment}
    days = 4 if name in {"participant-join", "join"} else _LAST
    rank = UPDATED
    if name in {"conference-start", "start"}:
        values["status"], rank, days = "in_progress", STARTED + 4, 1
        guesses["started_at"] = moment
    if ended:
        # It ranks above the legs, which mostly end in the same second.
        values["status"], values["ended_at"], rank = "completed", moment, ENDED + 1
    under = given["ConferenceSid"] if ended or not given.get("CallSid") else f"participant {given['CallSid']}"
    event = CallEvent(SOURCE, name, ids, moment, rank, values, [], {SOURCE: {under: dict(given)}})
    guess = CallEvent(SOURCE, name, ids, yielding(moment, days), rank, guesses, moment=moment)
    return used(name, event, guess)


def _names(given: dict[str, str], required: str, *others: str) -> tuple[str, ...]:
    problems: list[Problem] = []
    found = names(given.get(required), (required,), problems, *(given.get(other) for other in others))
    settle(problems)
    return found


def _moment(given: dict[str, str], key: str) -> datetime:
    """The time under the key, in the form of an e-mail's date. Raises ValueError when there is none."""
    text = given.get(key)
    if not text:
        raise ValueError(f"{key}: the time is missing")
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return _instant(key, text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise ValueError(f'{key}: "{text[:60]}" is no time') from None


def _instant(key: str, text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ValueError(f'{key}: "{text[:60]}" was given: {error}') from error


def _whole(given: dict[str, str], key: str) -> int | None:
    text = given.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
