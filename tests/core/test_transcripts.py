"""Transcripts: turns read as text, and the text reads as the same turns."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.transcripts import text_of_turns, turns_of_text

LINES = st.text(st.characters(exclude_characters="\n:", codec="utf-8"), min_size=1, max_size=20)
TURNS = st.lists(
    st.builds(
        lambda role, lines: {"role": role, "content": "\n".join(lines)},
        st.sampled_from(["agent", "user"]),
        st.lists(LINES, min_size=1, max_size=3),
    )
)


@settings(derandomize=True, deadline=None, database=None)
@given(TURNS)
def test_turns_come_back_from_their_text(turns: list[dict[str, str]]) -> None:
    text = text_of_turns(turns)
    assert text is not None
    assert [{"role": turn["role"], "content": turn["content"]} for turn in turns_of_text(text)] == turns


def test_every_turn_has_all_its_keys_and_no_invented_times() -> None:
    assert turns_of_text("Agent: Hi.") == [{"role": "agent", "content": "Hi.", "start": None, "end": None}]
    assert turns_of_text("") == []


def test_a_line_without_a_speaker_goes_on_with_the_one_before() -> None:
    said = [(turn["role"], turn["content"]) for turn in turns_of_text("Hello?\nAgent: One\ntwo: three\nUser: Four")]
    assert said == [("user", "Hello?"), ("agent", "One\ntwo: three"), ("user", "Four")]


def test_other_words_for_the_speakers_are_understood() -> None:
    turns = [{"role": role, "content": "x"} for role in ("assistant", "BOT", "customer", "human", "supervisor", "")]
    assert text_of_turns(turns) == "Agent: x\nAgent: x\nUser: x\nUser: x\nSupervisor: x\nUser: x"


_NO_TURNS: tuple[Any, ...] = (None, "text", {}, [1], [{"role": "agent"}], [{"content": 5}])


def test_what_is_no_list_of_turns_has_no_text() -> None:
    for given_turns in _NO_TURNS:
        assert text_of_turns(given_turns) is None
    assert text_of_turns([]) == ""
