"""Excerpts are plain text of a turn, and every highlight of them holds what was looked for, whatever was said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.excerpts import matches_in
from calldex.core.searching import Understood, read_search
from calldex.core.spoken import Turn, folded_words

SETTINGS = settings(derandomize=True, deadline=None, database=None, max_examples=300)
ODD = [
    "<script>alert('x')</script>",
    '"quoted"',
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "İstanbul",
    "e\u0301te\u0301",
    "支払い",
    "💶",
]
SAID = st.lists(st.sampled_from(["promise", "Promised", "pay", "PAY", *ODD, "w" * 50]), max_size=60).map(" ".join)


def found(q: str, *said: str, speaker: str = "customer") -> list[tuple[int, str, list[str]]]:
    """The turns that match: number, excerpt, what is highlighted."""
    turns = [Turn(number, "agent" if speaker == "agent" else "customer", text) for number, text in enumerate(said)]
    words = {word for text in (q, *said) for word in folded_words(text)}
    stems = {word: word.removesuffix("d").removesuffix("e") for word in words}
    search = read_search(q)
    as_compared = [folded_words(text) for text in said]
    matches = matches_in(turns, as_compared, "en", Understood(search, "", {"en": stems}), stems)
    return [
        (match.turn.number, match.excerpt, [match.excerpt[start : start + length] for start, length in marks(match)])
        for match in matches
    ]


def marks(match: object) -> list[tuple[int, int]]:
    highlights: list[tuple[int, int]] = match.highlights  # type: ignore[attr-defined]
    assert highlights == sorted(highlights)
    return highlights


@pytest.mark.parametrize(
    ("q", "said", "highlighted"),
    [
        ("promise", "I promised, and a PROMISE it is.", ["promised", "PROMISE"]),
        ('"a promise"', "A promise is a  (promise), a. Promise", ["A promise", "a  (promise", "a. Promise"]),
        ("prom*", "prompt promise", ["prompt", "promise"]),
        ('"the pa*"', "the payment, the sum, the pay", ["the payment", "the pay"]),
        ("b OR d", "a b c d", ["b", "d"]),
        ("a -b", "a c", ["a"]),
        ('"a b" "b c"', "a b c", ["a b c"]),
        ("script", "<script>alert(1)</script>", ["script", "script"]),
        ("été", "e\u0301te\u0301 ÉTÉ", ["e\u0301te\u0301", "ÉTÉ"]),
        ("支払い", "お支払いです", ["支払い"]),
        ("istanbul", "\N{RIGHT-TO-LEFT MARK}istanbul\N{RIGHT-TO-LEFT MARK}", ["istanbul"]),
    ],
)
def test_what_was_looked_for_is_highlighted(q: str, said: str, highlighted: list[str]) -> None:
    assert found(q, said) == [(0, said, highlighted)]


def test_three_turns_with_most_of_the_words_are_shown_in_their_order() -> None:
    said = ["x", "a", "b a", "c", "a c b", "b"]
    assert [number for number, _, _ in found("a b c", *said)] == [1, 2, 4]


def test_turns_of_another_speaker_do_not_match() -> None:
    assert found("speaker:customer pay", "pay", speaker="agent") == []
    assert found("speaker:agent pay", "pay", speaker="agent") == [(0, "pay", ["pay"])]


@SETTINGS
@given(SAID, st.sampled_from(["promise", "pay", '"promise pay"', "pro*", "été", "支払い OR script"]))
def test_an_excerpt_is_a_part_of_the_turn_and_begins_and_ends_between_words(said: str, q: str) -> None:
    for _, excerpt, highlighted in found(q, said):
        assert excerpt in said
        assert len(excerpt) <= 240
        assert highlighted
        words = folded_words(said)
        shown = folded_words(excerpt)
        assert any(words[place : place + len(shown)] == shown for place in range(len(words)))
        wanted = read_search(q).words()
        for text in highlighted:
            assert {word[:3] for word in folded_words(text)} <= {word[:3] for word in wanted}
