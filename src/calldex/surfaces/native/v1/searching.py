"""Searching what was said: hits with the turns that hold the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.calls import Call
from calldex.core.excerpts import Match, matches_in
from calldex.core.filters import CallFilter, Window
from calldex.core.jsonbytes import encode
from calldex.core.languages import search_language
from calldex.core.parameters import read_parameters
from calldex.core.searching import Understood
from calldex.core.spoken import folded_words, turns_said
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns, existing
from calldex.store.located import read_calls
from calldex.store.searching import rank_calls, ranks_of, understand
from calldex.store.stems import stems_of
from calldex.surfaces.http import SurfaceContext, json_answer, read_pairs
from calldex.surfaces.native.answering import authenticate, endpoint
from calldex.surfaces.native.describing import operation, parameters
from calldex.surfaces.native.v1.paging import links, read_cursor, write_cursor
from calldex.surfaces.native.v1.params import DESCRIPTIONS, SearchTranscripts
from calldex.surfaces.native.v1.render import shown_id
from calldex.surfaces.native.v1.showing import base_of
from calldex.surfaces.native.v1.words import SCOPE_READ

if TYPE_CHECKING:
    from calldex.core.keys import Principal
    from calldex.store.database import Session

_SHOWN: Final = ("direction", "from_number", "to_number", "agent_id")
COLUMNS: Final = Columns(*_SHOWN, "partner", "language", "transcript", "transcript_text")

_DESCRIPTIONS: Final = DESCRIPTIONS | {
    "limit": "How many hits to answer with.",
    "sort": "The most relevant first, or by time; with a minus the latest first.",
    "total": "Whether to count how many calls match.",
}


@dataclass(frozen=True, slots=True)
class _Hits:
    """Part of the calls that match, each with its rank; ``ranked_of`` is None in the order of time."""

    said: CallFilter
    calls: list[Call]
    ranks: Mapping[UUID, float]
    more: bool
    total: int | None
    ranked_of: int | None = None


async def search_transcripts(context: SurfaceContext, request: Request) -> Response:
    principal = await authenticate(context, request, SCOPE_READ)
    pairs = read_pairs(request)
    asked = read_parameters(SearchTranscripts, pairs, relaxed=context.relax_unknown_parameters)
    wanted = asked.filter(asked.search)
    find = _most_relevant if asked.sort == "relevance" else _by_time
    found = await find(context, principal, asked, wanted)
    async with context.database.session() as session:
        matches = await _matches(session, found)
    data = [_hit(call, found.ranks.get(call.id, 0.0), matches[call.id]) for call in found.calls]
    page = asked.page or 0
    by_page = asked.cursor is None
    cursor = None
    targets: dict[str, dict[str, str]] = {"first": {}}
    if found.more:
        if asked.sort != "relevance":
            cursor = write_cursor(context.get_secret(), principal, wanted, asked.order, found.calls[-1])
        # A list that was begun by number goes on by number, and so does an order that no cursor knows.
        by_number = asked.page is not None or cursor is None
        targets["next"] = {"page": str(page + 1)} if by_number else {"cursor": str(cursor)}
    answer = {
        "data": data,
        "total": found.total,
        "ranked_of": found.ranked_of,
        "page": page if by_page else None,
        "next_page": page + 1 if by_page and found.more else None,
        "next_cursor": cursor,
    }
    link = links(f"{base_of(request)}/v1/transcripts/search", pairs, targets)
    return json_answer(encode(answer), headers={"Link": link})


async def _most_relevant(
    context: SurfaceContext, principal: Principal, asked: SearchTranscripts, wanted: CallFilter
) -> _Hits:
    organization = principal.organization_id
    window = Window(asked.limit, (asked.page or 0) * asked.limit)
    async with context.database.session() as session:
        understood = await existing(session, organization, wanted, ranked=True)
        ranking = await rank_calls(session, organization, understood, window)
        calls = await read_calls(session, organization, list(ranking.ranks), COLUMNS)
    total = None
    if asked.total == "exact":
        total = (await list_calls(context.database, organization, understood, Window(0), COLUMNS)).total
    # Between the two statements a call may have gone.
    there = [calls[call_id] for call_id in ranking.ranks if call_id in calls]
    return _Hits(understood, there, ranking.ranks, ranking.more, total, ranking.ranked_of)


async def _by_time(
    context: SurfaceContext, principal: Principal, asked: SearchTranscripts, wanted: CallFilter
) -> _Hits:
    organization = principal.organization_id
    secret, order = context.get_secret(), asked.order
    after = None if asked.cursor is None else read_cursor(secret, principal, wanted, order, asked.cursor)
    window = Window(asked.limit, (asked.page or 0) * asked.limit)
    async with context.database.session() as session:
        understood = await understand(session, organization, wanted)
    found = await list_calls(
        context.database,
        organization,
        understood,
        window,
        COLUMNS,
        order=order,
        after=after,
        count=asked.total == "exact",
    )
    ranks: Mapping[UUID, float] = {}
    if isinstance(understood.said, Understood):
        async with context.database.session() as session:
            ranks = await ranks_of(session, organization, understood.said, [call.id for call in found.calls])
    return _Hits(understood, found.calls, ranks, found.more, found.total)


async def _matches(session: Session, found: _Hits) -> dict[UUID, list[Match]]:
    """The turns of each call that hold the words. At most one statement, for stems that are not remembered."""
    said = found.said.said
    if not isinstance(said, Understood):
        return {call.id: [] for call in found.calls}
    languages = {call.id: search_language(call.language) for call in found.calls}
    turns = {call.id: turns_said(call.transcript, call.transcript_text) for call in found.calls}
    words = {call_id: [folded_words(turn.text) for turn in some] for call_id, some in turns.items()}
    unlike: dict[str, set[str]] = {}
    for call_id, language in languages.items():
        unlike.setdefault(language, set()).update(*words[call_id])
    stems = await stems_of(session, unlike)
    return {
        call_id: matches_in(turns[call_id], words[call_id], language, said, stems[language])
        for call_id, language in languages.items()
    }


def _hit(call: Call, rank: float, matches: Sequence[Match]) -> dict[str, Any]:
    return {
        "id": shown_id(call),
        "uuid": str(call.id),
        "occurred_at": call.occurred_at,
        **{name: getattr(call, name) for name in _SHOWN},
        "partner": None if call.partner is None else {"uuid": str(call.partner)},
        "rank": rank,
        "matches": [
            {
                "turn": match.turn.number,
                "speaker": match.turn.speaker,
                "start_ms": match.turn.start_ms,
                "end_ms": match.turn.end_ms,
                "excerpt": match.excerpt,
                "highlights": match.highlights,
            }
            for match in matches
        ],
    }


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the search."""
    app.add_api_route(
        "/v1/transcripts/search",
        endpoint(context, search_transcripts),
        methods=["GET"],
        summary="Search what was said",
        description="Calls in which the words were said and that fit every filter, with the turns that hold the words.",
        response_class=Response,
        openapi_extra=operation("Hits", parameters(SearchTranscripts, _DESCRIPTIONS), scope=SCOPE_READ),
    )
