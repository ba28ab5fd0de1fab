"""Reading calls: one by any of its ids, and the list."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.drafts import SOURCE
from calldex.core.errors import NotFound
from calldex.core.filters import Window
from calldex.core.parameters import read_parameters
from calldex.store import call_lists
from calldex.store.call_lists import CallList
from calldex.store.calls import find_call
from calldex.surfaces.http import (
    SurfaceContext,
    fresh_answer,
    given_tags,
    json_answer,
    not_modified,
    read_pairs,
    still_fresh,
    version_mark,
)
from calldex.surfaces.native.answering import authenticate, endpoint
from calldex.surfaces.native.describing import operation, parameters, path_id
from calldex.surfaces.native.v1.paging import links, read_cursor, write_cursor
from calldex.surfaces.native.v1.params import DESCRIPTIONS, ListCalls, OneCall
from calldex.surfaces.native.v1.render import Shown
from calldex.surfaces.native.v1.showing import base_of, link_age, show_calls
from calldex.surfaces.native.v1.words import SCOPE_READ


async def get_call(context: SurfaceContext, request: Request) -> Response:
    principal = await authenticate(context, request, SCOPE_READ)
    asked = read_parameters(OneCall, read_pairs(request), relaxed=context.relax_unknown_parameters)
    shown = Shown(asked.fields)
    text: str = request.path_params["id"]
    found = await find_call(context.database, principal.organization_id, text, SOURCE, shown.columns)
    if found is None or (found.call.deleted_at is not None and not asked.deleted):
        raise NotFound(f'There is no call "{text[:64]}".')
    call = found.call
    tag = f'"{call.revision}-{version_mark(request, principal, found.versions, link_age(context))}"'
    if tag in given_tags(request):
        return not_modified(tag)
    async with context.database.session() as session:
        part = await show_calls(context, request, session, principal, [call], shown)
    return json_answer(part[0], headers={"ETag": tag})


async def list_calls(context: SurfaceContext, request: Request) -> Response:
    principal = await authenticate(context, request, SCOPE_READ)
    pairs = read_pairs(request)
    asked = read_parameters(ListCalls, pairs, relaxed=context.relax_unknown_parameters)
    age = link_age(context)
    known = await still_fresh(context, request, principal, age)
    if known is not None:
        return known
    wanted, order, secret = asked.filter(asked.search), asked.order, context.get_secret()
    shown = Shown(asked.fields, *(("duration_ms",) if order.by == "duration" else ()))
    after = None if asked.cursor is None else read_cursor(secret, principal, wanted, order, asked.cursor)
    page = asked.page or 0
    found = await call_lists.list_calls(
        context.database,
        principal.organization_id,
        wanted,
        Window(asked.limit, page * asked.limit),
        shown.columns,
        order=order,
        after=after,
        count=asked.total == "exact",
    )
    async with context.database.session() as session:
        parts = await show_calls(context, request, session, principal, found.calls, shown)
    cursor = write_cursor(secret, principal, wanted, order, found.calls[-1]) if found.more else None
    body, link = _page(request, asked, pairs, found, parts, cursor)
    return fresh_answer(request, principal, found.versions, body, age, headers={"Link": link})


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the operations that change nothing."""
    app.add_api_route(
        "/v1/calls",
        endpoint(context, list_calls),
        methods=["GET"],
        summary="List calls",
        description="Calls of the key's organization that fit every filter, the latest first unless sorted otherwise.",
        response_class=Response,
        openapi_extra=operation("Calls", parameters(ListCalls, DESCRIPTIONS), scope=SCOPE_READ),
    )
    app.add_api_route(
        "/v1/calls/{id}",
        endpoint(context, get_call),
        methods=["GET"],
        summary="Get one call",
        description="By the id that a client of ours gave, any vendor's id, the typed id or the UUID.",
        response_class=Response,
        openapi_extra=operation(
            "Call", [path_id(), *parameters(OneCall, DESCRIPTIONS)], "304", "404", scope=SCOPE_READ
        ),
    )


def _page(
    request: Request,
    asked: ListCalls,
    pairs: list[tuple[str, str]],
    found: CallList,
    parts: list[bytes],
    cursor: str | None,
) -> tuple[bytes, str]:
    """The body of a page, and its Link header."""
    by_page = asked.cursor is None
    page = asked.page or 0
    targets: dict[str, dict[str, Any]] = {"first": {}}
    if by_page and page > 0:
        targets["prev"] = {"page": str(page - 1)}
    if found.more:
        # A list that was begun by number goes on by number; any other goes on from its last call.
        targets["next"] = {"page": str(page + 1)} if asked.page is not None else {"cursor": cursor}
    if by_page and found.total is not None:
        targets["last"] = {"page": str(max(0, -(-found.total // asked.limit) - 1))}
    next_page = str(page + 1) if by_page and found.more else "null"
    ending = (
        f'],"total":{"null" if found.total is None else found.total},"page":{page if by_page else "null"},'
        f'"next_page":{next_page},"next_cursor":{"null" if cursor is None else chr(34) + cursor + chr(34)}}}'
    )
    link = links(f"{base_of(request)}/v1/calls", pairs, targets)
    return b'{"data":[' + b",".join(parts) + ending.encode(), link
