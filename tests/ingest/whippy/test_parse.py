"""Whippy's events in both shapes: what an event says is what the same record says when it is imported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.ingest.deliveries import at, event, fixture, same_in_every_order

from calldex.core.events import Heard
from calldex.ingest.whippy.parse import parse
from calldex.surfaces.whippy.v1.parse import parse_call

CALL = "8c1d5f02-7b3a-4e6c-9f41-2a0b6d8e3c10"
ALL = ("call_started", "call_ended", "older_call_started", "older_call_ended")


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.json"), "application/json")


def changed(name: str, **data: Any) -> Heard:
    given = json.loads(fixture(__file__, f"{name}.json"))
    given["data"].update(data)
    return parse(json.dumps(given).encode(), None)


@pytest.mark.parametrize("name", ALL)
def test_an_event_says_what_the_imported_record_says(name: str) -> None:
    record = json.loads(fixture(__file__, f"{name}.json"))["data"]
    imported, one = parse_call(json.dumps(record).encode()), event(heard(name))
    assert one.values == imported.values
    assert one.linked == imported.linked
    assert (one.source, one.names, one.time) == (imported.source, (imported.vendor_id,), imported.version)
    assert one.kept.get("whippy") == imported.kept.get("whippy")
    assert {key: value for key, value in one.kept["words"].items() if value} == imported.kept["words"]


def test_the_newer_shape() -> None:
    started, ended = event(heard("call_started")), event(heard("call_ended"))
    assert (started.rank, started.time) == (10, at("15:00:00.104512"))
    assert (ended.rank, ended.time) == (30, at("15:02:00.5"))
    assert started.values["status"] == "in_progress"
    assert (ended.values["status"], ended.values["disconnection_reason"]) == ("completed", "agent_hangup")
    assert (ended.values["duration_ms"], ended.values["sentiment"]) == (118_250, "neutral")
    assert ended.kept["whippy"] == {"priority": "high", "metadata": {"room": 7}}


def test_the_older_shape() -> None:
    started, ended = event(heard("older_call_started")), event(heard("older_call_ended"))
    assert started.values["user_number"] == 7
    assert started.kept["words"] == {"disposition": "call_in_progress", "whippy.body": True}
    assert ended.values["status"] == "busy"
    assert ended.kept["words"] == {"disposition": "call_failed.dial_busy", "whippy.body": False}


@pytest.mark.parametrize("names", [ALL[:2], ALL[2:]])
def test_the_life_of_a_call_in_every_order(names: tuple[str, ...]) -> None:
    fold = same_in_every_order([heard(name) for name in names])
    assert fold.values == event(heard(names[0])).values | event(heard(names[1])).values
    assert fold.vendor_ids == {"whippy": CALL}


def test_other_resources_are_known() -> None:
    found = heard("contact_updated")
    assert (found.meaning, found.name) == ("known", "contact.updated")


def test_a_record_that_lacks_most_is_taken() -> None:
    found = parse(b'{"event": "call.ended", "created_at": "2026-03-12T15:02:00Z", "data": {"id": "c-1"}}', None)
    assert (event(found).time, event(found).values) == (at("15:02:00"), {})


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"{", None), "the JSON cannot be read"),
        (parse(b"{}", None), "event"),
        (parse(b'{"event": "call.finished"}', None), 'no event "call.finished"'),
        (parse(b'{"event": "call.ended", "data": []}', None), "data"),
        (parse(b'{"event": "call.ended", "data": {"id": "c-1"}}', None), "neither updated_at nor created_at"),
        (changed("call_ended", id=7), "data.id"),
        (changed("call_ended", type="sms"), 'data.type: "call" is expected'),
        (changed("call_ended", created_at="2026-03-12T15:00:00"), "it has no time zone"),
        (changed("call_ended", metadata={"duration": -1}), "data.metadata.duration"),
        (changed("call_ended", metadata=[]), "data.metadata"),
        (changed("call_ended", body="\0"), "NUL"),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason
