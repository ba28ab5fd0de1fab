"""What a client looks for in what was said: the words of ``q`` as a small tree, and what they mean in the index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from calldex.core.spoken import Speaker, folded_words

Way = Literal["look up", "walk"]

MOST_WORDS: Final = 32
SHORTEST_PREFIX: Final = 2
SPEAKERS: Final[tuple[str, ...]] = get_args(Speaker)

_SPEAKER: Final = re.compile(r"speaker:(\S*)\s*", re.IGNORECASE)
_QUOTES: Final = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\uff02", '"'))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one behind the other in one turn; with ``prefix`` the last may be longer."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Of each group of ``wanted`` one term must have been said, and none of ``unwanted``, by the speaker if one is
    named.
    """

    wanted: tuple[tuple[Term, ...], ...]
    unwanted: tuple[Term, ...] = ()
    speaker: Speaker | None = None

    def words(self) -> set[str]:
        """Every word that the search names."""
        terms = [*(term for group in self.wanted for term in group), *self.unwanted]
        return {word for term in terms for word in term.words}


@dataclass(frozen=True, slots=True)
class Understood:
    """A search as one organization's index has its words.

    ``query`` is in the database's own language of queries. ``stems`` has the stem of each word in each language
    that the organization's calls are in. ``way`` is how matches are found: few are looked up; are there many, the
    list is walked until it is full, or, when all of it is wanted, joined with them.
    """

    search: Search
    query: str
    stems: Mapping[str, Mapping[str, str]]
    way: Way = "look up"

    @property
    def frequent(self) -> bool:
        """Whether there are many matches among the latest calls."""
        return self.way == "walk"


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two blanks, or between two quotes."""

    text: str
    quoted: bool = False
    excluded: bool = False


_OR: Final = _Piece("OR")
_MISPLACED: Final = "OR stands between two words that are wanted; write it in small letters to look for the word"


def read_search(text: str, speaker: Speaker | None = None) -> Search:
    """The search that a client wrote. Raises ValueError with what to do when it cannot be understood."""
    speaker, rest = _speaker(text.translate(_QUOTES).strip(), speaker)
    wanted, unwanted = _terms(rest)
    if not wanted:
        missing = "only says what is not wanted; add" if unwanted else "has nothing to look for; give"
        raise ValueError(f"the search {missing} a word that was said")
    if sum(len(term.words) for group in (*wanted, unwanted) for term in group) > MOST_WORDS:
        raise ValueError(f"at most {MOST_WORDS} words can be looked for at once")
    return Search(tuple(tuple(group) for group in wanted), tuple(unwanted), speaker)


def _speaker(text: str, speaker: Speaker | None) -> tuple[Speaker | None, str]:
    """The speaker that the search names, else the given one, and what is left of the text."""
    named = _SPEAKER.match(text)
    if named is None:
        return speaker, text
    said = named[1].casefold()
    if said not in SPEAKERS:
        raise ValueError(f"speaker: is followed by {' or '.join(SPEAKERS)}")
    if speaker not in (None, said):
        raise ValueError("the speaker of q is another one than the parameter speaker names; name one of them")
    return "customer" if said == "customer" else "agent", text[named.end() :]


def _terms(text: str) -> tuple[list[list[Term]], list[Term]]:
    """Groups of alternatives that are wanted, and what is not wanted."""
    wanted: list[list[Term]] = []
    unwanted: list[Term] = []
    joining = joinable = False
    for piece in _pieces(text):
        if piece == _OR:
            if joining or not joinable:
                raise ValueError(_MISPLACED)
            joining = True
            continue
        term = _term(piece)
        if piece.excluded and joining:
            raise ValueError("an exclusion cannot stand behind OR; put it at the end")
        if piece.excluded:
            unwanted.append(term)
        elif joining:
            wanted[-1].append(term)
        else:
            wanted.append([term])
        joining, joinable = False, not piece.excluded
    if joining:
        raise ValueError(_MISPLACED)
    return wanted, unwanted


def _pieces(text: str) -> Iterator[_Piece]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        excluded = text[place] == "-"
        place += excluded
        if text[place : place + 1] == '"':
            end = text.find('"', place + 1)
            if end < 0:
                raise ValueError("a quotation mark has no other one behind it; close it or leave it out")
            yield _Piece(text[place + 1 : end], quoted=True, excluded=excluded)
            place = end + 1
        else:
            end = place
            while end < len(text) and not text[end].isspace() and text[end] != '"':
                end += 1
            yield _Piece(text[place:end], excluded=excluded)
            place = end


def _term(piece: _Piece) -> Term:
    if not piece.quoted and _SPEAKER.match(piece.text):
        raise ValueError("speaker: stands once, in front of everything else, and without a minus")
    plain = piece.text.removesuffix("*")
    prefix = plain != piece.text
    if "*" in plain:
        raise ValueError("* stands at the end of a word and is written once, as in prom*")
    words = tuple(folded_words(plain))
    if not words:
        what = "a quotation" if piece.quoted else "what stands between two blanks"
        raise ValueError(f"{what} has no letter or digit to look for; leave it out")
    if prefix and len(words[-1]) < SHORTEST_PREFIX:
        raise ValueError(f"before * there are at least {SHORTEST_PREFIX} letters")
    return Term(words, prefix)
