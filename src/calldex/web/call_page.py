"""The page of a call: what was said and heard, what it belongs to, and everything that happened to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.core.calls import SENTIMENTS, STATUSES, Call
from calldex.core.life import MOVES
from calldex.core.times import day_of
from calldex.store.acts import latest_act
from calldex.store.neighbours import neighbours
from calldex.store.record_names import record_names
from calldex.store.recordings import recordings_of_call
from calldex.store.records import load_records
from calldex.web import call_parts, call_rest
from calldex.web.acting import load_acting
from calldex.web.call_parts import call_of
from calldex.web.context import WebContext
from calldex.web.facts_shown import PAGE_BYTES, analysis_of, elsewhere
from calldex.web.linked import bodies_of, linked_of, pointed_at
from calldex.web.record_shown import EVERYTHING
from calldex.web.rows import row_of
from calldex.web.timeline import load_timeline
from calldex.web.turns import first_turns
from calldex.web.unheard import unheard
from calldex.web.visits import Visit, visited

_SECONDS: Final = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,6})?")
_NUMBER: Final = re.compile(r"[0-9]{1,8}")


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The page, its parts that come later, and the sound. A path of the list with a word in place of an id, as
    ``/calls/fresh``, has to be among the routes before these.
    """
    return [
        Route("/calls/{id}", visited(context, show_call), methods=["GET"]),
        Route("/calls/{id}/turns", visited(context, call_rest.show_turns), methods=["GET"]),
        Route("/calls/{id}/timeline", visited(context, call_rest.show_timeline), methods=["GET"]),
        Route("/calls/{id}/notes", visited(context, call_rest.show_notes), methods=["GET"]),
        Route("/calls/{id}/invoices", visited(context, call_rest.show_invoices), methods=["GET"]),
        Route("/calls/{id}/analysis", visited(context, call_rest.show_analysis), methods=["GET"]),
        Route("/calls/{id}/text/{name}", visited(context, call_rest.show_text), methods=["GET"]),
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
        timeline = await load_timeline(session, organization, call, recordings, acting.notes, hears=hears)
        gone = call.deleted_at is not None
        deletion = await latest_act(session, organization, call.id, "delete") if gone else None
    turns = first_turns(call, *_asked_place(visit))
    silent = None if hears else unheard(call)
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
        "analysis": analysis_of(call, silent, PAGE_BYTES),
        "whole": False,
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


def _asked_place(visit: Visit) -> tuple[int | None, int | None]:
    """The moment in milliseconds, or the number of the turn, that a link leads to."""
    moment, number = (visit.request.query_params.get(name, "") for name in ("t", "turn"))
    return (
        round(float(moment) * 1000) if _SECONDS.fullmatch(moment) else None,
        int(number) if _NUMBER.fullmatch(number) else None,
    )


def _length(call: Call) -> int | None:
    """How long the call was, in milliseconds, as far as its times say."""
    if call.duration_ms is not None:
        return call.duration_ms
    if call.started_at is None or call.ended_at is None:
        return None
    return max(0, int((call.ended_at - call.started_at).total_seconds() * 1000))
