"""The nearest known word to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that the given one most resembles, without regard to case, or None."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    match = get_close_matches(word[:64].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[match[0]] if match else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A closing sentence with the nearest word, or an empty text: `` Did you mean "limit"?``."""
    match = nearest(word, known)
    return f' Did you mean "{match}"?' if match else ""
