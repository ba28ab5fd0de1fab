"""Where in a call the words of a search were said: turns with an excerpt, and the places of the words in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calldex.core.searching import Term, Understood
from calldex.core.spoken import Turn, word_pattern

MOST_TURNS: Final = 3
_LONGEST: Final = 240
_BEFORE: Final = 60
"""Characters of an excerpt, and of what it shows before the first word that was looked for."""

Span = tuple[int, int]
"""Where something begins, and what is the first behind it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A turn in which words were said. A highlight is a start and a length in characters of the excerpt."""

    turn: Turn
    excerpt: str
    highlights: list[Span]


def matches_in(
    turns: Sequence[Turn], words: Sequence[Sequence[str]], language: str, said: Understood, stems: Mapping[str, str]
) -> list[Match]:
    """Up to three turns that hold most of what was looked for, in their order.

    ``words`` are those of each turn as they are compared, ``stems`` has their stems in the call's language.
    """
    looked_for = said.stems.get(language)
    if looked_for is None:
        return []
    every = set().union(*words)
    terms = [_fitting(term, every, looked_for, stems) for group in said.search.wanted for term in group]
    found: list[tuple[int, int, list[Span]]] = []
    whole = 0
    for number, turn in enumerate(turns):
        if said.search.speaker not in (None, turn.speaker):
            continue
        places = [list(_places(term, words[number])) for term in terms]
        held = sum(map(bool, places))
        if held:
            found.append((held, number, [place for some in places for place in some]))
            whole += held == len(terms)
        if whole == MOST_TURNS:
            # No later turn can hold more.
            break
    best = sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_TURNS]
    return [_cut(turns[number], places) for _, number, places in sorted(best, key=lambda one: one[1])]


def _fitting(
    term: Term, every: Iterable[str], looked_for: Mapping[str, str], stems: Mapping[str, str]
) -> list[set[str]]:
    """For each word of a term those of the call that will do."""
    fitting = [{word for word in every if stems[word] == looked_for[wanted]} for wanted in term.words]
    if term.prefix:
        beginning = term.words[-1]
        fitting[-1] = {word for word in every if word.startswith(beginning) or stems[word].startswith(beginning)}
    return fitting


def _places(fitting: Sequence[set[str]], words: Sequence[str]) -> Iterator[Span]:
    """Where the words of a term stand one behind the other: the numbers of the first word and of the one behind."""
    first, *others = fitting
    if first.isdisjoint(words):
        return
    for number, word in enumerate(words):
        if word in first and number + len(others) < len(words):
            behind = words[number + 1 : number + len(fitting)]
            if all(one in some for one, some in zip(behind, others, strict=True)):
                yield number, number + len(fitting)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The same places in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _cut(turn: Turn, places: Iterable[Span]) -> Match:
    """An excerpt that begins and ends between words and holds the first place whole."""
    text = turn.text
    words = [word.span() for word in word_pattern(text).finditer(text)]
    spans = _apart((words[first][0], words[behind - 1][1]) for first, behind in places)
    begin, end = 0, len(text)
    if end > _LONGEST:
        if spans[0][0] > _BEFORE:
            begin = next(start for start, _ in words if start >= spans[0][0] - _BEFORE)
        if end > begin + _LONGEST:
            end = max([spans[0][1], *(stop for _, stop in words if stop <= begin + _LONGEST)])
    return Match(turn, text[begin:end], [(start - begin, stop - start) for start, stop in spans if stop <= end])
