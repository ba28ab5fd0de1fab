"""The index of what was said: one row of words for each call that has a transcript and is not deleted.

A word stands in it as its stem, after the organization and the language: ``42.en:promis``. So the index never
leads from one organization to another's calls, and a search costs what its own organization has. A word that its
stem is not equal to stands there as it is as well, ``42=promised``, for searches by how a word begins. Who spoke
is the word's weight: A the customer, B the agent, D somebody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.core.languages import search_language
from calldex.core.spoken import folded_words, turns_said
from calldex.store.stems import stems_of

if TYPE_CHECKING:
    from calldex.store.database import Session

WEIGHTS: Final = {"customer": "A", "agent": "B", None: ""}

_LAST_PLACE: Final = 16_383
"""The database counts no further. All later words stand here, two places behind the last word that is counted."""

_MOST_PLACES: Final = 255
"""Of one word; the database keeps no more."""

_MOST_BYTES: Final = 1_000_000
"""Of all words of a call; the database takes a little more. An hour of talking has some 60,000."""

_LETTER_BYTES: Final = 4
"""No letter takes more."""

_AT_ONCE: Final = 500
"""Calls that are indexed by one statement when all are."""

_SAYS: Final = ("transcript", "transcript_text", "language", "deleted_at")
"""The columns of a call that its row in the index follows from."""


@dataclass(frozen=True, slots=True)
class _Said:
    id: UUID
    language: str
    turns: list[list[str]]
    speakers: list[str]


def stem_lexeme(organization_id: int, language: str, stem: str) -> str:
    """A stem as the index has it."""
    return f"{organization_id}.{language}:{stem}"


def word_lexeme(organization_id: int, word: str) -> str:
    """A word as it was said, as the index has it if its stem is another."""
    return f"{organization_id}={word}"


def quoted(lexeme: str) -> str:
    """A lexeme as the database reads it in a text of words or of a query."""
    if "'" in lexeme or "\\" in lexeme:
        lexeme = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{lexeme}'"


async def write_texts(
    session: Session, organization_id: int, rows: Sequence[Mapping[str, Any]], before: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """Bring the index up to calls that were written; ``before`` are those of them that were there, as they were.

    Up to three statements: what the replaced calls said goes, stems that are not remembered are asked, the new rows.
    A call that says what it said before costs nothing.
    """
    changed = [row for row in rows if row["id"] not in before or _says(row) != _says(before[row["id"]])]
    kept = {row["id"] for row in rows} - {row["id"] for row in changed}
    gone = [call_id for call_id in before if call_id not in kept]
    if gone:
        await session.execute(
            "DELETE FROM call_texts WHERE organization_id = $1 AND call_id = ANY($2)", organization_id, gone
        )
    await add_texts(session, organization_id, changed)


def _says(row: Mapping[str, Any]) -> list[Any]:
    return [row.get(name) for name in _SAYS]


async def add_texts(session: Session, organization_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the index of calls that it has not."""
    said = [one for row in rows if row.get("deleted_at") is None and (one := _said(row)) is not None]
    if not said:
        return
    words: dict[str, set[str]] = {}
    for call in said:
        words.setdefault(call.language, set()).update(*call.turns)
    stems = await stems_of(session, words)
    await session.execute(
        "WITH languages AS (INSERT INTO call_languages (organization_id, language)"
        " SELECT $1, unnest($4::text[]) ON CONFLICT DO NOTHING)"
        " INSERT INTO call_texts (organization_id, call_id, words)"
        " SELECT $1, u.call_id, u.words::tsvector FROM unnest($2::uuid[], $3::text[]) AS u (call_id, words)",
        organization_id,
        [call.id for call in said],
        [_vector(organization_id, call, stems[call.language]) for call in said],
        sorted(words),
    )


def _said(row: Mapping[str, Any]) -> _Said | None:
    turns = turns_said(row.get("transcript"), row.get("transcript_text"))
    words = [folded_words(turn.text) for turn in turns]
    if not any(words):
        return None
    speakers = [WEIGHTS[turn.speaker] for turn in turns]
    return _Said(row["id"], search_language(row.get("language")), words, speakers)


def _vector(organization_id: int, call: _Said, stems: Mapping[str, str]) -> str:
    """The words of a call with their places, as the database reads a tsvector.

    A place is left free between two turns, so that no phrase goes from one to the other.
    """
    places: defaultdict[str, list[str]] = defaultdict(list)
    place = 0
    for words, weight in zip(call.turns, call.speakers, strict=True):
        for at, word in enumerate(words, place + 1):
            places[word].append(f"{at if at < _LAST_PLACE - 1 else _LAST_PLACE}{weight}")
        place += len(words) + 1
    before, as_said = stem_lexeme(organization_id, call.language, ""), word_lexeme(organization_id, "")
    by_stem: dict[str, list[str]] = {}
    as_they_are: list[str] = []
    for word, found in places.items():
        stem = stems[word]
        if stem != word:
            as_they_are.append(_part(as_said + word, found))
        if stem in by_stem:
            by_stem[stem] += found
        else:
            by_stem[stem] = found
    parts = [_part(before + stem, found) for stem, found in by_stem.items()] + as_they_are
    text = " ".join(parts)
    return text if len(text) < _MOST_BYTES / _LETTER_BYTES else _shortened(parts)


def _part(lexeme: str, places: list[str]) -> str:
    return f"{quoted(lexeme)}:{','.join(places if len(places) <= _MOST_PLACES else places[:_MOST_PLACES])}"


def _shortened(parts: list[str]) -> str:
    """As much of a very long text of words as the database takes: it needs fewer bytes than the text has."""
    size = 0
    for number, part in enumerate(parts):
        size += len(part.encode()) + 1
        if size > _MOST_BYTES:
            return " ".join(parts[:number])
    return " ".join(parts)


async def index_what_is_there(session: Session) -> int:
    """Write the index of every call of every organization that it has not; how many calls were looked at."""
    looked_at = 0
    async for organization_id, calls in _not_indexed(session, 0, 2**31 - 1):
        await add_texts(session, organization_id, calls)
        looked_at += len(calls)
    return looked_at


async def count_not_indexed(session: Session, organization_id: int) -> int:
    """How many calls of an organization say something that a search does not find."""
    found = 0
    async for _, calls in _not_indexed(session, organization_id, organization_id):
        found += sum(_said(call) is not None for call in calls)
    return found


async def index_anew(session: Session, organization_id: int) -> None:
    """Make the index of an organization again. The caller holds its write lock."""
    await session.execute("DELETE FROM call_texts WHERE organization_id = $1", organization_id)
    async for _, calls in _not_indexed(session, organization_id, organization_id):
        await add_texts(session, organization_id, calls)


async def _not_indexed(session: Session, first: int, last: int) -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    """The calls that have a transcript and no row in the index, some at a time, of these organizations.

    JSON is asked as its bytes, because the connection of a migration would parse it.
    """
    after = (first, UUID(int=0))
    while True:
        rows = await session.fetch(
            "SELECT c.organization_id, c.id, c.language, c.transcript_text,"
            " convert_to(c.transcript::text, 'UTF8') AS transcript FROM calls c"
            " WHERE (c.organization_id, c.id) > ($1, $2) AND c.organization_id <= $4"
            " AND c.deleted_at IS NULL AND c.has_transcript"
            " AND NOT EXISTS (SELECT 1 FROM call_texts t"
            " WHERE t.organization_id = c.organization_id AND t.call_id = c.id)"
            " ORDER BY c.organization_id, c.id LIMIT $3",
            *after,
            _AT_ONCE,
            last,
        )
        for organization_id, calls in groupby(rows, key=itemgetter("organization_id")):
            yield organization_id, [dict(call) for call in calls]
        if len(rows) < _AT_ONCE:
            return
        after = (rows[-1]["organization_id"], rows[-1]["id"])
