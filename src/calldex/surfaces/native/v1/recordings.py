"""Recordings that are stored by us: sent as a body or in a form, served whole or in part."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fastapi import FastAPI
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from calldex.actions.add_recording import add_recording
from calldex.actions.answer_once import Answer
from calldex.core.drafts import SOURCE
from calldex.core.errors import InvalidRequest, NotFound, Problem, UnsupportedMediaType
from calldex.core.ids import new_uuid
from calldex.core.jsonbytes import encode
from calldex.core.ranges import part_asked
from calldex.store import recording_files
from calldex.store.calls import Columns, find_call
from calldex.store.recordings import Recording, find_recording, headers_of, newest_recordings
from calldex.surfaces.http import SurfaceContext, header
from calldex.surfaces.native.answering import REPLAYED, answered, begin, body_digest, endpoint, idempotency_key, present
from calldex.surfaces.native.describing import key_header, operation, path_id
from calldex.surfaces.native.v1.render import render_recording
from calldex.surfaces.native.v1.showing import base_of, read_link, write_link
from calldex.surfaces.native.v1.words import SCOPE_READ, SCOPE_WRITE
from calldex.surfaces.native.v1.writing import call_id_of

if TYPE_CHECKING:
    from calldex.store.database import Session

_COLUMNS = Columns("deleted_at")
_PIECE_BYTES: Final = 256 * 1024
_MEDIA_TYPE: Final = re.compile(r"(?:audio|video)/[a-z0-9][a-z0-9.+-]{0,80}\Z")
_AUDIO: Final = {"schema": {"type": "string", "format": "binary"}}


async def _call_of(context: SurfaceContext, request: Request, organization_id: int) -> UUID:
    text = call_id_of(request)
    found = await find_call(context.database, organization_id, text, SOURCE, _COLUMNS)
    if found is None or found.call.deleted_at is not None:
        raise NotFound(f'There is no call "{text[:64]}".')
    return found.call.id


async def post_recording(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_WRITE)
    idempotency_key(request)
    organization, now = principal.organization_id, present()
    call_id, recording_id = await _call_of(context, request, organization), new_uuid(now)
    location = f"{organization}/{call_id}/{recording_id}"
    try:
        content_type, pieces = await _sent(request)
        size, digest = await recording_files.save(context.recordings, location, pieces, context.max_recording_bytes)
    finally:
        # The parts of a form lie in files of their own until then.
        await request.close()

    async def work(session: Session) -> Answer:
        recording = Recording(call_id, recording_id, location, content_type, size, digest, now)
        url = f"{base_of(request)}/v1/calls/{call_id}/recording"
        await add_recording(session, organization, context.forms, str(call_id), recording, url)
        shown = render_recording(recording, *write_link(context, request, principal, recording))
        return Answer(201, {"Location": url}, encode(shown))

    try:
        answer = await answered(context, request, principal, work, body_digest(request, digest))
    except BaseException:
        await recording_files.remove(context.recordings, location)
        raise
    if REPLAYED in answer.headers:
        # The recording was stored by the first request with this key, so this copy of it is one too many.
        await recording_files.remove(context.recordings, location)
    return answer


async def get_recording(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_READ)
    call_id = await _call_of(context, request, principal.organization_id)
    async with context.database.session() as session:
        found = (await newest_recordings(session, principal.organization_id, [call_id])).get(call_id)
    if found is None:
        raise NotFound("No recording of this call is stored here.")
    return await _serve(context, request, found)


async def follow_link(context: SurfaceContext, request: Request) -> Response:
    link = read_link(context, request.path_params["token"])
    found = None
    if link is not None:
        async with context.database.session() as session:
            found = await find_recording(session, link.organization_id, link.call_id, link.recording_id)
    if found is None:
        raise NotFound("This link is not valid, or not any more; read the call again for a new one.")
    return await _serve(context, request, found)


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the operations on recordings."""
    form = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    content = {"audio/*": _AUDIO, "video/*": _AUDIO, "multipart/form-data": {"schema": form}}
    app.add_api_route(
        "/v1/calls/{id}/recording",
        endpoint(context, post_recording),
        methods=["POST"],
        summary="Store the recording of a call",
        description="The bytes themselves with their Content-Type, or a form with a part named `file`.",
        response_class=Response,
        openapi_extra=operation(
            "StoredRecording",
            [path_id(), key_header()],
            "201",
            "404",
            "409",
            scope=SCOPE_WRITE,
            requestBody={"required": True, "content": content},
        ),
    )
    served = [
        ("/v1/calls/{id}/recording", get_recording, "Hear the recording of a call", [path_id()], SCOPE_READ),
        (
            "/v1/recordings/{token}",
            follow_link,
            "Follow a signed link to a recording",
            [path_id("token", "What a call's `stored_recording.url` ends with; no key is needed.")],
            None,
        ),
    ]
    for path, handler, summary, asked, scope in served:
        extra = operation("StoredRecording", asked, "206", "404", "416", scope=scope)
        for status in ("200", "206"):
            extra["responses"][status]["content"] = {"audio/*": _AUDIO}
        app.add_api_route(
            path,
            endpoint(context, handler),
            methods=["GET"],
            summary=summary,
            description="Whole, or with Range in part.",
            response_class=Response,
            openapi_extra=extra,
        )
        app.add_api_route(path, endpoint(context, handler), methods=["HEAD"], include_in_schema=False)


async def _sent(request: Request) -> tuple[str, AsyncIterator[bytes]]:
    """The media type and the bytes of a recording."""
    media_type = _media_type(request.headers.get("content-type"))
    if media_type != "multipart/form-data":
        return _checked(media_type), request.stream()
    try:
        form = await request.form(max_files=1, max_fields=10)
    except (MultiPartException, HTTPException, ClientDisconnect):
        raise InvalidRequest(problems=(Problem(("body",), "The form cannot be read.", "form"),)) from None
    part = form.get("file")
    if not isinstance(part, UploadFile):
        raise InvalidRequest(problems=(Problem(("body", "file"), "file: the recording is expected.", "missing"),))
    return _checked(_media_type(part.content_type)), _pieces(part)


def _media_type(given: str | None) -> str:
    return (given or "").partition(";")[0].strip().lower()


def _checked(media_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise UnsupportedMediaType(f'A recording is of a type audio/... or video/..., not "{media_type[:100]}".')
    return media_type


async def _pieces(part: UploadFile) -> AsyncIterator[bytes]:
    while piece := await part.read(_PIECE_BYTES):
        yield piece


async def _serve(context: SurfaceContext, request: Request, recording: Recording) -> Response:
    """The recording, or the one part of it that was asked for; several parts at once get the whole."""
    part = part_asked(header(request, "range"), header(request, "if-range"), recording.tag, recording.size)
    headers = part.headers()
    if part.status == 416:
        return Response(status_code=part.status, headers=headers)
    headers |= headers_of(recording)
    if request.method == "HEAD":
        return Response(status_code=part.status, headers=headers)
    pieces = await recording_files.reading(context.recordings, recording.location, part.start, part.end)
    return StreamingResponse(pieces, part.status, headers)
