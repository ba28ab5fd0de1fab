"""Retell's events, to exact values (documented: docs.retellai.com/features/webhook-overview and retell-sdk's types)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, loaded, same_in_every_order

from calldex.core.events import Heard
from calldex.ingest.retell.parse import parse

CALL = "call_7f0c1f2a9d3e4b5c8a61"
LEG = "CA11111111111111111111111111111111"
COMMON = {
    "provider": "retell",
    "mode": "ai",
    "medium": "phone",
    "platform_call_id": CALL,
    "from_number": "+12025550143",
    "to_number": "+12025550177",
    "direction": "outbound",
    "agent_id": "agent_51d0c2",
    "agent_version_id": "agent_51d0c2:4",
    "started_at": at("15:00:00.250"),
}
ENDED = {
    "ended_at": at("15:01:01.750"),
    "duration_ms": 61500,
    "disconnection_reason": "user_hangup",
    "status": "completed",
    "recording": b'"https://recordings.example.com/7f0c.wav"',
}


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, **call: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["call"].update(call)
    return parse(json.dumps(given).encode(), None)


def test_call_started() -> None:
    one = event(heard("call_started"))
    assert (one.source, one.name, one.rank, one.time) == ("retell", "call_started", 10, at("15:00:00.250"))
    assert one.names == (CALL, LEG)
    assert one.values == COMMON | {"status": "in_progress", "placeholders": b'{"first_name":"Ana"}'}
    assert one.kept == {"retell": {"agent_name": "Collections", "metadata": {"invoice": "INV-204"}, "agent_version": 4}}


def test_transcript_updated() -> None:
    one = event(heard("transcript_updated"))
    assert (one.rank, one.time) == (20, at("15:00:03.500"))
    turns = loaded(one.values.pop("transcript"))
    assert turns == [
        {"role": "agent", "content": "Good afternoon, is this Ana?", "start": 0.4, "end": 2.1},
        {"role": "user", "content": "Yes.", "start": 3.0, "end": 3.25},
    ]
    text = "Agent: Good afternoon, is this Ana?\nUser: Yes.\n"
    assert one.values == COMMON | {"status": "in_progress", "transcript_text": text}


def test_call_ended() -> None:
    one = event(heard("call_ended"))
    assert (one.rank, one.time) == (30, at("15:01:01.750"))
    assert [turn["end"] for turn in loaded(one.values.pop("transcript"))] == [2.1, 3.25, 5.5, None]
    assert one.values.pop("transcript_text").endswith("User: I will.\n")
    assert one.values == COMMON | ENDED | {"placeholders": b'{"first_name":"Ana"}'}
    assert set(one.kept["retell"]) == {"metadata", "public_log_url", "agent_version", "transcript_object"}


def test_call_analyzed() -> None:
    one = event(heard("call_analyzed"))
    assert (one.rank, one.time) == (40, at("15:01:01.750"))
    assert loaded(one.values.pop("analysis"))["custom_analysis_data"] == {"promise_date": "2026-03-13"}
    analysis = {"summary": "Ana promised to pay on Friday.", "in_voicemail": False, "sentiment": "positive"}
    assert one.values == COMMON | ENDED | analysis


def test_a_transfer() -> None:
    values = event(heard("call_ended_transferred")).values
    assert values["transferred_to"] == "+12025550199"
    assert values["transferred"] is True
    assert values["status"] == "completed"


def test_a_call_that_did_not_connect() -> None:
    values = event(heard("call_ended_no_answer")).values
    assert (values["status"], values["disconnection_reason"]) == ("no_answer", "dial_no_answer")
    assert (
        event(changed("call_ended", call_status="error", disconnection_reason="error_asr")).values["status"] == "failed"
    )
    assert event(changed("call_ended", disconnection_reason="dial_busy")).values["status"] == "busy"
    assert event(changed("call_ended", disconnection_reason=None)).values["disconnection_reason"] is None


def test_the_life_of_a_call_in_every_order() -> None:
    names = ("call_started", "transcript_updated", "call_ended", "call_analyzed")
    fold = same_in_every_order([heard(name) for name in names])
    assert len(loaded(fold.values["transcript"])) == 4
    assert fold.values["status"] == "completed"
    assert fold.values["summary"] == "Ana promised to pay on Friday."
    assert fold.vendor_ids == {"retell": CALL}


def test_late_transcripts_take_nothing_from_the_ended_call() -> None:
    fold = same_in_every_order([heard("transcript_updated"), heard("call_ended")])
    assert fold.values["status"] == "completed"
    assert len(loaded(fold.values["transcript"])) == 4


@pytest.mark.parametrize("name", ["transfer_started", "transfer_bridged", "chat_started"])
def test_events_without_use_are_known(name: str) -> None:
    given = json.loads(fixture(__file__, "transfer_started.json")) | {"event": name}
    found = parse(json.dumps(given).encode(), None)
    assert (found.meaning, found.name, found.events) == ("known", name, ())


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"", None), "the JSON cannot be read"),
        (parse(b'{"event": "\xff"}', None), "UTF-8"),
        (parse(b"[]", None), "a JSON object"),
        (parse(b"{}", None), "event"),
        (parse(b'{"event": "call_strated", "call": {}}', None), 'Did you mean "call_started"?'),
        (parse(b'{"event": "call_ended"}', None), "call: the object of the call is missing"),
        (changed("call_ended", call_id=None), "call.call_id"),
        (changed("call_ended", call_id="x" * 501), "at most 500 characters"),
        (changed("call_ended", from_number=5), "call.from_number: text or null is expected, and 5 was given"),
        (changed("call_ended", start_timestamp="today"), "call.start_timestamp"),
        (changed("call_ended", end_timestamp=10**17), "call.end_timestamp"),
        (changed("call_ended", start_timestamp=None, end_timestamp=None), "neither start_timestamp nor end_timestamp"),
        (changed("call_ended", transcript_object=[1]), "call.transcript_object.0"),
        (changed("call_ended", transcript="a\0b"), "NUL"),
        (changed("call_analyzed", call_analysis=[]), "call.call_analysis"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert found.meaning == "nonsense"
    assert found.events == ()
    assert found.reason is not None
    assert reason in found.reason
