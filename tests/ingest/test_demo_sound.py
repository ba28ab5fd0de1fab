"""A demo call is heard where its transcript says that somebody speaks and nowhere else; a seed sounds the same."""

from __future__ import annotations

import io
import json
import wave
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.spoken import Speaker, Turn, turns_said
from calldex.ingest.demo import demo_calls, speech_like

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
SILENT = 128
FRAMES_A_MS = 8
SPEAKERS: tuple[Speaker | None, ...] = ("agent", "customer", None)


def frames(sound: bytes) -> bytes:
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 1)
        heard: bytes = file.readframes(file.getnframes())
    return heard


def loudness(part: bytes) -> int:
    return max((abs(sample - SILENT) for sample in part), default=0)


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(times=st.lists(st.tuples(st.integers(0, 2000), st.integers(60, 3000)), max_size=12), seed=st.integers(0, 9))
def test_it_is_loud_within_turns_and_silent_between(times: list[tuple[int, int]], seed: int) -> None:
    turns, clock = [], 0
    for number, (pause, length) in enumerate(times):
        clock += pause
        turns.append(Turn(number, SPEAKERS[number % 3], "said", clock, clock + length))
        clock += length
    sound = speech_like(turns, seed)
    assert sound == speech_like(turns, seed)
    heard, before = frames(sound), 0
    assert len(heard) == (clock + 500) * FRAMES_A_MS
    for start, end in [(turn.start_ms or 0, turn.end_ms or 0) for turn in turns]:
        assert loudness(heard[before * FRAMES_A_MS : start * FRAMES_A_MS]) == 0
        said = heard[start * FRAMES_A_MS : end * FRAMES_A_MS]
        # No pause within a turn is longer than one between two words.
        assert all(loudness(said[place : place + 1600]) > 20 for place in range(0, max(1, len(said) - 1600), 800))
        before = end
    assert loudness(heard[before * FRAMES_A_MS :]) == 0


def test_agent_and_customer_have_voices_of_their_own() -> None:
    said = [frames(speech_like([Turn(0, speaker, "said", 0, 1000)], 1)) for speaker in SPEAKERS]
    assert len(set(said)) == 3
    # The higher voice passes the middle more often.
    crossings = [sum(one < SILENT <= other for one, other in pairwise(voice)) for voice in said]
    assert crossings[0] > crossings[1]


def test_turns_without_times_are_not_heard() -> None:
    turns = [Turn(0, "agent", "said"), Turn(1, "customer", "said", 100, None), Turn(2, "agent", "said", 300, 600)]
    assert loudness(frames(speech_like(turns, 1))[:2400]) == 0
    assert loudness(frames(speech_like([], 1))) == 0


def test_the_newest_calls_of_the_demo_say_when_each_word_was_said() -> None:
    def turns_of(call: dict[str, Any]) -> list[Turn]:
        return turns_said(json.dumps(call["transcript"]).encode(), None)

    said = [json.loads(body) for form, body in demo_calls(2000, seed=1, now=NOW) if form == "stuut-v1"]
    newest = [call for call in said if call["transcript"] and _moment(call) > NOW - timedelta(days=3)]
    assert len(newest) >= 12
    assert all(turn.start_ms is not None and turn.end_ms for call in newest for turn in turns_of(call))
    older = [call for call in said if call["transcript"] and _moment(call) < NOW - timedelta(days=3)]
    assert 0 < sum(turns_of(call)[0].end_ms is not None for call in older) < len(older) / 4


def _moment(call: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(call["start_time"])
