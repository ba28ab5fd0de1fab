"""The words of a search: every text is either understood or refused with a sentence that says what to do, and what
is understood comes back from being written down.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calldex.core.searching import MOST_WORDS, Search, Term, read_search
from calldex.core.spoken import Speaker, folded_words

SETTINGS = settings(derandomize=True, deadline=None, database=None, max_examples=300)
PLAIN = ["promise", "Zahlung", "or", "it's", "1,250.50", '"a phrase"', "支払い", "<b>"]
SIGNS = ["OR", "-", "-no", '"', '-"left out"', "pre*", "p*", "*", "?!", "\\", "'", "\0", "&", "\N{RIGHT-TO-LEFT MARK}"]
PIECES = st.sampled_from([*PLAIN, *SIGNS, "speaker:customer", "speaker:agent", "speaker:me"])
WRITTEN = st.lists(PIECES | st.text(max_size=5), max_size=12).map(" ".join) | st.text(max_size=40)


def term(*words: str, prefix: bool = False) -> Term:
    return Term(words, prefix)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Payment promise", Search(((term("payment"),), (term("promise"),)))),
        ('"call me back" -tomorrow', Search(((term("call", "me", "back"),),), (term("tomorrow"),))),
        ("cheque OR check wire", Search(((term("cheque"), term("check")), (term("wire"),)))),
        ("a OR b OR c", Search(((term("a"), term("b"), term("c")),))),
        ("prom*", Search(((term("prom", prefix=True),),))),
        (
            '"I will pa*" -"in fu*"',
            Search(((term("i", "will", "pa", prefix=True),),), (term("in", "fu", prefix=True),)),
        ),
        ("speaker:Customer  late", Search(((term("late"),),), speaker="customer")),
        ("SPEAKER:agent late", Search(((term("late"),),), speaker="agent")),
        ("it's 1,250.50", Search(((term("it", "s"),), (term("1", "250", "50"),)))),
        ("10:30 or", Search(((term("10", "30"),), (term("or"),)))),
        ("\N{LEFT DOUBLE QUOTATION MARK}so said\N{RIGHT DOUBLE QUOTATION MARK}", Search(((term("so", "said"),),))),
        ("STRASSE Straße", Search(((term("strasse"),), (term("strasse"),)))),
        ("e\u0301te\u0301", Search(((term("été"),),))),
        ("支払い", Search(((term("支", "払", "い"),),))),
        ("हिन्दी", Search(((term("हिन्दी"),),))),
    ],
)
def test_what_is_written_is_what_is_looked_for(text: str, expected: Search) -> None:
    assert read_search(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "give a word"),
        ("speaker:agent", "give a word"),
        ("-refund", "add a word"),
        ('-"no refund" -no', "add a word"),
        ('""', "leave it out"),
        ('"?!" a', "leave it out"),
        ("smith - jones", "leave it out"),
        ("a & b", "leave it out"),
        ('"never ends', "close it"),
        ("OR a", "OR stands between"),
        ("a OR", "OR stands between"),
        ("a OR OR b", "OR stands between"),
        ("a -b OR c", "OR stands between"),
        ("a OR -b", "put it at the end"),
        ("*", "leave it out"),
        ("*ing", "as in prom*"),
        ("p**", "as in prom*"),
        ("p*", "at least 2"),
        ("speaker:me a", "customer or agent"),
        ("a speaker:agent", "in front"),
        (" ".join(["word"] * (MOST_WORDS + 1)), f"at most {MOST_WORDS}"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_to_do(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("*", r"\*")):
        read_search(text)


def test_the_parameter_and_the_text_name_the_same_speaker() -> None:
    assert read_search("speaker:agent a", "agent") == read_search("a", "agent")
    with pytest.raises(ValueError, match="name one of them"):
        read_search("speaker:agent a", "customer")


@SETTINGS
@given(WRITTEN, st.sampled_from([None, "customer", "agent"]))
@example("speaker:agent speaker:agent a", None)
def test_every_text_is_understood_or_refused_with_a_sentence(text: str, speaker: Speaker | None) -> None:
    try:
        found = read_search(text, speaker)
    except ValueError as refusal:
        said = str(refusal)
        assert said.count(" ") > 3
        return
    assert found.wanted
    assert 1 <= len(found.words()) <= MOST_WORDS
    # No word holds a sign that means something to the database.
    assert not set("'\\:*&|!()<> \0") & {letter for word in found.words() for letter in word}
    # A few letters that stand for several are read as one word, and those several as one word each.
    if all(folded_words(word) == [word] for word in found.words()):
        assert read_search(written(found)) == found


def written(search: Search) -> str:
    """The search as a client would write it."""
    groups = [" OR ".join(map(phrase, group)) for group in search.wanted]
    unwanted = [f"-{phrase(one)}" for one in search.unwanted]
    speaker = [f"speaker:{search.speaker}"] if search.speaker else []
    return " ".join([*speaker, *groups, *unwanted])


def phrase(one: Term) -> str:
    return f'"{" ".join(one.words)}{"*" if one.prefix else ""}"'
