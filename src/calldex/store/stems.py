"""The stems of words: what the database's own dictionaries make of them, remembered by this process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from calldex.core.languages import STEMMED

if TYPE_CHECKING:
    from calldex.store.database import Session

_MOST_REMEMBERED: Final = 20_000
"""Words of one language; a business says far fewer, and what is forgotten is asked again."""

_remembered: dict[tuple[int, str], dict[str, str]] = {}
"""By the server's major version and language: stems are the same in all databases of one version."""


def dictionary(language: str) -> str:
    """The database's name of what reduces words of a language to their stems."""
    return f"pg_catalog.{STEMMED[language]}_stem"


async def stems_of(session: Session, words: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """The stem of each word by its language; a word that a dictionary leaves out as too frequent is its own stem.

    At most one statement, and none when all of them are remembered.
    """
    version = session.get_server_version().major
    found: dict[str, dict[str, str]] = {}
    unknown: list[tuple[str, str]] = []
    for language, needed in words.items():
        stems = found[language] = {}
        remembered = _remembered.setdefault((version, language), {})
        for word in needed:
            stem = remembered.get(word)
            if stem is None:
                unknown.append((language, word))
            else:
                stems[word] = stem
    if not unknown:
        return found
    rows = await session.fetch(
        "SELECT (ts_lexize(u.dictionary::regdictionary, u.word))[1]"
        " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (dictionary, word, place) ORDER BY u.place",
        [dictionary(language) for language, _ in unknown],
        [word for _, word in unknown],
    )
    for (language, word), row in zip(unknown, rows, strict=True):
        remembered = _remembered[version, language]
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        found[language][word] = remembered[word] = row[0] or word
    return found
