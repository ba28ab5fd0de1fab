"""ElevenLabs' webhooks, to exact values (documented: elevenlabs.io, post-call webhooks, and the package's types)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, loaded

from calldex.core.events import Heard
from calldex.ingest.elevenlabs.parse import parse


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, **data: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["data"].update(data)
    return parse(json.dumps(given).encode(), None)


def test_post_call_transcription() -> None:
    one = event(heard("post_call_transcription"))
    assert (one.time, one.rank, one.names) == (at("15:02:05"), 40, ("conv_9k2p", "CA11111111111111111111111111111111"))
    assert loaded(one.values.pop("transcript")) == [
        {"role": "agent", "content": "Good afternoon, is this Ana?", "start": 0, "end": None},
        {"role": "user", "content": "Yes.", "start": 3, "end": None},
    ]
    assert loaded(one.values.pop("analysis"))["call_successful"] == "success"
    assert one.values == {
        "provider": "elevenlabs",
        "mode": "ai",
        "medium": "phone",
        "direction": "outbound",
        "from_number": "+12025550143",
        "to_number": "+12025550177",
        "phone_number_id": "phnum_51d0",
        "agent_id": "agent_5m0n",
        "agent_version_id": "agtvrsn_77",
        "status": "completed",
        "disconnection_reason": "end_call tool was called.",
        "language": "en",
        "started_at": at("15:00:08"),
        "ended_at": at("15:02:00"),
        "duration_ms": 112_000,
        "summary": "Ana promised to pay on Friday.",
        "placeholders": b'{"first_name":"Ana","system__call_duration_secs":112}',
        "transcript_text": "Agent: Good afternoon, is this Ana?\nUser: Yes.",
    }
    assert one.kept["elevenlabs"]["metadata"]["cost"] == 296


def test_an_inbound_call_that_failed() -> None:
    values = event(heard("post_call_transcription_inbound")).values
    assert (values["direction"], values["from_number"], values["to_number"]) == (
        "inbound",
        "+12025550177",
        "+12025550143",
    )
    assert values["status"] == "failed"


def test_a_conversation_that_was_no_phone_call() -> None:
    values = event(changed("post_call_transcription", metadata={"start_time_unix_secs": 1773327608})).values
    assert not {"medium", "direction", "from_number", "ended_at", "duration_ms"} & values.keys()


@pytest.mark.parametrize(
    ("name", "names", "status", "word"),
    [
        ("call_initiation_failure", ("conv_3f7q", "CA66666666666666666666666666666666"), "busy", "dial_busy"),
        ("call_initiation_failure_sip", ("conv_4f7q", "SCL_77"), "failed", "dial_failed"),
    ],
)
def test_call_initiation_failure(name: str, names: tuple[str, ...], status: str, word: str) -> None:
    one = event(heard(name))
    assert (one.time, one.rank, one.names) == (at("15:00:25"), 30, names)
    assert one.values == {
        "provider": "elevenlabs",
        "mode": "ai",
        "medium": "phone",
        "direction": "outbound",
        "from_number": "+12025550143",
        "to_number": "+12025550177",
        "agent_id": "agent_5m0n",
        "status": status,
        "disconnection_reason": word,
        "created_at": at("15:00:25"),
        "ended_at": at("15:00:25"),
    }


def test_the_audio_is_known() -> None:
    assert (heard("post_call_audio").meaning, heard("post_call_audio").name) == ("known", "post_call_audio")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"null", None), "a JSON object"),
        (parse(b"{}", None), "type"),
        (parse(b'{"type": "post_call_transcript"}', None), 'Did you mean "post_call_transcription"?'),
        (parse(b'{"type": "post_call_transcription"}', None), "data"),
        (changed("post_call_transcription", conversation_id=""), "data.conversation_id"),
        (changed("post_call_transcription", status="lost"), "data.status"),
        (changed("post_call_transcription", transcript=[3]), "data.transcript.0"),
        (changed("post_call_transcription", metadata={"call_duration_secs": -4}), "data.metadata.call_duration_secs"),
        (parse(b'{"type": "call_initiation_failure", "data": {"conversation_id": "c"}}', None), "event_timestamp"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason
