"""Telnyx's events, to exact values (documented: developers.telnyx.com, Voice API webhooks, and the package's types)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, loaded, outcome, same_in_every_order

from calldex.core.events import Heard
from calldex.ingest.telnyx.parse import parse

SESSION = "428c31b6-7af4-4bcb-b7f5-5013ef9657c1"
LEG = "428c31b6-7af4-4bcb-b7f5-5013ef9657c2"
CONTROL = "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg"
LINE = {"provider": "telnyx", "medium": "phone"}
NUMBERS = {"from_number": "+12025550143", "to_number": "+12025550177"}
CREATED = {"created_at": at("15:00:00.100")}
TEXT = "Agent: Good afternoon, is this Ana?\nUser: Yes."


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, **payload: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["data"]["payload"].update(payload)
    return parse(json.dumps(given).encode(), None)


@pytest.mark.parametrize(
    ("name", "time", "rank", "values"),
    [
        ("call_initiated", "15:00:00.250", 10, NUMBERS | CREATED | {"status": "initiated", "direction": "outbound"}),
        (
            "call_answered",
            "15:00:08.500",
            11,
            NUMBERS | CREATED | {"status": "in_progress", "started_at": at("15:00:08.5")},
        ),
        ("machine_detection", "15:00:11", 20, NUMBERS | {"in_voicemail": False, "created_at": at("15:00:11")}),
        ("call_hangup", "15:02:00.750", 30, NUMBERS | CREATED | {"status": "completed", "ended_at": at("15:02:00.75")}),
        (
            "call_hangup_busy",
            "15:00:05",
            30,
            NUMBERS | CREATED | {"status": "busy", "disconnection_reason": "dial_busy", "ended_at": at("15:00:05")},
        ),
        (
            "recording_saved",
            "15:02:09",
            40,
            {"recording": b'"https://recordings.example.com/428c.mp3"', "created_at": at("15:02:09")},
        ),
        (
            "recording_transcription",
            "15:02:30",
            40,
            {"transcript_text": "Good afternoon, is this Ana? Yes.", "created_at": at("15:02:30")},
        ),
    ],
)
def test_each_event(name: str, time: str, rank: int, values: dict[str, Any]) -> None:
    found = heard(name)
    assert (event(found).time, event(found).rank) == (at(time), rank)
    assert {one.names for one in found.events} == {(SESSION, LEG, CONTROL)}
    assert outcome([found]).values == LINE | values
    assert event(found).kept["telnyx"][LEG]["connection_id"] == "7267000000"


def test_the_conversation_of_telnyxs_own_assistant() -> None:
    values = event(heard("conversation_ended")).values
    assert [turn["role"] for turn in loaded(values.pop("transcript"))] == ["agent", "user"]
    assert values == {"mode": "ai", "agent_id": "assistant-51d0", "transcript_text": TEXT}


def test_the_life_of_a_call_in_every_order() -> None:
    names = ("call_initiated", "call_answered", "machine_detection", "call_hangup", "recording_saved")
    assert same_in_every_order([heard(name) for name in names]).values == LINE | NUMBERS | CREATED | {
        "direction": "outbound",
        "status": "completed",
        "started_at": at("15:00:08.5"),
        "ended_at": at("15:02:00.75"),
        "in_voicemail": False,
        "recording": b'"https://recordings.example.com/428c.mp3"',
    }


def test_the_incoming_leg_of_a_session_says_who_calls_whom() -> None:
    names = ("incoming_initiated", "call_answered", "second_leg_initiated", "second_leg_hangup", "call_hangup")
    values = same_in_every_order([heard(name) for name in names]).values
    assert values == LINE | CREATED | {
        "from_number": "+12025550177",
        "to_number": "+12025550143",
        "direction": "inbound",
        "status": "completed",
        "started_at": at("15:00:08.5"),
        "ended_at": at("15:02:00.75"),
    }


def test_a_second_leg_that_begins_takes_nothing_from_the_first() -> None:
    names = ("incoming_initiated", "call_answered", "second_leg_initiated")
    assert same_in_every_order([heard(name) for name in names]).values["status"] == "in_progress"


@pytest.mark.parametrize(
    ("cause", "status", "word"),
    [
        ("no_answer", "no_answer", "dial_no_answer"),
        ("originator_cancel", "canceled", None),
        ("time_limit", "completed", "max_duration_reached"),
        ("call_rejected", "failed", "user_declined"),
        ("unspecified", "failed", "unspecified"),
        (None, "failed", None),
    ],
)
def test_how_a_call_ended(cause: str | None, status: str, word: str | None) -> None:
    values = event(changed("call_hangup", hangup_cause=cause)).values
    assert (values["status"], values.get("disconnection_reason")) == (status, word)


def test_events_without_use_are_known() -> None:
    assert (heard("call_bridged").meaning, heard("call_bridged").name) == ("known", "call.bridged")
    assert parse(b"CallSid=v3&CallStatus=completed", "application/x-www-form-urlencoded").meaning == "known"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"{}", None), "data.event_type"),
        (parse(b'{"data": {"event_type": "party"}}', None), 'no event "party"'),
        (parse(b'{"data": {"event_type": "call.hangup"}}', None), "data.payload.call_session_id"),
        (
            parse(b'{"data": {"event_type": "call.hangup", "payload": {"call_session_id": "s"}}}', None),
            "data.occurred_at",
        ),
        (changed("call_hangup", hangup_cause=3), "data.payload.hangup_cause"),
        (changed("call_initiated", **{"from": []}), "data.payload.from"),
        (changed("recording_saved", recording_urls={"mp3": 4}), "data.payload.recording_urls"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason
