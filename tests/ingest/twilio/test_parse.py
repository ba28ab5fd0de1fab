"""Twilio's callbacks, to exact values (documented: twilio.com/docs/voice, the callbacks' parameters)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from tests.ingest.deliveries import at, event, fixture, outcome, same_in_every_order

from calldex.core.events import Heard
from calldex.ingest.twilio.parse import parse

FORM = "application/x-www-form-urlencoded"
A = "CA11111111111111111111111111111111"
B = "CA22222222222222222222222222222222"
ROOM = "CF33333333333333333333333333333333"
RECORDING = (
    b'"https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001'
    b'/Recordings/RE44444444444444444444444444444444"'
)
LINE = {"provider": "twilio", "medium": "phone"}
OUT = {"from_number": "+12025550143", "to_number": "+12025550177", "direction": "outbound"}
IN = {"from_number": "+12025550177", "to_number": "+12025550143", "direction": "inbound"}


def heard(name: str) -> Heard:
    return parse(fixture(__file__, f"{name}.form"), FORM)


def changed(name: str, **parameters: str) -> Heard:
    given = dict(parse_qsl(fixture(__file__, f"{name}.form").decode())) | parameters
    return parse(urlencode({key: value for key, value in given.items() if value != "-"}).encode(), FORM)


def said(*names: str) -> dict[str, Any]:
    """The values that these callbacks come to, in every order."""
    return same_in_every_order([heard(name) for name in names]).values


@pytest.mark.parametrize(
    ("name", "time", "values"),
    [
        ("initiated", "15:00:00", {"status": "initiated", "created_at": at("15:00:00")}),
        ("ringing", "15:00:02", {"status": "ringing", "created_at": at("15:00:02")}),
        (
            "answered",
            "15:00:08",
            {
                "status": "in_progress",
                "started_at": at("15:00:08"),
                "created_at": at("15:00:08"),
                "in_voicemail": False,
            },
        ),
        (
            "completed",
            "15:02:00",
            {
                "status": "completed",
                "ended_at": at("15:02:00"),
                "started_at": at("15:00:08"),
                "created_at": at("15:00:08"),
                "duration_ms": 112_000,
            },
        ),
        ("busy", "15:00:05", {"status": "busy", "ended_at": at("15:00:05"), "created_at": at("15:00:05")}),
        ("no_answer", "15:00:30", {"status": "no_answer", "ended_at": at("15:00:30"), "created_at": at("15:00:30")}),
        ("failed", "15:00:01", {"status": "failed", "ended_at": at("15:00:01"), "created_at": at("15:00:01")}),
        ("canceled", "15:00:04", {"status": "canceled", "ended_at": at("15:00:04"), "created_at": at("15:00:04")}),
    ],
)
def test_each_status(name: str, time: str, values: dict[str, Any]) -> None:
    found = heard(name)
    assert {one.names for one in found.events} == {(A,)}
    assert outcome([found]).values == LINE | OUT | values
    assert found.events[0].kept["twilio"][A]["AccountSid"] == "AC00000000000000000000000000000001"
    if name not in ("initiated", "ringing"):
        assert found.events[0].time == at(time)


def test_the_word_of_the_event_is_taken_for_the_status() -> None:
    assert event(changed("answered", CallStatus="answered")).values["status"] == "in_progress"


def test_an_answering_machine() -> None:
    assert event(changed("answered", AnsweredBy="machine_end_beep")).values["in_voicemail"] is True
    assert "in_voicemail" not in event(changed("answered", AnsweredBy="unknown")).values


def test_the_life_of_an_outbound_call() -> None:
    assert said("initiated", "ringing", "answered", "completed", "recording_completed") == LINE | OUT | {
        "status": "completed",
        "created_at": at("15:00:00"),
        "started_at": at("15:00:08"),
        "ended_at": at("15:02:00"),
        "duration_ms": 112_000,
        "in_voicemail": False,
        "recording": RECORDING,
    }


def test_a_call_that_nobody_answers() -> None:
    values = said("initiated", "ringing", "no_answer")
    assert (values["status"], values["created_at"]) == ("no_answer", at("15:00:00"))


def test_parent_and_child_legs_are_one_call_and_the_parent_decides() -> None:
    names = ("inbound_ringing", "child_ringing", "child_completed", "inbound_completed", "recording_completed")
    assert said(*names) == LINE | IN | {
        "status": "completed",
        "created_at": at("15:00:00"),
        "started_at": at("15:00:02"),
        "ended_at": at("15:02:00"),
        "duration_ms": 118_000,
        "recording": RECORDING,
    }
    assert heard("child_ringing").events[0].names == (A, B)


def test_a_child_that_does_not_answer_does_not_end_the_call() -> None:
    assert said("inbound_ringing", "child_ringing", "child_no_answer")["status"] == "ringing"
    assert said("inbound_ringing", "child_no_answer", "inbound_completed")["status"] == "completed"


def test_a_call_of_which_only_the_child_reports() -> None:
    assert said("child_ringing", "child_completed") == LINE | {
        "from_number": "+12025550177",
        "to_number": "+12025550188",
        "direction": "outbound",
        "status": "completed",
        "created_at": at("15:00:03"),
        "started_at": at("15:00:18"),
        "ended_at": at("15:01:58"),
        "duration_ms": 100_000,
    }


def test_a_conference_with_two_legs() -> None:
    names = ("participant_join_a", "participant_join_b", "conference_start", "leg_a_completed", "leg_b_completed")
    values = said(*names, "conference_end")
    assert values == LINE | OUT | {
        "status": "completed",
        "conference_id": ROOM,
        "created_at": at("15:00:21"),
        "started_at": at("15:00:21"),
        "ended_at": at("15:02:01"),
        "duration_ms": 100_000,
    }
    assert heard("participant_join_b").events[0].names == (ROOM, B)
    assert heard("conference_end").events[0].names == (ROOM, A)


def test_a_leg_that_rings_takes_nothing_from_one_that_was_answered() -> None:
    given = [heard("answered"), changed("ringing", CallSid=B, Timestamp="Thu, 12 Mar 2026 15:00:30 +0000")]
    assert same_in_every_order(given).values["status"] == "in_progress"


@pytest.mark.parametrize("name", ["recording_completed", "recording_conference"])
def test_recordings(name: str) -> None:
    one = event(heard(name))
    conference = name == "recording_conference"
    assert one.names == ((ROOM,) if conference else (A,))
    assert one.values == {"recording": RECORDING} | ({"conference_id": ROOM} if conference else {})
    assert one.time == at("15:01:46" if conference else "15:01:58")
    assert event(changed(name, Timestamp="Thu, 12 Mar 2026 17:03:00 +0200")).time == at("15:03:00")


@pytest.mark.parametrize("name", ["recording_absent", "recording_in_progress", "transcription", "participant_mute"])
def test_callbacks_without_use_are_known(name: str) -> None:
    assert heard(name).meaning == "known"
    assert heard(name).name


@pytest.mark.parametrize(
    "time", ["2026-03-12T15:02:00Z", "12 Mar 2026 16:02:00 +0100", "Thu, 12 Mar 2026 15:02:00 -0000"]
)
def test_times_in_other_forms(time: str) -> None:
    assert event(changed("completed", Timestamp=time)).time == at("15:02:00")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (parse(b"", FORM), "none of CallStatus"),
        (parse(b"{}", "application/json"), "none of CallStatus"),
        (parse(b"\xff\xfe", FORM), "UTF-8"),
        (parse(b"CallSid=%FF", FORM), "UTF-8"),
        (parse(b"&".join([b"a=1"] * 2000), FORM), "not a form"),
        (parse(b"CallSid=CA%00", FORM), "NUL"),
        (changed("completed", CallStatus="done"), 'no status "done"'),
        (changed("completed", CallSid="-"), "CallSid"),
        (changed("child_completed", CallSid="-"), "CallSid"),
        (changed("completed", CallSid="C" * 501), "at most 500 characters"),
        (changed("completed", Timestamp="-"), "Timestamp: the time is missing"),
        (changed("completed", Timestamp="soon"), 'Timestamp: "soon"'),
        (changed("completed", Timestamp="Fri, 31 Dec 9999 23:59:00 -2300"), "Timestamp"),
        (changed("recording_completed", RecordingUrl="-"), "RecordingUrl"),
        (changed("recording_completed", RecordingStatus="lost"), 'no status "lost"'),
        (changed("recording_completed", CallSid="-"), "ConferenceSid"),
        (changed("conference_end", StatusCallbackEvent="party"), 'no event "party"'),
    ],
)
def test_nonsense_says_why(found: Heard, reason: str) -> None:
    assert (found.meaning, found.events) == ("nonsense", ())
    assert found.reason is not None
    assert reason in found.reason
