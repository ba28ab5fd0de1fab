"""Searching what was said, against a reading of the same calls in plain Python: the list with ``q`` and the search
find the same calls, whichever way the index is read, alone and with other filters, in every language.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import serving

from calldex.cli.demo import seed_demo

SEARCH = "/api/v1/transcripts/search"
DICTIONARIES = {"en": "english_stem", "fr": "french_stem", "es": "spanish_stem"}
FILTERS = ["", "direction=outbound", "sentiment=negative&sentiment=neutral", "classification=payment_promise"]
WORD = re.compile(r"[^\W_]+")
WAYS = ["walked", "looked up"]


@dataclass
class Said:
    """A call as this test understands it: its language, and who said which words in each turn."""

    id: str
    language: str
    turns: list[tuple[str, list[str]]]
    call: dict[str, Any]


@dataclass
class Asked:
    """A search, as text and as what it means."""

    groups: list[list[tuple[list[str], bool]]]
    without: list[tuple[list[str], bool]] = field(default_factory=list)
    speaker: str | None = None

    def text(self) -> str:
        parts = [" OR ".join(map(written, group)) for group in self.groups]
        parts += [f"-{written(term)}" for term in self.without]
        return " ".join([f"speaker:{self.speaker}"] * bool(self.speaker) + parts)


def written(term: tuple[list[str], bool]) -> str:
    words, prefix = term
    text = " ".join(words) + "*" * prefix
    return text if len(words) == 1 else f'"{text}"'


@dataclass
class Talk:
    """Demo calls on a server, and the stem of every word that was said in each language."""

    writer: Writer
    calls: list[Said]
    stems: dict[tuple[str, str], str] = field(default_factory=dict)

    async def learn(self, words: set[str]) -> None:
        for language, dictionary in DICTIONARIES.items():
            rows = await self.writer.app.database.pool.fetch(
                f"SELECT w, (ts_lexize('{dictionary}', w))[1] FROM unnest($1::text[]) w", list(words)
            )
            self.stems |= {(language, word): stem or word for word, stem in rows}

    def holds(self, said: Said, asked: Asked) -> bool:
        return all(any(self._said(said, one, asked.speaker) for one in group) for group in asked.groups) and not any(
            self._said(said, one, asked.speaker) for one in asked.without
        )

    def _said(self, said: Said, term: tuple[list[str], bool], speaker: str | None) -> bool:
        wanted, prefix = term
        for who, words in said.turns:
            if speaker is not None and who != speaker:
                continue
            for first in range(len(words) - len(wanted) + 1):
                pairs = list(zip(wanted, words[first:], strict=False))
                if all(
                    self._equal(said.language, *pair, prefix=prefix and place == len(pairs) - 1)
                    for place, pair in enumerate(pairs)
                ):
                    return True
        return False

    def _equal(self, language: str, wanted: str, word: str, *, prefix: bool) -> bool:
        stem = self.stems[language, word]
        if prefix:
            return word.startswith(wanted) or stem.startswith(wanted)
        return self.stems[language, wanted] == stem


def understood(call: dict[str, Any]) -> Said:
    entries = [(turn["role"], turn["content"]) for turn in call["transcript"] or ()]
    if not entries and call["transcript_text"]:
        entries = re.findall(r"^(Agent|User): (.*)$", call["transcript_text"], re.MULTILINE)
    who = {"agent": "agent", "user": "customer"}
    turns = [(who[role.lower()], WORD.findall(text.lower())) for role, text in entries]
    return Said(call["uuid"], call["language"] or "en", turns, call)


@pytest.fixture(scope="module", params=WAYS)
async def talk(
    request: pytest.FixtureRequest,
    new_database: Callable[[], Awaitable[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Talk]:
    async with serving(await new_database(), tmp_path_factory.mktemp("data")) as app:
        writer = await Writer.of(app)
        await seed_demo(app.database, writer.tenant.organization.id, 400, seed=3)
        if request.param == "looked up":
            # The database knows only now how few calls there are, and that a look-up costs less than a walk.
            await app.database.pool.execute("ANALYZE call_texts")
        fields = "uuid,language,transcript,transcript_text,direction,sentiment,classifications,occurred_at"
        page = await writer.good("GET", f"{CALLS}?limit=500&fields={fields}")
        found = Talk(writer, [understood(call) for call in page["data"]])
        assert {said.language for said in found.calls} == set(DICTIONARIES)
        await found.learn({word for said in found.calls for _, words in said.turns for word in words})
        yield found


def ask(rng: Random, talk: Talk) -> Asked:
    """A search for what somebody said in one of the calls, or nearly."""
    turns = [words for said in talk.calls for _, words in said.turns if words]

    def term() -> tuple[list[str], bool]:
        words = rng.choice(turns)
        length = rng.choice([1, 1, 1, 2, 3])
        first = rng.randrange(max(1, len(words) - length + 1))
        chosen = words[first : first + length]
        if rng.random() < 0.25 and len(chosen[-1]) > 2:
            return [*chosen[:-1], chosen[-1][: rng.randrange(2, len(chosen[-1]))]], True
        return chosen, False

    return Asked(
        [[term() for _ in range(rng.choice([1, 1, 1, 2]))] for _ in range(rng.choice([1, 1, 2]))],
        [term() for _ in range(rng.choice([0, 0, 1]))],
        rng.choice([None, None, "customer", "agent"]),
    )


def fits(call: dict[str, Any], query: str) -> bool:
    pairs = parse_qsl(query)
    if pairs and pairs[0][0] == "classification":
        return any(one["classification"] == pairs[0][1] for one in call["classifications"] or ())
    return not pairs or call[pairs[0][0]] in {value for _, value in pairs}


@pytest.mark.parametrize("seed", range(8))
async def test_random_searches_find_what_plain_python_finds(talk: Talk, seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - searches are drawn from seeds, so that a failure can be seen again
    for _ in range(5):
        asked, query = ask(rng, talk), rng.choice(FILTERS)
        await talk.learn({word for group in (*asked.groups, asked.without) for words, _ in group for word in words})
        expected = [said.id for said in talk.calls if talk.holds(said, asked) and fits(said.call, query)]
        text = asked.text()
        client, key = talk.writer.tenant.client, talk.writer.tenant.key
        headers = {"authorization": f"Bearer {key}"}
        for path, sort in ((CALLS, "-time"), (SEARCH, "-time"), (SEARCH, "relevance")):
            limit = 500 if path == CALLS else 100
            params = {"q": text, "sort": sort, "total": "exact", "limit": str(limit)}
            answer = await client.get(path, params=[*parse_qsl(query), *params.items()], headers=headers)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found = [call["uuid"] for call in page["data"]]
            assert page["total"] == len(expected), text
            if sort == "relevance":
                assert page["ranked_of"] == len(expected)
                ranks = [hit["rank"] for hit in page["data"]]
                assert ranks == sorted(ranks, reverse=True)
                assert set(found) <= set(expected)
                assert len(found) == min(limit, len(expected))
            else:
                assert found == expected[:limit], text
            if path == SEARCH:
                assert all(hit["matches"] for hit in page["data"]), text
