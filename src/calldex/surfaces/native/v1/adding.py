"""Giving a call what it lacks: its transcript, its classifications, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.acting import act
from calldex.actions.add_classification import add_classifications
from calldex.actions.add_note import add_note
from calldex.actions.add_transcript import add_transcript
from calldex.actions.answer_once import Answer
from calldex.actions.writing import Intent
from calldex.core.drafts import SOURCE
from calldex.core.errors import NotFound
from calldex.core.ids import new_uuid
from calldex.core.jsonbytes import encode
from calldex.core.keys import Principal
from calldex.store.calls import Columns, find_call
from calldex.store.notes import Note, list_notes
from calldex.surfaces.http import SurfaceContext, json_answer
from calldex.surfaces.native.answering import actor_of, answered, begin, endpoint, present, read_model
from calldex.surfaces.native.describing import body, key_header, operation, path_id
from calldex.surfaces.native.v1.bodies import Classifications, NewNote, Turns
from calldex.surfaces.native.v1.drafts import classifications, turns
from calldex.surfaces.native.v1.words import SCOPE_READ, SCOPE_WRITE
from calldex.surfaces.native.v1.writing import call_id_of, show_written

if TYPE_CHECKING:
    from calldex.store.database import Session

_COLUMNS = Columns("deleted_at")


async def _write(
    context: SurfaceContext, request: Request, principal: Principal, intent: Intent, name: str, **detail: Any
) -> Response:
    async def work(session: Session) -> Answer:
        organization_id, actor = principal.organization_id, actor_of(principal)
        written = await act(session, organization_id, context.forms, intent, actor, name, present(), **detail)
        return await show_written(context, request, session, principal, written)

    return await answered(context, request, principal, work)


async def post_transcript(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_WRITE)
    given = await read_model(context, request, Turns, most=context.max_batch_bytes)
    intent = add_transcript(call_id_of(request), turns(given.turns), append=given.append)
    return await _write(context, request, principal, intent, "add_transcript", turns=len(given.turns))


async def post_classifications(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_WRITE)
    given = await read_model(context, request, Classifications)
    intent = add_classifications(call_id_of(request), classifications(given.classifications))
    words = [entry.classification for entry in given.classifications]
    return await _write(context, request, principal, intent, "add_classifications", classifications=words)


async def post_note(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    given = await read_model(context, request, NewNote)
    note = Note(new_uuid(now), given.text, given.author, now)

    async def work(session: Session) -> Answer:
        actor = actor_of(principal)
        await add_note(session, principal.organization_id, context.forms, call_id_of(request), note, actor)
        return Answer(201, {}, encode(_note(note)))

    return await answered(context, request, principal, work)


async def get_notes(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_READ)
    text = call_id_of(request)
    found = await find_call(context.database, principal.organization_id, text, SOURCE, _COLUMNS)
    if found is None or found.call.deleted_at is not None:
        raise NotFound(f'There is no call "{text[:64]}".')
    async with context.database.session() as session:
        notes = await list_notes(session, principal.organization_id, found.call.id)
    return json_answer(encode({"data": [_note(note) for note in notes]}))


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add what completes a call."""
    for path, handler, summary, description, answer, status, asked in (
        (
            "transcript",
            post_transcript,
            "Give a call its transcript",
            "The turns replace those that are there, or with `append` stand behind them.",
            "Call",
            (),
            "Turns",
        ),
        (
            "classifications",
            post_classifications,
            "Say what a call was about",
            "Classifications that the call has already stay as they are.",
            "Call",
            (),
            "Classifications",
        ),
        (
            "notes",
            post_note,
            "Write a note about a call",
            "The note is kept with its author and time; its text stands in the call's `notes` too.",
            "Note",
            ("201",),
            "NewNote",
        ),
    ):
        app.add_api_route(
            f"/v1/calls/{{id}}/{path}",
            endpoint(context, handler),
            methods=["POST"],
            summary=summary,
            description=description,
            response_class=Response,
            openapi_extra=operation(
                answer,
                [path_id(), key_header()],
                "404",
                "409",
                *status,
                scope=SCOPE_WRITE,
                requestBody=body(asked),
            ),
        )
    app.add_api_route(
        "/v1/calls/{id}/notes",
        endpoint(context, get_notes),
        methods=["GET"],
        summary="List the notes of a call",
        description="The oldest first.",
        response_class=Response,
        openapi_extra=operation("Notes", [path_id()], "404", scope=SCOPE_READ),
    )


def _note(note: Note) -> dict[str, Any]:
    return {"id": str(note.id), "text": note.body, "author": note.author, "created_at": note.created_at}
