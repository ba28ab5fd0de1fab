"""Parts of the page of a call that are asked for by themselves: the call for programs, and the sound."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from calldex.actions.draw_waveform import waveform_of
from calldex.core.calls import Call
from calldex.core.drafts import SOURCE
from calldex.core.errors import NotFound
from calldex.store.call_events import find_event
from calldex.store.calls import Columns, find_call
from calldex.store.record_names import record_names
from calldex.store.recordings import Recording, recordings_of_call
from calldex.web.audio import audio_answer, waveform_svg
from calldex.web.context import ShownAs
from calldex.web.record_shown import EVERYTHING, curl, linked_by, readable, record_of
from calldex.web.texts import text
from calldex.web.timeline import said_by
from calldex.web.unheard import unheard
from calldex.web.visits import Visit

_LITTLE: Final = Columns("deleted_at", "revision")
_DIGEST_LETTERS: Final = 32
_NO_DOCUMENT: Final = "default-src 'none'; sandbox"


async def call_of(visit: Visit, columns: Columns) -> Call:
    """The call that the address means. Raises NotFound also for a deleted one, but to those who may delete."""
    wanted = visit.request.path_params["id"]
    found = await find_call(visit.database, visit.organization_id, wanted, SOURCE, columns)
    if found is None or (found.call.deleted_at is not None and not visit.person.may("delete")):
        raise NotFound(text("call.none", id=wanted[:64]))
    return found.call


async def show_status(visit: Visit) -> Response:
    """Whether a call is still what a page shows of it."""
    call = await call_of(visit, _LITTLE)
    if visit.request.query_params.get("revision") == str(call.revision):
        return Response(status_code=204)
    return visit.page("_call_changed.html", call=call)


async def show_raw(visit: Visit) -> Response:
    call, body = await _record(visit)
    return part(
        visit,
        "_shown_as.html",
        "call.programs",
        call,
        surfaces=visit.context.shown_as,
        surface="raw",
        shown=readable(body),
        command=None,
    )


async def raw_whole(visit: Visit) -> Response:
    call, body = await _record(visit)
    return plain(body, f"{call.id}.json")


async def show_as(visit: Visit) -> Response:
    """What a surface answers for the call, and how it is asked."""
    call, surface = await call_of(visit, _LITTLE), visit.request.path_params["surface"]
    shown = await _shown_as(visit, call, surface)
    base = visit.context.public_url or str(visit.request.base_url)
    return part(
        visit,
        "_shown_as.html",
        "call.programs",
        call,
        surfaces=visit.context.shown_as,
        surface=surface,
        shown=readable(shown.body),
        command=curl(base.rstrip("/"), shown),
    )


async def as_whole(visit: Visit) -> Response:
    """The surface's answer, byte for byte."""
    call, surface = await call_of(visit, _LITTLE), visit.request.path_params["surface"]
    shown = await _shown_as(visit, call, surface)
    return plain(shown.body, f"{call.id}-{surface}.json")


async def event_whole(visit: Visit) -> Response:
    """All that one event says."""
    call, given = await call_of(visit, _LITTLE), visit.request.path_params["digest"]
    event = None
    if len(given) == _DIGEST_LETTERS and given.isascii() and given.isalnum():
        try:
            digest = bytes.fromhex(given)
        except ValueError:
            digest = b""
        async with visit.database.session() as session:
            event = await find_event(session, visit.organization_id, call.id, digest)
    if event is None:
        raise NotFound(text("call.no_event"))
    return plain(said_by(event).encode(), None)


async def hear(visit: Visit) -> Response:
    """The sound of the newest recording that is stored here."""
    return await audio_answer(visit.request, await _recording(visit), visit.context.recordings)


async def draw(visit: Visit) -> Response:
    """How loud that recording is, as a picture; nothing where its sound cannot be read."""
    recording = await _recording(visit)
    waveform = await waveform_of(visit.database, visit.organization_id, recording, visit.context.recordings)
    if waveform.peaks is None:
        return Response(status_code=204)
    # The page asks for the picture of one recording, which never changes.
    same = visit.request.query_params.get("recording") == str(recording.id)
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable" if same else "no-store",
        "Content-Security-Policy": _NO_DOCUMENT,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(waveform_svg(waveform), 200, headers, media_type="image/svg+xml")


def plain(body: bytes, name: str | None) -> Response:
    """JSON as a text that no browser takes for anything else; with a name it is kept as a file."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _NO_DOCUMENT,
        "X-Content-Type-Options": "nosniff",
    }
    if name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, 200, headers, media_type="text/plain; charset=utf-8")


def part(visit: Visit, template: str, title: str, call: Call, **values: Any) -> Response:
    """A part for a script that puts it into the page, and by itself for a browser without scripts."""
    if not visit.person.may("hear"):
        values = unheard(call).all(values)
    if visit.is_fragment:
        return visit.page(template, call=call, **values)
    return visit.page("call_part.html", part=template, title=text(title), call=call, **values)


async def _record(visit: Visit) -> tuple[Call, bytes]:
    call = await call_of(visit, EVERYTHING)
    async with visit.database.session() as session:
        names = await record_names(session, visit.organization_id, linked_by(call))
    return call, record_of(call, names)


async def _shown_as(visit: Visit, call: Call, surface: str) -> ShownAs:
    public_id = visit.person.organization_public_id
    shown = await visit.context.show_as(visit.database, visit.organization_id, public_id, call.id, surface)
    if shown is None:
        raise NotFound(text("call.no_surface"))
    return shown


async def _recording(visit: Visit) -> Recording:
    call = await call_of(visit, _LITTLE)
    async with visit.database.session() as session:
        recordings = await recordings_of_call(session, visit.organization_id, call.id)
    if not recordings:
        raise NotFound(text("call.no_recording"))
    return recordings[0]
