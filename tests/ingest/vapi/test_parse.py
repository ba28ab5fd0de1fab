"""Vapi's messages, to exact values (documented: docs.vapi.ai/server-url/events and vapi_server_sdk's types)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, loaded, same_in_every_order

from calldex.core.events import Heard
from calldex.ingest.vapi.parse import parse

CALL = "0196a7c4-2b1e-7c55-9d0e-5a3f8b7c6d12"
ASSISTANT = "3d9a51d0-77f1-4e0f-a2b8-6c1e9f4b8a20"
COMMON = {
    "provider": "vapi",
    "mode": "ai",
    "medium": "phone",
    "direction": "outbound",
    "from_number": "+12025550143",
    "to_number": "+12025550177",
    "agent_id": ASSISTANT,
    "agent_version_id": f"{ASSISTANT}:v3",
    "phone_number_id": "6f1e0d2c-1b3a-4c5d-8e7f-9a0b1c2d3e4f",
    "created_at": at("14:59:58"),
    "modified_at": at("15:00:10"),
}


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, call: dict[str, Any] | None = None, **message: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["message"].update(message)
    given["message"]["call"].update(call or {})
    return parse(json.dumps(given).encode(), None)


@pytest.mark.parametrize(
    ("name", "time", "rank", "values"),
    [
        ("status_queued", "14:59:58", 10, {"status": "queued"}),
        ("status_ringing", "15:00:02", 11, {"status": "ringing"}),
        ("status_in_progress", "15:00:10", 12, {"status": "in_progress", "started_at": at("15:00:10")}),
        (
            "status_forwarding",
            "15:00:50",
            20,
            {"status": "in_progress", "transferred_to": "+12025550199", "transferred": True},
        ),
        (
            "status_ended",
            "15:02:00",
            30,
            {"status": "completed", "disconnection_reason": "user_hangup", "ended_at": at("15:02:00")},
        ),
        (
            "status_no_answer",
            "15:00:40",
            30,
            {"status": "no_answer", "disconnection_reason": "dial_no_answer", "ended_at": at("15:00:40")},
        ),
    ],
)
def test_each_status(name: str, time: str, rank: int, values: dict[str, Any]) -> None:
    one = event(heard(name))
    assert (one.time, one.rank, one.names) == (at(time), rank, (CALL, "CA11111111111111111111111111111111"))
    assert one.values == COMMON | values


def test_end_of_call_report() -> None:
    one = event(heard("end_of_call_report"))
    assert (one.time, one.rank) == (at("15:02:05.5"), 40)
    assert loaded(one.values.pop("transcript")) == [
        {"role": "agent", "content": "Good afternoon, is this Ana?", "start": 1.2, "end": 3.4},
        {"role": "user", "content": "Yes.", "start": 4, "end": 4.5},
    ]
    assert loaded(one.values.pop("analysis"))["successEvaluation"] == "true"
    assert one.values == COMMON | {
        "status": "completed",
        "disconnection_reason": "user_hangup",
        "started_at": at("15:00:10"),
        "ended_at": at("15:02:00.250"),
        "duration_ms": 110_250,
        "summary": "Ana promised to pay on Friday.",
        "recording": b'"https://recordings.example.com/0196a7c4.wav"',
        "transcript_text": "Agent: Good afternoon, is this Ana?\nUser: Yes.",
    }
    assert one.kept["vapi"]["endedReason"] == "customer-ended-call"
    assert one.kept["vapi"]["artifact"] == {"variableValues": {"first_name": "Ana"}}


def test_a_voicemail_and_a_report_without_messages() -> None:
    values = event(heard("end_of_call_voicemail")).values
    assert values["in_voicemail"] is True
    assert values["disconnection_reason"] == "voicemail_reached"
    assert values["transcript_text"] == "Agent: Please call us back."
    assert "transcript" not in values


def test_an_inbound_call_and_a_web_call() -> None:
    values = event(changed("status_ringing", {"type": "inboundPhoneCall"})).values
    assert (values["direction"], values["from_number"], values["to_number"]) == (
        "inbound",
        "+12025550177",
        "+12025550143",
    )
    web = event(changed("status_ringing", {"type": "webCall"})).values
    assert web["medium"] == "web"
    assert not {"direction", "from_number", "to_number"} & web.keys()


@pytest.mark.parametrize(
    ("reason", "status", "word"),
    [
        ("customer-busy", "busy", "dial_busy"),
        ("manually-canceled", "canceled", "manual_stopped"),
        ("pipeline-error-openai-400-bad-request", "failed", "pipeline-error-openai-400-bad-request"),
        ("assistant-forwarded-call", "completed", "call_transfer"),
        ("worker-shutdown", "completed", "worker-shutdown"),
    ],
)
def test_how_a_call_ended(reason: str, status: str, word: str) -> None:
    values = event(changed("status_ended", endedReason=reason)).values
    assert (values["status"], values["disconnection_reason"]) == (status, word)


def test_where_a_recording_may_stand() -> None:
    for artifact in (
        {"recording": {"mono": {"combinedUrl": "https://r.example.com/1"}}},
        {"recording": {"stereoUrl": "https://r.example.com/1"}},
        {"stereoRecordingUrl": "https://r.example.com/1"},
    ):
        assert (
            event(changed("end_of_call_report", artifact=artifact)).values["recording"] == b'"https://r.example.com/1"'
        )


def test_the_life_of_a_call_in_every_order() -> None:
    names = ("status_queued", "status_ringing", "status_in_progress", "status_ended", "end_of_call_report")
    fold = same_in_every_order([heard(name) for name in names])
    assert fold.values == event(heard("end_of_call_report")).values


@pytest.mark.parametrize("name", ["speech-update", "tool-calls", 'transcript[transcriptType="final"]', "hang"])
def test_messages_without_use_are_known(name: str) -> None:
    found = parse(json.dumps({"message": {"type": name}}).encode(), None)
    assert (found.meaning, found.name) == ("known", name)


def test_what_vapi_says_of_its_own_record_is_known() -> None:
    assert changed("status_ended", status="not-found").meaning == "known"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"{}", None), "message.type"),
        (parse(b'{"message": {"type": "end-of-cal-report"}}', None), 'Did you mean "end-of-call-report"?'),
        (parse(b'{"message": {"type": "status-update", "status": "ended"}}', None), "message.call.id"),
        (changed("status_ended", status="over"), "message.status"),
        (changed("status_ended", status=None), "message.status"),
        (changed("status_ended", {"updatedAt": None}, timestamp=None), "nothing says when this happened"),
        (changed("status_ended", timestamp="now"), "message.timestamp"),
        (changed("end_of_call_report", artifact=[]), "message.artifact"),
        (changed("end_of_call_report", startedAt="2026-03-12"), "message.startedAt"),
        (changed("end_of_call_report", endedReason=5), "message.endedReason"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason
