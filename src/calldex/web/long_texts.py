"""Long texts: a page has the beginning of each, and a link gets the rest in pieces, with scripts and without."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from markupsafe import escape

PIECE_BYTES: Final = 80_000
"""So much of a text comes when one reads on: with its frame it is a page of less than 100 KB."""

_LONGEST_WORD: Final = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. ``rest`` is the place where the text goes on, None when this is its end."""

    text: str
    rest: int | None


def weight(text: str) -> int:
    """How many bytes a text is in a page."""
    return len(escape(text).encode())


def piece_of(text: str, most: int = PIECE_BYTES, begin: int = 0) -> Piece:
    """As much of a text from a place on as weighs no more than ``most`` bytes; it ends between words where it can."""
    # A letter is at least one byte.
    piece = text[begin : begin + most]
    if weight(piece) > most:
        piece = piece[: max(1, bisect_right(range(len(piece) + 1), most, key=lambda end: weight(piece[:end])) - 1)]
    end = begin + len(piece)
    if end >= len(text):
        return Piece(piece, None)
    blank = piece.rfind(" ", len(piece) - _LONGEST_WORD if len(piece) > _LONGEST_WORD else len(piece))
    if blank > 0:
        piece = piece[: blank + 1]
    return Piece(piece, begin + len(piece))
