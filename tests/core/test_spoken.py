"""What was said: turns in any shape that a source gives, and words that are the same however they are written."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.languages import search_language
from calldex.core.spoken import Turn, folded, folded_words, turns_said, word_pattern

SETTINGS = settings(derandomize=True, deadline=None, database=None, max_examples=300)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"role": "agent", "content": "Hi"}, Turn(0, "agent", "Hi")),
        ({"role": "Assistant", "content": "Hi", "start": 1.25, "end": 2}, Turn(0, "agent", "Hi", 1250, 2000)),
        ({"role": "user", "content": "Hi", "start": None, "end": True}, Turn(0, "customer", "Hi")),
        ({"role": "customer", "content": "Hi", "start": -1, "end": 1e300}, Turn(0, "customer", "Hi")),
        ({"speaker": "human", "text": "Hi"}, Turn(0, "customer", "Hi")),
        ({"role": "supervisor", "message": "Hi"}, Turn(0, None, "Hi")),
        ({"role": 7, "content": "Hi"}, Turn(0, None, "Hi")),
        ("Hi", Turn(0, None, "Hi")),
        (
            {"role": "user", "content": "Hi you", "words": [{"start": 0.5, "end": 0.7}, {"start": 0.8, "end": 1}]},
            Turn(0, "customer", "Hi you", 500, 1000),
        ),
        ({"role": "tool_call_result", "content": ""}, None),
        ({"role": "tool_call_invocation", "arguments": "{}"}, None),
        (None, None),
        (3, None),
    ],
)
def test_an_entry_of_a_transcript_is_a_turn_or_says_nothing(entry: Any, expected: Turn | None) -> None:
    assert turns_said(json.dumps([entry]).encode(), None) == ([] if expected is None else [expected])


def test_turns_are_numbered_by_their_place_and_the_text_stands_in_for_them() -> None:
    entries = [{"role": "tool"}, {"role": "user", "content": "b"}]
    assert turns_said(json.dumps(entries).encode(), "Agent: a") == [Turn(1, "customer", "b")]
    expected = [Turn(0, "agent", "a"), Turn(1, "customer", "b\nc")]
    for transcript in (None, b"null", b"[]", b"{}", b"17", b'[{"role":"tool"}]', b"no json"):
        assert turns_said(transcript, "Agent: a\nUser: b\nc") == expected
    assert turns_said(b'"Agent: a\\nUser: b\\nc"', None) == expected
    assert turns_said(None, None) == turns_said(b"null", "") == []


@SETTINGS
@given(st.text(max_size=60))
def test_a_word_is_the_same_in_any_case_and_any_encoding(text: str) -> None:
    words = folded_words(text)
    assert words == [folded(word) for word in word_pattern(text).findall(text)]
    assert words == folded_words(unicodedata.normalize("NFC", text))
    assert all(folded(word) == word for word in words)
    assert all(words)


def test_a_long_word_is_known_by_its_beginning() -> None:
    assert folded_words("a" * 5000 + " é" * 2 + "É" * 5000) == ["a" * 100, "é", "é" * 100]


def test_the_language_of_a_call_is_read_from_its_tag() -> None:
    tags = ["en-US", "FR", "es_419", "nb-NO", "deu", "sr-Latn-RS", None, "", "ja", "multi", "xx-nonsense"]
    assert [search_language(tag) for tag in tags] == ["en", "fr", "es", "no", "de", "sr", "en", "en", "en", "en", "en"]
