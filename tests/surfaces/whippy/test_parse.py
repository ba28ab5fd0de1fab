"""A call that is not as documented is refused: the field, what was given and what is expected are named, every mistake
at once. What is merely unknown is kept.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.surfaces.whippy.examples import full_call, uuid_of

from calldex.core.errors import InvalidRequest
from calldex.core.jsonbytes import decode
from calldex.surfaces.whippy.v1.parse import parse_call, parse_record

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"id": None}, "id", "text that is not empty is expected, and null was given"),
    ({"id": {}}, "id", "text that is not empty"),
    ({"delivery_status": 3}, "delivery_status", "text or null is expected, and 3 was given"),
    ({"direction": ["INBOUND"]}, "direction", "text or null"),
    ({"type": "email"}, "type", '"call" is expected, and "email" was given'),
    ({"mode": False}, "mode", "text or null"),
    ({"body": ["Agent: Hello."]}, "body", "text or null"),
    ({"caller": 12025550120}, "from", "text or null"),
    ({"created_at": "2026-03-12T16:02:10.551203"}, "created_at", "it has no time zone"),
    ({"updated_at": 1773331330}, "updated_at", "an ISO 8601 time with a zone or null"),
    ({"contact_id": 8}, "contact_id", "text or null"),
    ({"user_id": "1207"}, "user_id", "a whole number of at most 64 bits or null"),
    ({"user_id": True}, "user_id", "a whole number"),
    ({"user_id": 12.5}, "user_id", "a whole number"),
    ({"user_id": 2**63}, "user_id", "a whole number of at most 64 bits"),
    ({"attachments": {}}, "attachments", "an array or null"),
    ({"metadata": {"duration": "21350"}}, "metadata.duration", "a whole number"),
    ({"metadata": {"duration": 1.5}}, "metadata.duration", "a whole number"),
    ({"metadata": {"duration": -1}}, "metadata.duration", "0 or more"),
    ({"metadata": {"duration": 10**30}}, "metadata.duration", "at most 64 bits"),
    ({"metadata": {"placeholders_data": []}}, "metadata.placeholders_data", "an object or null"),
    ({"metadata": {"analysis": "good"}}, "metadata.analysis", "an object or null"),
    ({"metadata": {"analysis": {"in_voicemail": "no"}}}, "metadata.analysis.in_voicemail", "true, false or null"),
    ({"metadata": {"analysis": {"call_summary": 1}}}, "metadata.analysis.call_summary", "text or null"),
    ({"metadata": {"agent_id": []}}, "metadata.agent_id", "text or null"),
    ({"metadata": {"placeholders_data": {"a": "\0"}}}, "metadata.placeholders_data.a", "must not hold a NUL"),
    ({"attachments": [{"url": "\0"}]}, "attachments.0.url", "must not hold a NUL"),
]


def problems(raw: bytes) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as refused:
        parse_call(raw)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_value_is_named(changes: dict[str, Any], field: str, sentence: str) -> None:
    found = problems(json.dumps(full_call(**dict(changes))).encode())
    assert list(found) == [field]
    assert sentence in found[field]
    assert found[field].startswith(field)


def test_metadata_must_be_an_object() -> None:
    assert "an object or null" in problems(json.dumps({**full_call(), "metadata": 1}).encode())["metadata"]


def test_every_mistake_is_named_at_once() -> None:
    call = full_call(id=1, user_id="x", metadata={"duration": "x", "analysis": {"user_sentiment": 1}})
    found = problems(json.dumps(call).encode())
    assert found.keys() == {"id", "user_id", "metadata.duration", "metadata.analysis.user_sentiment"}


def test_only_given_keys_are_said() -> None:
    change = parse_call(b'{"id": "x", "body": null, "metadata": {"duration": null, "agent_id": null}}')
    assert change.values == {"transcript_text": None, "agent_id": None}
    assert (change.linked, change.kept, change.version) == ([], {}, None)


def test_the_delivery_status_is_state_and_reason() -> None:
    change = parse_call(b'{"id": "x", "delivery_status": "call_completed.agent_hangup"}')
    assert change.values == {"status": "completed", "disconnection_reason": "agent_hangup"}
    assert change.kept == {"words": {"disposition": "call_completed.agent_hangup"}}
    assert parse_call(b'{"id": "x", "delivery_status": "odd.word"}').values == {"status": None}


def test_the_analysis_stays_whole_and_is_understood() -> None:
    raw = b'{"id": "x", "metadata": {"analysis": {"user_sentiment": "Positive", "n": 1.50, "z": [null]}}}'
    change = parse_call(raw)
    assert change.values == {
        "analysis": b'{"user_sentiment":"Positive","n":1.50,"z":[null]}',
        "sentiment": "positive",
    }
    assert decode(change.values["analysis"])["z"] == [None]


def test_of_a_contact_only_the_id_is_known() -> None:
    change = parse_call(json.dumps({"id": "x", "contact_id": uuid_of("person")}).encode())
    (linked,) = change.linked
    assert (linked.id, linked.kind, linked.raw) == (change.values["contact"], "contact", b"{}")
    (record,) = parse_record(linked)
    assert (record.body, record.version) == ({"id": uuid_of("person")}, None)
