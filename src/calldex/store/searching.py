"""Searches in what was said: a search in the words of the index, how it is found, how hits are ranked.

No text of a client becomes SQL: a query is put together from quoted words and handed over as a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, LiteralString

from calldex.core.filters import CallFilter, Window
from calldex.core.languages import STEMMED
from calldex.core.searching import Search, Term, Understood, Way
from calldex.store.call_texts import WEIGHTS, quoted, stem_lexeme, word_lexeme
from calldex.store.conditions import conditions
from calldex.store.stems import dictionary

if TYPE_CHECKING:
    from uuid import UUID

    from calldex.store.database import Session

_PROBED: Final = 1000
"""So many of the latest calls with a transcript are looked at to know how frequent the matches are."""

_USUAL_PAGE: Final = 50

_WORTH: Final = 1.5
"""Looking a match up by the index of words costs as much as walking so many calls."""

MOST_RANKED: Final = 500
"""So many of the latest matches are ranked at most."""

MOST_WALKED: Final = 5000
"""So many of the latest calls are walked at most to find the matches that are ranked, when matches are frequent."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Calls with their rank, the best first; ``ranked_of`` is how many calls were ranked, ``more`` whether more follow.

    A greater rank is better; ranks of two searches cannot be compared.
    """

    ranks: dict[UUID, float]
    more: bool
    ranked_of: int


async def understand(session: Session, organization_id: int, asked: CallFilter, *, ranked: bool = False) -> CallFilter:
    """The filter with its search, if it has one, in the words of the organization's index. Two statements.

    The first asks for the stems of the words in each language of the organization, the second how frequent matches
    are among the latest calls, and how many calls there may be in all. ``ranked`` is for ``rank_calls``.
    """
    if not isinstance(asked.said, Search):
        return asked
    words = sorted(asked.said.words())
    rows = await session.fetch(
        "SELECT l.language, w.word, (ts_lexize(d.name::regdictionary, w.word))[1] FROM call_languages l"
        " JOIN unnest($2::text[], $3::text[]) AS d (language, name) ON d.language = l.language"
        " CROSS JOIN unnest($4::text[]) AS w (word) WHERE l.organization_id = $1 ORDER BY l.language",
        organization_id,
        list(STEMMED),
        [dictionary(language) for language in STEMMED],
        words,
    )
    stems: dict[str, dict[str, str]] = {}
    for language, word, stem in rows:
        stems.setdefault(language, {})[word] = stem or word
    if not stems:
        return replace(asked, said=None, nothing=True)
    query = write_query(organization_id, asked.said, stems)
    latest = await session.fetchrow(
        "SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = 'call_texts'::regclass) FROM ("
        "SELECT (SELECT t.words @@ $2::tsquery FROM call_texts t"
        " WHERE t.organization_id = $1 AND t.call_id = c.id) AS matches FROM calls c"
        " WHERE c.organization_id = $1 AND c.deleted_at IS NULL AND c.has_transcript"
        " ORDER BY c.occurred_at DESC, c.id DESC LIMIT $3) AS latest WHERE latest.matches",
        organization_id,
        query,
        _PROBED,
    )
    matching, texts = latest or (0, 0.0)
    way: Way = "walk" if _walks(matching, texts, ranked=ranked) else "look up"
    return replace(asked, said=Understood(asked.said, query, stems, way))


def _walks(matching: int, texts: float, *, ranked: bool) -> bool:
    """Whether it costs less to walk the calls until there are enough than to look up every match.

    ``matching`` of the latest calls match; ``texts`` is the database's own estimate of how many there are in all, of
    every organization, -1 when it has none.
    """
    if not matching:
        return False
    walked = (MOST_RANKED if ranked else _USUAL_PAGE) * _PROBED / matching
    looked_up = matching / _PROBED * texts
    return texts < 0 or looked_up * _WORTH > (min(walked, MOST_WALKED) if ranked else walked)


def write_query(organization_id: int, search: Search, stems: Mapping[str, Mapping[str, str]]) -> str:
    """The search as the database reads it: any of the languages will do for a term."""
    weight = WEIGHTS[search.speaker]
    groups = [
        _any([_term(organization_id, term, language, stems[language], weight) for term in group for language in stems])
        for group in search.wanted
    ]
    for term in search.unwanted:
        nowhere = _any([_term(organization_id, term, language, stems[language], weight) for language in stems])
        groups.append(f"!{nowhere}")
    return " & ".join(groups)


def _any(alternatives: list[str]) -> str:
    return f"({' | '.join(dict.fromkeys(alternatives))})"


def _term(organization_id: int, term: Term, language: str, stems: Mapping[str, str], weight: str) -> str:
    marked = f":{weight}" if weight else ""
    parts = [f"{quoted(stem_lexeme(organization_id, language, stems[word]))}{marked}" for word in term.words]
    if term.prefix:
        word = term.words[-1]
        beginnings = (stem_lexeme(organization_id, language, word), word_lexeme(organization_id, word))
        parts[-1] = _any([f"{quoted(lexeme)}:*{weight}" for lexeme in beginnings])
    return f"({' <-> '.join(parts)})"


async def rank_calls(session: Session, organization_id: int, asked: CallFilter, window: Window) -> Ranking:
    """A window of the calls that fit a filter with an understood search, the best first. One statement.

    The latest 500 matches are ranked; of frequent matches those among the latest 5,000 calls that fit the rest
    of the filter. Calls of one rank stand with the latest first.
    """
    said = asked.said
    if not isinstance(said, Understood):
        return Ranking({}, more=False, ranked_of=0)
    found = conditions(organization_id, replace(asked, said=None) if said.frequent else asked)
    if said.frequent:
        found.clauses.append("c.has_transcript")
    query, most = found.add(said.query), found.add(MOST_WALKED if said.frequent else MOST_RANKED)
    ranked, limit, offset = found.add(MOST_RANKED), found.add(window.limit + 1), found.add(min(window.offset, 2**62))
    moment, name = found.ordered_by
    # LATERAL with a limit makes every step a look-up by the primary key, one after the other until there are enough.
    rows = await session.fetch(
        "WITH matching AS MATERIALIZED (SELECT l.id, l.occurred_at, t.words FROM ("
        f"SELECT c.id, c.occurred_at FROM {found.source} WHERE {found.where}"
        f" ORDER BY {moment} DESC, {name} DESC LIMIT {most}) l CROSS JOIN LATERAL ("
        "SELECT x.words FROM call_texts x WHERE x.organization_id = $1 AND x.call_id = l.id LIMIT 1) t"
        f" WHERE t.words @@ {query}::tsquery LIMIT {ranked})"
        f", best AS (SELECT m.id, m.occurred_at, {_rank(query)} AS rank FROM matching m"
        f" ORDER BY rank DESC, m.occurred_at DESC, m.id DESC LIMIT {limit} OFFSET {offset})"
        " SELECT b.id, b.rank, n.ranked FROM (SELECT count(*) AS ranked FROM matching) AS n LEFT JOIN best b ON true"
        " ORDER BY b.rank DESC, b.occurred_at DESC, b.id DESC",
        *found.values,
    )
    best = [row for row in rows if row[0] is not None]
    ranks = {row[0]: float(row[1]) for row in best[: window.limit]}
    return Ranking(ranks, more=len(best) > window.limit, ranked_of=rows[0][2])


async def ranks_of(session: Session, organization_id: int, said: Understood, calls: list[UUID]) -> dict[UUID, float]:
    """The rank of each of these calls. One statement."""
    rows = await session.fetch(
        f"SELECT m.call_id, {_rank('$2')} FROM call_texts m WHERE m.organization_id = $1 AND m.call_id = ANY($3)",
        organization_id,
        said.query,
        calls,
    )
    return {row[0]: float(row[1]) for row in rows}


def _rank(query: LiteralString) -> LiteralString:
    """How close the words stand to each other, and how often, whoever said them; less in a long call."""
    return f"ts_rank_cd('{{1,1,1,1}}', m.words, {query}::tsquery, 1)"
