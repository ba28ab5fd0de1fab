"""Where in a call the words of a search were said: turns with an excerpt, and the places of the words in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calldex.core.searching import Term, Understood
from calldex.core.spoken import Turn, folded, word_pattern

MOST_TURNS: Final = 3
_LONGEST: Final = 240
_BEFORE: Final = 60
"""Characters of an excerpt, and of what it shows before the first word that was looked for."""

Span = tuple[int, int]
"""Where something begins in a text, and where it has ended, in characters."""


@dataclass(frozen=True, slots=True)
class Match:
    """A turn in which words were said. A highlight is a start and a length in characters of the excerpt."""

    turn: Turn
    excerpt: str
    highlights: list[Span]


@dataclass(frozen=True, slots=True)
class _Word:
    span: Span
    said: str
    stem: str


def matches_in(turns: Sequence[Turn], language: str, said: Understood, stems: Mapping[str, str]) -> list[Match]:
    """Up to three turns that hold most of what was looked for, in their order.

    ``stems`` has the stem, in the call's language, of every word of the turns.
    """
    looked_for = said.stems.get(language)
    if looked_for is None:
        return []
    terms = [term for group in said.search.wanted for term in group]
    found: list[tuple[int, Turn, list[Span]]] = []
    for turn in turns:
        if said.search.speaker not in (None, turn.speaker):
            continue
        words = list(_words(turn.text, stems))
        spans = [list(_spans(term, words, looked_for)) for term in terms]
        held = sum(map(bool, spans))
        if held:
            found.append((held, turn, _apart(span for some in spans for span in some)))
    best = sorted(found, key=lambda one: (-one[0], one[1].number))[:MOST_TURNS]
    return [_cut(turn, spans) for _, turn, spans in sorted(best, key=lambda one: one[1].number)]


def _words(text: str, stems: Mapping[str, str]) -> Iterator[_Word]:
    for word in word_pattern(text).finditer(text):
        said = folded(word[0])
        yield _Word(word.span(), said, stems[said])


def _spans(term: Term, words: Sequence[_Word], stems: Mapping[str, str]) -> Iterator[Span]:
    """Where the words of a term stand one behind the other."""
    length = len(term.words)
    wanted = [stems[word] for word in term.words]
    for first in range(len(words) - length + 1):
        there = words[first : first + length]
        exact = zip(wanted, there, strict=True) if not term.prefix else zip(wanted[:-1], there[:-1], strict=True)
        if all(stem == word.stem for stem, word in exact) and (not term.prefix or _begins(there[-1], term.words[-1])):
            yield there[0].span[0], there[-1].span[1]


def _begins(word: _Word, beginning: str) -> bool:
    return word.said.startswith(beginning) or word.stem.startswith(beginning)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The same places in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _cut(turn: Turn, spans: list[Span]) -> Match:
    """An excerpt that begins and ends between words and holds the first place whole."""
    text = turn.text
    begin, end = 0, len(text)
    if end > _LONGEST:
        words = [word.span() for word in word_pattern(text).finditer(text)]
        if spans[0][0] > _BEFORE:
            begin = next(start for start, _ in words if start >= spans[0][0] - _BEFORE)
        if end > begin + _LONGEST:
            end = max([spans[0][1], *(stop for _, stop in words if stop <= begin + _LONGEST)])
    return Match(turn, text[begin:end], [(start - begin, stop - start) for start, stop in spans if stop <= end])
