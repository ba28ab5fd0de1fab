"""What came from Whippy comes back from Whippy: every key in the documented order, every value, words that we do not
know included. Absent differs from null, a newer copy wins key by key, an older one changes nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Tenant
from tests.surfaces.whippy.asking import CALLS, search
from tests.surfaces.whippy.examples import KEYS, METADATA_KEYS, full_call

from calldex.core.jsonbytes import decode, encode

UNDER_WAY: dict[str, Any] = {
    "delivery_status": "call_in_progress",
    "direction": "INBOUND",
    "body": None,
    "translated_body": None,
    "language": None,
    "translation_language": None,
    "campaign_id": None,
    "campaign_contact_id": None,
    "sequence_id": None,
    "step_contact_id": None,
    "step_id": None,
    "user_id": None,
    "attachments": [],
    "metadata": {
        "duration": None,
        "placeholders_data": {},
        "analysis": None,
        "agent_id": None,
        "agent_version_id": None,
        "llm_id": None,
        "llm_version_id": None,
    },
}
CHANGES: list[dict[str, Any]] = [
    {},
    UNDER_WAY,
    {"delivery_status": "pending"},
    {"delivery_status": "queued"},
    {"delivery_status": "call_completed"},
    {"delivery_status": "call_failed.dial_busy"},
    {"delivery_status": "call_failed.dial_no_answer"},
    {"delivery_status": "call_failed.error_llm.websocket"},
    {"delivery_status": "Something else"},
    {"delivery_status": None},
    {"direction": "CONFERENCE", "mode": "Manual", "language": "ES"},
    {"body": "Agent: Hello."},
    {"body": ""},
    {"body": "\n\n"},
    {"conversation_id": None, "contact_id": None, "channel_id": None, "caller": None, "to": None, "mode": None},
    {"contact_id": "c 9", "channel_id": "front desk", "metadata": {"agent_id": "marta"}},
    {"updated_at": None},
    {"attachments": [{"url": "x"}, {"content_type": "image/png", "url": "y", "size": 1.50}, {}]},
    {"metadata": {"analysis": {}, "type": "web", "duration": 0}},
    {"metadata": {"analysis": {"user_sentiment": "Furious", "call_summary": None}}},
    {"metadata": {"analysis": {"user_sentiment": "NEGATIVE", "in_voicemail": True}}},
    {"user_id": 2**62},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: ",".join(changes) or "full")
async def test_a_call_comes_back_as_it_came(tenant: Tenant, changes: dict[str, Any]) -> None:
    call = full_call(**dict(changes))
    assert await tenant.take("whippy", [call]) == ["created"]
    (answer,) = (await search(tenant))["data"]
    assert list(answer) == KEYS
    assert list(answer["metadata"]) == METADATA_KEYS
    assert differences(decode_fractions(call), answer) == []
    assert await tenant.answer(f"{CALLS}/{call['id']}") == {"data": answer}
    assert await tenant.take("whippy", [call]) == ["unchanged"]


def decode_fractions(call: dict[str, Any]) -> Any:
    return decode(encode(call))


async def test_times_have_microseconds_and_z(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call(created_at="2026-03-12T18:02:10+02:00")])
    (answer,) = (await search(tenant))["data"]
    assert answer["created_at"] == "2026-03-12T16:02:10.000000Z"
    assert answer["updated_at"] == "2026-03-12T16:03:00.001870Z"


async def test_the_older_shape_without_metadata_is_taken(tenant: Tenant) -> None:
    call = {key: value for key, value in full_call().items() if key not in ("type", "mode", "sequence_id", "metadata")}
    assert await tenant.take("whippy", [call]) == ["created"]
    (answer,) = (await search(tenant))["data"]
    assert differences(call, {key: answer[key] for key in call}) == []
    assert answer["metadata"].pop("placeholders_data") == {}
    assert list(answer["metadata"].values()) == [None] * 7
    assert (answer["type"], answer["mode"], answer["sequence_id"]) == ("call", None, None)


async def test_a_call_from_its_start_to_its_analysis(tenant: Tenant) -> None:
    started = full_call(**UNDER_WAY, updated_at="2026-03-12T16:02:10.551203Z")
    ended = full_call()
    assert await tenant.take("whippy", [started, ended]) == ["created", "updated"]
    (answer,) = (await search(tenant))["data"]
    assert differences(decode_fractions(ended), answer) == []
    assert await tenant.take("whippy", [started]) == ["unchanged"]
    assert (await search(tenant))["data"] == [answer]


async def test_a_newer_copy_wins_key_by_key(tenant: Tenant) -> None:
    first = full_call()
    newer = {
        "id": first["id"],
        "updated_at": "2026-03-13T00:00:00.000000Z",
        "delivery_status": "queued",
        "body": None,
        "metadata": {"duration": None, "analysis": {"in_voicemail": True}},
    }
    await tenant.take("whippy", [{**first, "delivery_status": "pending"}])
    assert await tenant.take("whippy", [newer]) == ["updated"]
    (answer,) = (await search(tenant))["data"]
    assert (answer["delivery_status"], answer["body"], answer["metadata"]["duration"]) == ("queued", None, 21350)
    analysis = answer["metadata"]["analysis"]
    assert (analysis["in_voicemail"], analysis["user_sentiment"]) == (True, "Neutral")
    assert await search(tenant, {"delivery_status": "pending"}) == {"data": [], "total": 0}
    untouched = [key for key in KEYS if key not in newer]
    assert [answer[key] for key in untouched] == [first[key] for key in untouched]


async def test_a_null_analysis_takes_away_what_an_older_one_said(tenant: Tenant) -> None:
    first = full_call()
    newer = full_call(updated_at="2026-03-13T00:00:00Z", metadata={"analysis": None})
    await tenant.take("whippy", [first, newer])
    (answer,) = (await search(tenant))["data"]
    assert answer["metadata"]["analysis"] is None


async def test_unknown_keys_are_kept_at_every_depth(tenant: Tenant) -> None:
    call = full_call()
    given = {**call, "zz": {"a": [1]}, "metadata": {**call["metadata"], "region": "us"}}
    await tenant.take("whippy", [given])
    (answer,) = (await search(tenant))["data"]
    assert differences(decode_fractions(call), answer) == []
    async with tenant.database.pool.acquire() as session:
        kept = await session.fetchval("SELECT kept FROM calls WHERE organization_id = $1", tenant.organization.id)
    assert decode(kept)["whippy"] == {"zz": {"a": [1]}, "metadata": {"region": "us"}}
