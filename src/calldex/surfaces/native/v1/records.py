"""Linked records by themselves: users, partners, contacts, invoices, workflows and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.answer_once import Answer
from calldex.actions.write_records import WrittenRecord, write_records
from calldex.core.drafts import RECORD_KINDS, RecordDraft, candidates
from calldex.core.errors import CalldexError, InvalidRequest, NotFound, Problem
from calldex.core.jsonbytes import encode
from calldex.store.records import load_records
from calldex.surfaces.http import SurfaceContext, json_answer
from calldex.surfaces.native.answering import (
    answered,
    begin,
    endpoint,
    etag,
    expected_revision,
    only_new,
    present,
    read_body_of,
    read_model,
    unchanged,
)
from calldex.surfaces.native.describing import body, if_match, key_header, operation, path_id
from calldex.surfaces.native.v1.bodies import RecordBatch
from calldex.surfaces.native.v1.drafts import record_draft, record_id, record_kind
from calldex.surfaces.native.v1.render import render_record
from calldex.surfaces.native.v1.showing import base_of
from calldex.surfaces.native.v1.words import SCOPE_READ, SCOPE_WRITE
from calldex.surfaces.native.v1.writing import failed

if TYPE_CHECKING:
    from calldex.store.database import Session

_PATH: Final = [
    {**path_id("kind", "The kind of the record."), "schema": {"type": "string", "enum": list(RECORD_KINDS)}},
    path_id("id", "Any id of the record: your own, a vendor's, the UUID."),
]


async def get_record(context: SurfaceContext, request: Request) -> Response:
    principal = await begin(context, request, SCOPE_READ)
    kind = record_kind(request.path_params["kind"])
    draft = RecordDraft(kind, request.path_params["id"])
    async with context.database.session() as session:
        found = await load_records(session, principal.organization_id, candidates(draft))
    record = next((found[one] for one in candidates(draft) if one in found and found[one].kind == kind), None)
    if record is None:
        raise NotFound(f'There is no {kind} "{draft.id[:64]}".')
    known = unchanged(request, record.revision)
    return known or json_answer(render_record(record), headers={"ETag": etag(record.revision)})


async def put_record(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    kind, named = record_kind(request.path_params["kind"]), record_id(request.path_params["id"])
    revision, new = expected_revision(request), only_new(request)
    draft = record_draft(kind, named, _object(await read_body_of(context, request)))

    async def work(session: Session) -> Answer:
        written = await write_records(
            session, principal.organization_id, context.forms, [draft], now, expected=revision, only_new=new
        )
        done = written[0]
        if isinstance(done, CalldexError):
            raise done
        found = await load_records(session, principal.organization_id, [done.record_id])
        headers = {"ETag": etag(done.revision)}
        if done.outcome == "created":
            headers["Location"] = f"{base_of(request)}/v1/records/{kind}/{quote(named, safe='')}"
        record = found[done.record_id]
        # A key that may write and not read learns nothing of a record by writing it.
        unread = {"kind": kind, "id": named, "uuid": str(record.id), "revision": record.revision}
        shown = render_record(record) if principal.may(SCOPE_READ) else encode(unread)
        return Answer(201 if done.outcome == "created" else 200, headers, shown)

    return await answered(context, request, principal, work)


async def post_batch(context: SurfaceContext, request: Request) -> Response:
    principal, now = await begin(context, request, SCOPE_WRITE), present()
    given = await read_model(context, request, RecordBatch, most=context.max_batch_bytes)
    entries = [_read(entry) for entry in given.records]
    drafts = [entry for entry in entries if isinstance(entry, RecordDraft)]

    async def work(session: Session) -> Answer:
        outcomes = iter(await write_records(session, principal.organization_id, context.forms, drafts, now))
        each = [(entry, next(outcomes) if isinstance(entry, RecordDraft) else entry) for entry in entries]
        return Answer(200, {}, encode({"results": [_result(request, *pair) for pair in each]}))

    return await answered(context, request, principal, work)


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the operations on linked records."""
    app.add_api_route(
        "/v1/records/{kind}/{id}",
        endpoint(context, get_record),
        methods=["GET"],
        summary="Get one linked record",
        response_class=Response,
        openapi_extra=operation("Record", _PATH, "304", "404", scope=SCOPE_READ),
    )
    app.add_api_route(
        "/v1/records/{kind}/{id}",
        endpoint(context, put_record),
        methods=["PUT"],
        summary="Write one linked record",
        description="Its `modified_at` is its version: what is older overwrites nothing. What is not said stays.",
        response_class=Response,
        openapi_extra=operation(
            "Record",
            [*_PATH, *if_match(required=False, or_none=True)],
            "201",
            "404",
            "412",
            scope=SCOPE_WRITE,
            requestBody=body("RecordBody"),
        ),
    )
    app.add_api_route(
        "/v1/records:batch",
        endpoint(context, post_batch),
        methods=["POST"],
        summary="Write up to 1,000 linked records",
        description="Each entry has `kind`, `id` and the record's members under `body`, and a result of its own.",
        response_class=Response,
        openapi_extra=operation(
            "BatchResults", [key_header()], "409", scope=SCOPE_WRITE, requestBody=body("RecordBatch")
        ),
    )


def _object(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidRequest(problems=(Problem(("body",), "The body must be a JSON object.", "object_type"),))
    return given


def _read(entry: Any) -> RecordDraft | CalldexError:
    try:
        return _entry(_object(entry))
    except CalldexError as error:
        return error


def _entry(given: dict[str, Any]) -> RecordDraft:
    kind, named = given.get("kind"), given.get("id")
    problems = [
        Problem(("body", name), f"{name} is not known here. Known are: kind, id, body.", "unknown_parameter")
        for name in given.keys() - {"kind", "id", "body"}
    ]
    if not isinstance(kind, str):
        problems.append(Problem(("body", "kind"), "kind: the kind of the record is expected.", "missing", kind))
    if not isinstance(named, str) or not named:
        problems.append(Problem(("body", "id"), "id: text that is not empty is expected.", "missing", named))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    return record_draft(record_kind(str(kind)), record_id(str(named)), _object(given.get("body", {})), ("body",))


def _result(request: Request, entry: RecordDraft | CalldexError, done: WrittenRecord | CalldexError) -> dict[str, Any]:
    if isinstance(done, CalldexError) or isinstance(entry, CalldexError):
        return failed(request, done if isinstance(done, CalldexError) else InvalidRequest())
    return {
        "status": 201 if done.outcome == "created" else 200,
        "outcome": done.outcome,
        "kind": entry.kind,
        "id": entry.id,
        "uuid": str(done.record_id),
        "revision": done.revision,
    }
