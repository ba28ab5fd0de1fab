"""The page of a call: what was said and heard, what it belongs to, and everything that happened to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.core.calls import SENTIMENTS, STATUSES, Call
from calldex.core.jsonbytes import understood
from calldex.core.life import MOVES
from calldex.core.times import day_of
from calldex.store.acts import latest_act
from calldex.store.neighbours import neighbours
from calldex.store.record_names import record_names
from calldex.store.recordings import recordings_of_call
from calldex.store.records import load_records
from calldex.web import call_parts
from calldex.web.acting import load_acting
from calldex.web.call_parts import call_of
from calldex.web.context import WebContext
from calldex.web.facts_shown import elsewhere, terms, words
from calldex.web.linked import bodies_of, linked_of, pointed_at
from calldex.web.record_shown import EVERYTHING
from calldex.web.rows import row_of
from calldex.web.timeline import AT_ONCE, load_timeline
from calldex.web.turns import first_turns
from calldex.web.unheard import unheard
from calldex.web.visits import Visit, visited

_LONGEST_TRANSLATION: Final = 20_000
_SECONDS: Final = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,6})?")


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The page, its parts that come later, and the sound. A path of the list with a word in place of an id, as
    ``/calls/fresh``, has to be among the routes before these.
    """
    return [
        Route("/calls/{id}", visited(context, show_call), methods=["GET"]),
        Route("/calls/{id}/turns", visited(context, call_parts.show_turns), methods=["GET"]),
        Route("/calls/{id}/timeline", visited(context, call_parts.show_timeline), methods=["GET"]),
        Route("/calls/{id}/status", visited(context, call_parts.show_status), methods=["GET"]),
        Route("/calls/{id}/raw", visited(context, call_parts.show_raw, "hear"), methods=["GET"]),
        Route("/calls/{id}/raw/whole", visited(context, call_parts.raw_whole, "hear"), methods=["GET"]),
        Route("/calls/{id}/as/{surface}", visited(context, call_parts.show_as, "hear"), methods=["GET"]),
        Route("/calls/{id}/as/{surface}/whole", visited(context, call_parts.as_whole, "hear"), methods=["GET"]),
        Route("/calls/{id}/events/{digest}", visited(context, call_parts.event_whole, "hear"), methods=["GET"]),
        Route("/calls/{id}/audio", visited(context, call_parts.hear, "hear"), methods=["GET"]),
        Route("/calls/{id}/waveform", visited(context, call_parts.draw, "hear"), methods=["GET"]),
    ]


async def show_call(visit: Visit) -> Response:
    """The whole page. Its statements are as many for a call of any size."""
    call = await call_of(visit, EVERYTHING)
    query = visit.request.url.query
    if visit.request.path_params["id"] != str(call.id):
        return visit.go(visit.link(f"/calls/{call.id}") + (f"?{query}" if query else ""))
    organization, hears = visit.organization_id, visit.person.may("hear")
    async with visit.database.session() as session:
        names = await record_names(session, organization, pointed_at(call))
        records = await load_records(session, organization, bodies_of(call))
        before, after = await neighbours(session, organization, call)
        recordings = await recordings_of_call(session, organization, call.id)
        acting = await load_acting(session, visit, call)
        timeline = await load_timeline(session, organization, call, recordings, acting.notes, hears=hears, most=AT_ONCE)
        gone = call.deleted_at is not None
        deletion = await latest_act(session, organization, call.id, "delete") if gone else None
    turns = first_turns(call, _asked_moment(visit))
    silent = None if hears else unheard(call)
    translation = call.translated_text or ""
    if silent is not None:
        # Before it is cut: half of an address would not be known.
        translation = silent.text(translation)
    facts = [
        given if silent is None else silent.json(given)
        for given in map(understood, (call.analysis, call.metadata, call.custom_classifications, call.tags))
    ]
    values: dict[str, Any] = {
        "call": call,
        "row": row_of(call, names),
        "linked": linked_of(call, names, records),
        "today": day_of(datetime.now(UTC), visit.zone),
        "before": before,
        "after": after,
        "recording": recordings[0] if recordings else None,
        "elsewhere": [] if recordings else elsewhere(call),
        "turns": turns,
        "translation": translation[:_LONGEST_TRANSLATION],
        "translation_cut": len(translation) > _LONGEST_TRANSLATION,
        "analysis": terms(facts[0]),
        "metadata": terms(facts[1]),
        "custom": words(facts[2]),
        "tags": words(facts[3]),
        "timeline": timeline,
        "acting": acting,
        "deletion": deletion,
        "under_way": bool(MOVES.get(call.status or "")) and call.deleted_at is None,
        "surfaces": visit.context.shown_as,
        "surface": None,
        "shown": None,
        "command": None,
        "length": _length(call),
        "statuses": STATUSES,
        "sentiments": SENTIMENTS,
    }
    return visit.page("call.html", **(values if silent is None else silent.all(values)))


def _asked_moment(visit: Visit) -> int:
    """The moment in milliseconds that a link leads to, 0 for none."""
    given = visit.request.query_params.get("t", "")
    return int(float(given) * 1000) if _SECONDS.fullmatch(given) else 0


def _length(call: Call) -> int | None:
    """How long the call was, in milliseconds, as far as its times say."""
    if call.duration_ms is not None:
        return call.duration_ms
    if call.started_at is None or call.ended_at is None:
        return None
    return max(0, int((call.ended_at - call.started_at).total_seconds() * 1000))
