"""The rest of what the page of a call has only the beginning of, each as a part of the page or as a page of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from calldex.core.calls import Call
from calldex.core.errors import NotFound
from calldex.core.spoken import turns_said
from calldex.core.times import day_of
from calldex.store.acts import acts_of_call
from calldex.store.calls import Columns
from calldex.store.notes import list_notes
from calldex.store.recordings import recordings_of_call
from calldex.store.records import load_records
from calldex.web.acting import source_notes
from calldex.web.call_parts import call_of, part
from calldex.web.facts_shown import PART_BYTES, analysis_of
from calldex.web.linked import MOST as MOST_INVOICES
from calldex.web.linked import bodies_of, invoices_of
from calldex.web.long_texts import PIECE_BYTES, piece_of
from calldex.web.texts import text
from calldex.web.timeline import AT_ONCE, MOST, MOST_ACTS, load_timeline, told_by
from calldex.web.turns import turns_before, turns_from
from calldex.web.unheard import unheard
from calldex.web.visits import Visit

_SOUND: Final = ("recording", "attachments", "analysis", "metadata")
"""Where the sound's address may be, which is for those who may hear it."""

_SAID: Final = Columns("deleted_at", "transcript", "transcript_text", *_SOUND)
_TIMES: Final = Columns("deleted_at", "created_at", "started_at", "ended_at", "decided_at", "crm_synced_at", *_SOUND)
_NOTED: Final = Columns("deleted_at", *_SOUND)
_BILLED: Final = Columns("deleted_at", "partner", "invoices", *_SOUND)
_ANALYSIS: Final = Columns("deleted_at", "custom_classifications", "tags", *_SOUND)
_LONG: Final = {"summary": "summary", "reason": "call_reason", "translation": "translated_text"}
"""The fields of a call that are long texts, by the names that pages give them."""

_TEXTS: Final = Columns("deleted_at", "notes", "transcript", "transcript_text", *_LONG.values(), *_SOUND)
_NOTES_AT_ONCE: Final = 40
_LONGEST_PLACE: Final = 9


async def show_turns(visit: Visit) -> Response:
    """The turns of a transcript from a place on, or those before one: into the page, or as a page of their own."""
    call, before = await call_of(visit, _SAID), "before" in visit.request.query_params
    turns = turns_before(call, _place(visit, "before")) if before else turns_from(call, _place(visit, "from"))
    return part(visit, "_turns.html", "call.transcript", call, turns=turns)


async def show_timeline(visit: Visit) -> Response:
    """What happened: as the page has it, or from a place on."""
    call, hears, begin = await call_of(visit, _TIMES), visit.person.may("hear"), _place(visit, "from")
    organization, most = visit.organization_id, MOST if begin else AT_ONCE
    async with visit.database.session() as session:
        recordings = await recordings_of_call(session, organization, call.id)
        notes = await list_notes(session, organization, call.id)
        timeline = await load_timeline(
            session, organization, call, recordings, notes, hears=hears, begin=begin, most=most
        )
    template = "_timeline_entries.html" if begin else "_timeline.html"
    return part(visit, template, "call.timeline", call, timeline=timeline)


async def show_notes(visit: Visit) -> Response:
    """The notes before a place, the latest of them."""
    call = await call_of(visit, _NOTED)
    async with visit.database.session() as session:
        notes = await list_notes(session, visit.organization_id, call.id)
    end = min(len(notes), _place(visit, "before"))
    begin = max(0, end - _NOTES_AT_ONCE)
    return part(visit, "_notes_before.html", "acting.notes", call, notes=notes[begin:end], earlier=begin)


async def show_invoices(visit: Visit) -> Response:
    """The invoices of a call from a place on."""
    call, begin = await call_of(visit, _BILLED), _place(visit, "from")
    async with visit.database.session() as session:
        records = await load_records(session, visit.organization_id, bodies_of(call, begin, MOST_INVOICES))
    invoices, rest = invoices_of(call, records, begin, MOST_INVOICES)
    today = day_of(datetime.now(UTC), visit.zone)
    return part(visit, "_invoices.html", "call.linked", call, invoices=invoices, rest=rest, today=today)


async def show_analysis(visit: Visit) -> Response:
    """What was found out about a call, and what its source put to it, as much as a part may have."""
    call = await call_of(visit, _ANALYSIS)
    silent = None if visit.person.may("hear") else unheard(call)
    return part(
        visit,
        "_analysis.html",
        "call.analysis",
        call,
        analysis=analysis_of(call, silent, PART_BYTES),
        whole=True,
    )


async def show_text(visit: Visit) -> Response:
    """A long text of a call from a place on: the texts of which pages have the beginning."""
    call, name = await call_of(visit, _TEXTS), visit.request.path_params["name"]
    said = await _text_of(visit, call, name)
    if said is None:
        raise NotFound(text("call.no_text"))
    if not visit.person.may("hear"):
        # Before it is cut: half of an address would not be known.
        said = unheard(call).text(said)
    piece = piece_of(said, PIECE_BYTES, _place(visit, "from"))
    return part(visit, "_piece.html", "call.long_text", call, name=name, piece=piece)


async def _text_of(visit: Visit, call: Call, name: str) -> str | None:
    """A whole text by the name that pages give it; None for what there is not."""
    if name in _LONG:
        found: str | None = getattr(call, _LONG[name])
        return found
    kind, _, which = name.partition(".")
    if kind == "turn":
        said = turns_said(call.transcript, call.transcript_text)
        return next((turn.text for turn in said if str(turn.number) == which), None)
    async with visit.database.session() as session:
        if kind == "act":
            acts = await acts_of_call(session, visit.organization_id, call.id, MOST_ACTS)
            return next((told_by(act) for act in acts if str(act.id) == which), None)
        notes = await list_notes(session, visit.organization_id, call.id)
    if name == "notes":
        return source_notes(call.notes, notes)
    return next((note.body for note in notes if kind == "note" and str(note.id) == which), None)


def _place(visit: Visit, name: str) -> int:
    """A place that was asked for; what is none is the first."""
    given = visit.request.query_params.get(name, "0")
    return int(given) if given.isdecimal() and len(given) <= _LONGEST_PLACE else 0
