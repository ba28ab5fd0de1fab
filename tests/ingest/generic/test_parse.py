"""Our own event: exactly what is documented is taken, and everything else is refused with its name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, same_in_every_order

from calldex.core.calls import FIELDS
from calldex.core.events import Heard
from calldex.ingest.generic.parse import parse

ALL = ("call_created", "call_started", "call_updated", "call_ended", "call_analyzed")


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, **data: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["data"].update(data)
    return parse(json.dumps(given).encode(), None)


@pytest.mark.parametrize(
    ("name", "time", "rank", "values"),
    [
        (
            "call_created",
            "14:59:00",
            10,
            {
                "direction": "outbound",
                "from_number": "+12025550143",
                "to_number": "+12025550177",
                "status": "queued",
                "created_at": at("14:59:00"),
            },
        ),
        (
            "call_started",
            "15:00:08",
            11,
            {"agent_id": "bot-3", "status": "in_progress", "started_at": at("15:00:08")},
        ),
        (
            "call_updated",
            "15:00:30",
            20,
            {
                "transcript": b'[{"role":"agent","content":"Good afternoon, is this Ana?","start":0.4,"end":2.1}]',
                "transcript_text": "Agent: Good afternoon, is this Ana?",
                "notes": None,
            },
        ),
        (
            "call_ended",
            "15:02:00",
            30,
            {
                "duration_ms": 112_000,
                "disconnection_reason": "user_hangup",
                "recording": b'"https://recordings.example.com/a-17.wav"',
                "status": "completed",
                "ended_at": at("15:02:00"),
            },
        ),
        (
            "call_analyzed",
            "15:02:00",
            40,
            {
                "summary": "Ana promised to pay on Friday.",
                "sentiment": "positive",
                "analysis": b'{"score":0.93}',
                "classifications": b'[{"classification":"payment_promise"}]',
                "custom_classifications": b'["friday"]',
            },
        ),
    ],
)
def test_each_event(name: str, time: str, rank: int, values: dict[str, Any]) -> None:
    one = event(heard(name))
    assert (one.source, one.time, one.rank) == ("native", at(time), rank)
    assert one.names == (("a-17", "leg-1") if name == "call_started" else ("a-17",))
    assert one.values == values
    assert one.kept == ({"native": {"queue": "north"}} if name == "call_ended" else {})


def test_the_life_of_a_call_in_every_order() -> None:
    values = same_in_every_order([heard(name) for name in ALL]).values
    assert (values["status"], values["started_at"], values["summary"]) == (
        "completed",
        at("15:00:08"),
        "Ana promised to pay on Friday.",
    )


def test_what_an_event_says_itself_is_not_guessed() -> None:
    one = event(changed("call_ended", status="failed", ended_at="2026-03-12T15:01:59Z", transcript_text=None))
    assert (one.values["status"], one.values["ended_at"]) == ("failed", at("15:01:59"))
    assert one.values["transcript_text"] is None


def test_every_field_that_is_no_linked_record_may_be_said() -> None:
    linked = {name for name, kind in FIELDS.items() if kind in ("ref", "refs")}
    everything = dict.fromkeys(FIELDS.keys() - linked)
    one = event(changed("call_updated", **everything))
    assert one.values.keys() == everything.keys()
    for name in linked:
        assert changed("call_updated", **{name: None}).meaning == "nonsense"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"", None), "the JSON cannot be read"),
        (parse(b"{}", None), "type: one of call.created"),
        (parse(b'{"type": "call.start"}', None), 'Did you mean "call.started"?'),
        (parse(b'{"type": "call.ended", "data": {"id": "a"}}', None), "timestamp: the time of the event is missing"),
        (parse(b'{"type": "call.ended", "timestamp": "2026-03-12T15:02:00"}', None), "it has no time zone"),
        (parse(b'{"type": "call.ended", "timestamp": "2026-03-12T15:02:00Z"}', None), "data: an object is expected"),
        (
            parse(b'{"type":"call.ended","timestamp":"2026-03-12T15:02:00Z","data":{"id":"a"},"v":1}', None),
            "v: there is",
        ),
        (changed("call_ended", id=None), "data.id"),
        (changed("call_ended", sumary="x"), 'data.sumary: there is no such member. Did you mean "summary"?'),
        (changed("call_ended", status="done"), "data.status: one of pending_approval"),
        (changed("call_ended", direction="INBOUND"), "data.direction"),
        (changed("call_ended", sentiment="Positive"), "data.sentiment"),
        (changed("call_ended", duration_ms="1"), "data.duration_ms"),
        (changed("call_ended", duration_ms=-1), "data.duration_ms"),
        (changed("call_ended", started_at=17), "data.started_at"),
        (changed("call_ended", transcript=[{"content": "a"}]), "data.transcript.0"),
        (changed("call_ended", transcript=[{"role": "a", "content": "a", "words": []}]), "data.transcript.0"),
        (changed("call_ended", classifications=[{"classification": "x"}]), "data.classifications.0"),
        (changed("call_ended", custom_classifications=[1]), "data.custom_classifications.0"),
        (changed("call_ended", tasks=[1]), "data.tasks.0"),
        (changed("call_ended", tags=[1]), "data.tags.0"),
        (changed("call_ended", metadata=[]), "data.metadata"),
        (changed("call_ended", recording={}), "data.recording"),
        (changed("call_ended", extra=[]), "data.extra"),
        (changed("call_ended", notes="\0"), "NUL"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason


def test_many_mistakes_are_counted() -> None:
    found = changed("call_ended", a=1, b=2, c=3, d=4, e=5)
    assert found.reason is not None
    assert found.reason.endswith("; and 2 more")
