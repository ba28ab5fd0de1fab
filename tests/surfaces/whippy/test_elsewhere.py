"""Calls of other sources read sensibly on Whippy: direction in capitals, the dotted delivery status, an analysis made
of what is known, the recording as an attachment, UUIDs for every linked id.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.serving import Tenant
from tests.surfaces.whippy.asking import search
from tests.surfaces.whippy.examples import KEYS, METADATA_KEYS, uuid_of

STATUSES = [
    ("pending_approval", None, "pending"),
    ("queued", None, "queued"),
    ("registered", None, "queued"),
    ("initiated", None, "call_in_progress"),
    ("ringing", None, "call_in_progress"),
    ("in_progress", None, "call_in_progress"),
    ("canceled", None, "call_canceled"),
    ("completed", "agent_hangup", "call_completed.agent_hangup"),
    ("completed", None, "call_completed"),
    ("busy", None, "call_failed.dial_busy"),
    ("no_answer", "dial_no_answer", "call_failed.dial_no_answer"),
    ("failed", "error_unknown", "call_failed.error_unknown"),
    ("failed", None, "call_failed"),
]


def stuut_call(**changes: Any) -> dict[str, Any]:
    return {
        "id": "call_x1",
        "direction": "outbound",
        "to_number": "+12025550143",
        "from_number": "+12025550120",
        "created_at": "2026-03-01T10:00:00Z",
        "start_time": "2026-03-01T10:00:05Z",
        "end_time": "2026-03-01T10:01:05.250Z",
        **changes,
    }


async def test_a_call_of_stuut(tenant: Tenant) -> None:
    known = {
        "agent_id": "agent_7",
        "summary": "It was paid.",
        "sentiment": "positive",
        "in_voicemail": False,
        "transcript_str": "Agent: Hello.\nUser: Paid.",
        "recording_url": "https://recordings.acme.example/7.MP3?sig=a.b",
    }
    await tenant.take("stuut-v1", [stuut_call(**known)])
    (answer,) = (await search(tenant))["data"]
    assert (list(answer), list(answer["metadata"])) == (KEYS, METADATA_KEYS)
    assert (answer["direction"], answer["type"], answer["user_id"]) == ("OUTBOUND", "call", None)
    assert (answer["from"], answer["to"]) == ("+12025550120", "+12025550143")
    assert answer["body"] == "Agent: Hello.\nUser: Paid.\n"
    assert answer["created_at"] == "2026-03-01T10:00:00.000000Z"
    assert answer["metadata"]["duration"] == 60_250
    assert answer["metadata"]["placeholders_data"] == {}
    assert answer["metadata"]["analysis"] == {
        "call_summary": "It was paid.",
        "user_sentiment": "Positive",
        "call_completion_rating": None,
        "in_voicemail": False,
    }
    url = "https://recordings.acme.example/7.MP3?sig=a.b"
    assert answer["attachments"] == [{"content_type": "audio/mpeg", "url": url}]
    agent = answer["metadata"]["agent_id"]
    assert UUID(agent).version == 8
    assert (await search(tenant, {"agent_id": agent}))["total"] == 1
    assert (await search(tenant, {"agent_id": uuid_of("agent")}))["total"] == 0


async def test_nothing_known_is_null_and_empty(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [stuut_call()])
    (answer,) = (await search(tenant))["data"]
    assert (answer["body"], answer["metadata"]["analysis"], answer["attachments"]) == (None, None, [])


async def test_turns_without_their_text_are_the_body(tenant: Tenant) -> None:
    turns = [{"role": "agent", "content": "Hello."}, {"role": "user", "content": "Paid."}]
    await tenant.take("stuut-v1", [stuut_call(transcript=turns, transcript_str=None)])
    (answer,) = (await search(tenant))["data"]
    assert answer["body"] == "Agent: Hello.\nUser: Paid.\n"


@pytest.mark.parametrize(("status", "reason", "word"), STATUSES)
async def test_the_words_of_a_status(tenant: Tenant, status: str, reason: str | None, word: str) -> None:
    await tenant.take("stuut-v1", [stuut_call(status=status, disconnection_reason=reason)])
    (answer,) = (await search(tenant, {"delivery_status": [word]}))["data"]
    assert answer["delivery_status"] == word


async def test_a_call_of_skipcall(tenant: Tenant) -> None:
    call = {
        "id": uuid_of("skip"),
        "status": "no-answer",
        "type": "inbound",
        "createdAt": "2026-03-01T10:00:00.000Z",
        "updatedAt": "2026-03-01T11:00:00.000Z",
        "contact": {"id": uuid_of("person"), "firstName": "Ana", "lastName": None, "isUnknown": False},
        "phoneNumber": {"value": "+33199001234"},
        "callerPhoneNumber": {"value": "+33199004567"},
        "sequenceId": "spring",
    }
    await tenant.take("skipcall", [call])
    (answer,) = (await search(tenant, {"contact_id": uuid_of("person")}))["data"]
    assert UUID(answer["id"]).version == 7
    assert (answer["from"], answer["to"]) == ("+33199001234", "+33199004567")
    assert (answer["direction"], answer["delivery_status"]) == ("INBOUND", "call_failed.dial_no_answer")
    assert answer["contact_id"] == uuid_of("person")
    assert UUID(answer["sequence_id"]).version == 8
    assert answer["metadata"]["duration"] is None


async def test_another_source_that_knows_better_shows_in_the_analysis(tenant: Tenant) -> None:
    call_id = uuid_of("both")
    analysis = {"call_summary": "Old.", "user_sentiment": "NEUTRAL", "score": 3}
    whippy = {
        "id": call_id,
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T11:00:00Z",
        "metadata": {"analysis": analysis},
    }
    await tenant.take("whippy", [whippy])
    await tenant.take("stuut-v1", [stuut_call(id=call_id, modified_at="2026-03-02T00:00:00Z", summary="New.")])
    (answer,) = (await search(tenant))["data"]
    assert answer["metadata"]["analysis"] == {**analysis, "call_summary": "New."}
