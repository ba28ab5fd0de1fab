"""What was said in a call: its turns, and their words as a search compares them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

import msgspec

from calldex.core.jsonbytes import decode
from calldex.core.transcripts import turns_of_text

Speaker = Literal["customer", "agent"]

_SPEAKERS: Final[dict[str, Speaker]] = {
    "agent": "agent",
    "assistant": "agent",
    "bot": "agent",
    "customer": "customer",
    "human": "customer",
    "user": "customer",
}
_SAID: Final = ("content", "text", "message")
_LATEST_SECONDS: Final = 10**9
_LONGEST_WORD: Final = 100
"""Longer words are compared by their beginning; the database takes none of more than 2,047 bytes."""

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Letters of writings that put no blanks between words (Thai, Lao, Burmese, Khmer, Kana, Han)."""

_PLAIN_WORD: Final = re.compile(r"[^\W_]+")
_SPECIAL: Final = re.compile("[\u0300-\u1fff\u20d0-\u20ff\u2c00-\U0010ffff]")
"""Where marks and writings without blanks are; a text without them is taken apart in a quicker way."""


class Turn(msgspec.Struct, frozen=True):
    """One utterance: ``number`` is its place in the transcript, from 0; times are in milliseconds of the call."""

    number: int
    speaker: Speaker | None
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


@cache
def _any_word() -> re.Pattern[str]:
    # The class of all marks is put together at the first use: looking at every letter takes some milliseconds.
    marks = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code)).startswith("M")]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    mark = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
    letter = f"[^\\W_{_UNSPACED}]"
    return re.compile(f"[{_UNSPACED}][{mark}]*|{letter}(?:{letter}|[{mark}])*")


def word_pattern(text: str) -> re.Pattern[str]:
    """What is one word of a text: letters and digits with their marks; each letter by itself where no blanks are
    written.

    Everything else is between words, so ``it's`` and ``1,250.50`` are words that follow each other.
    """
    return _any_word() if _SPECIAL.search(text) else _PLAIN_WORD


def folded(word: str) -> str:
    """A word as it is compared: without regard to case and to ways of encoding the same letters."""
    if word.isascii():
        return word.lower()[:_LONGEST_WORD]
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    # Some single letters stand for several with a sign between them, as a fraction does.
    return "".join(word_pattern(plain).findall(plain))[:_LONGEST_WORD]


def folded_words(text: str) -> list[str]:
    """The words of a text, in order, as they are compared."""
    if text.isascii():
        words = _PLAIN_WORD.findall(text.lower())
        return words if max(map(len, words), default=0) <= _LONGEST_WORD else list(map(folded, words))
    return list(map(folded, word_pattern(text).findall(text)))


def turns_said(transcript: bytes | None, transcript_text: str | None) -> list[Turn]:
    """The turns of a call by its transcript, else by the plain text of it.

    Entries of a transcript that say nothing (tool calls, empty utterances) are no turns, but are numbered.
    """
    given = None if transcript is None else _parsed(transcript)
    if isinstance(given, str):
        transcript_text, given = transcript_text or given, None
    turns = [turn for number, entry in enumerate(given or ()) if (turn := _turn(number, entry)) is not None]
    if turns or not transcript_text:
        return turns
    entries = turns_of_text(transcript_text)
    return [Turn(number, _SPEAKERS[entry["role"]], entry["content"]) for number, entry in enumerate(entries)]


def _parsed(transcript: bytes) -> list[Any] | str | None:
    try:
        given = decode(transcript)
    except msgspec.MsgspecError:
        return None
    return given if isinstance(given, list | str) else None


def _turn(number: int, entry: Any) -> Turn | None:
    if isinstance(entry, str):
        return Turn(number, None, entry) if entry else None
    if not isinstance(entry, dict):
        return None
    text = next((entry[name] for name in _SAID if isinstance(entry.get(name), str)), "")
    if not text:
        return None
    role = entry.get("role", entry.get("speaker"))
    speaker = _SPEAKERS.get(role.casefold()) if isinstance(role, str) else None
    return Turn(number, speaker, text, _milliseconds(entry, "start", 0), _milliseconds(entry, "end", -1))


def _milliseconds(entry: dict[str, Any], name: str, place: int) -> int | None:
    """A time of a turn, else that of its first or last word, given in seconds."""
    value = entry.get(name)
    if value is None:
        words = entry.get("words")
        if not isinstance(words, list) or not words or not isinstance(words[place], dict):
            return None
        value = words[place].get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= _LATEST_SECONDS:
        return None
    return int(value * 1000)
