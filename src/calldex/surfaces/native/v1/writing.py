"""Writing calls: put, post, patch, delete, and up to 1,000 at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.acting import act
from calldex.actions.answer_once import Answer
from calldex.actions.delete_call import delete
from calldex.actions.write_call import Check, change, must_be_new, must_be_of, write
from calldex.actions.writing import Intent, Written, write_intents, write_one
from calldex.core.drafts import SOURCE, CallDraft
from calldex.core.errors import CalldexError, InvalidRequest, NotFound
from calldex.core.jsonbytes import encode
from calldex.core.keys import Principal
from calldex.core.parameters import read_body
from calldex.store.located import read_calls
from calldex.surfaces.http import SurfaceContext
from calldex.surfaces.http.failures import status_of
from calldex.surfaces.native.answering import (
    actor_of,
    answered,
    begin,
    endpoint,
    etag,
    expected_revision,
    only_new,
    present,
    read_model,
)
from calldex.surfaces.native.describing import body, if_match, key_header, operation, path_id
from calldex.surfaces.native.errors import members_of
from calldex.surfaces.native.v1.bodies import LONGEST_ID, CallBatch, CallBody, NewCall
from calldex.surfaces.native.v1.drafts import call_draft
from calldex.surfaces.native.v1.render import Shown, shown_id
from calldex.surfaces.native.v1.showing import base_of, show_calls
from calldex.surfaces.native.v1.words import SCOPE_APPROVE, SCOPE_READ, SCOPE_WRITE

if TYPE_CHECKING:
    from calldex.store.database import Session

_WHOLE = Shown()
_UNREAD = Shown("uuid,revision,status")
"""What a key learns of a call that it may write and not read."""
_ONLY_ID = Shown("id")


def call_id_of(request: Request) -> str:
    """The id in the path. Raises NotFound for one that no call can have."""
    text: str = request.path_params["id"]
    if not text or len(text) > LONGEST_ID:
        raise NotFound(f'There is no call "{text[:64]}".')
    return text


async def show_written(
    context: SurfaceContext,
    request: Request,
    session: Session,
    principal: Principal,
    written: Written,
    status: int = 200,
) -> Answer:
    """The whole call as it is now, as far as the key may read; with its version, and for a new one where it is."""
    fields = _WHOLE if principal.may(SCOPE_READ) else _UNREAD
    found = await read_calls(session, principal.organization_id, [written.call_id], fields.columns)
    call = found[written.call_id]
    headers = {"ETag": etag(written.revision)}
    if status == 201:
        named = shown_id(call)
        # A path cannot name a call by an id that has a slash, or that ends as the address of a vCon does.
        readable = str(call.id) if "/" in named or named.endswith(".vcon") else quote(named, safe="")
        headers["Location"] = f"{base_of(request)}/v1/calls/{readable}"
    part = await show_calls(context, request, session, principal, [call], fields)
    return Answer(status, headers, part[0])


async def _write(
    context: SurfaceContext, request: Request, principal: Principal, intent: Intent, now: datetime
) -> Response:
    async def work(session: Session) -> Answer:
        written = await write_one(session, principal.organization_id, context.forms, intent, now)
        status = 201 if written.outcome == "created" else 200
        return await show_written(context, request, session, principal, written, status)

    return await answered(context, request, principal, work)


async def put_call(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    revision = expected_revision(request)
    check: Check | None = must_be_new if only_new(request) else None
    if revision is not None:
        check = must_be_of(revision)
    draft = call_draft(await read_model(context, request, CallBody))
    may = principal.may(SCOPE_APPROVE)
    return await _write(
        context, request, principal, write(draft, id=call_id_of(request), may_approve=may, check=check), now
    )


async def post_call(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    given = await read_model(context, request, NewCall)
    intent = write(call_draft(given), id=given.id, may_approve=principal.may(SCOPE_APPROVE))
    return await _write(context, request, principal, intent, now)


async def patch_call(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    revision = expected_revision(request, required=True)
    draft = call_draft(await read_model(context, request, CallBody))
    draft.version = None
    check = must_be_of(revision or 0)
    may = principal.may(SCOPE_APPROVE)
    return await _write(
        context, request, principal, change(draft, call_id_of(request), may_approve=may, check=check), now
    )


async def delete_call(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    revision = expected_revision(request)
    check = None if revision is None else must_be_of(revision)
    intent = delete(call_id_of(request), now, check)

    async def work(session: Session) -> Answer:
        await act(session, principal.organization_id, context.forms, intent, actor_of(principal), "delete", now)
        return Answer(204, {}, b"")

    return await answered(context, request, principal, work)


async def post_batch(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    given = await read_model(context, request, CallBatch, most=context.max_batch_bytes)
    entries = [_read(context, entry) for entry in given.calls]
    may = principal.may(SCOPE_APPROVE)
    intents = [
        write(draft, id=named, may_approve=may)
        for named, draft in (entry for entry in entries if not isinstance(entry, CalldexError))
    ]

    async def work(session: Session) -> Answer:
        outcomes = iter(await write_intents(session, principal.organization_id, context.forms, intents, now))
        each = [entry if isinstance(entry, CalldexError) else next(outcomes) for entry in entries]
        ids = [entry.call_id for entry in each if isinstance(entry, Written)]
        found = await read_calls(session, principal.organization_id, ids, _ONLY_ID.columns)
        results = [
            failed(request, entry) if isinstance(entry, CalldexError) else _done(entry, shown_id(found[entry.call_id]))
            for entry in each
        ]
        return Answer(200, {}, encode({"results": results}))

    return await answered(context, request, principal, work)


def _read(context: SurfaceContext, entry: Any) -> tuple[str | None, CallDraft] | CalldexError:
    """An entry of a batch: the id that it has, if any, and what it says; or why it cannot be read."""
    try:
        checked = read_body(NewCall, entry, relaxed=context.relax_unknown_parameters)
        return checked.id, call_draft(checked)
    except InvalidRequest as error:
        return error


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the operations that write calls."""
    routes: list[tuple[str, str, Any, str, str, dict[str, Any]]] = [
        (
            "PUT",
            "/v1/calls/{id}",
            put_call,
            "Write one call",
            f"Creates the call, whose source is then `{SOURCE}`, or completes it key by key. The id may be your own.",
            operation(
                "Call",
                [path_id(), *if_match(required=False, or_none=True)],
                "201", "404", "412", scope=SCOPE_WRITE, requestBody=body("CallBody"),
            ),
        ),
        (
            "POST",
            "/v1/calls",
            post_call,
            "Write one call, with or without an id",
            "Without an id the call gets a UUID, which the answer's Location names.",
            operation("Call", [key_header()], "201", "409", scope=SCOPE_WRITE, requestBody=body("NewCall")),
        ),
        (
            "PATCH",
            "/v1/calls/{id}",
            patch_call,
            "Change one call",
            "A merge patch (RFC 7396) against a version that you have seen. The status can only go where life allows.",
            operation(
                "Call",
                [path_id(), *if_match(required=True)],
                "404", "409", "412", "428",
                scope=SCOPE_WRITE, requestBody=body("CallBody", "application/merge-patch+json"),
            ),
        ),
        (
            "DELETE",
            "/v1/calls/{id}",
            delete_call,
            "Delete one call",
            "Softly: the call leaves every list, and what is known of it stays.",
            operation(None, [path_id(), *if_match(required=False)], "204", "404", "412", scope=SCOPE_WRITE),
        ),
        (
            "POST",
            "/v1/calls:batch",
            post_batch,
            "Write up to 1,000 calls",
            "Each has a result of its own, in their order; one that is refused keeps none of the others out.",
            operation("BatchResults", [key_header()], "409", scope=SCOPE_WRITE, requestBody=body("CallBatch")),
        ),
    ]  # fmt: skip
    for method, path, handler, summary, description, extra in routes:
        app.add_api_route(
            path,
            endpoint(context, handler),
            methods=[method],
            summary=summary,
            description=description,
            response_class=Response,
            openapi_extra=extra,
        )


def failed(request: Request, error: CalldexError) -> dict[str, Any]:
    """The result of an entry of a batch that was refused."""
    status = status_of(error, request.app.state.failure_statuses)
    return {"status": status, "outcome": "refused", "error": members_of(error, status)}


def _done(written: Written, named: str) -> dict[str, Any]:
    return {
        "status": 201 if written.outcome == "created" else 200,
        "outcome": written.outcome,
        "id": named,
        "uuid": str(written.call_id),
        "revision": written.revision,
    }
