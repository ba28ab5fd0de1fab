"""The operations of Whippy v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.errors import InvalidRequest, NotFound, Problem
from calldex.core.filters import CallFilter
from calldex.core.keys import Principal
from calldex.core.parameters import NothingAsked, read_body, read_parameters
from calldex.store import call_lists
from calldex.store.calls import find_call
from calldex.store.versions import Versions
from calldex.surfaces.http import (
    RateLimiter,
    SurfaceContext,
    bearer,
    fresh_answer,
    header,
    json_answer,
    read_json,
    read_pairs,
    still_fresh,
)
from calldex.surfaces.whippy.describing import body, id_parameter, operation, parameters
from calldex.surfaces.whippy.limits import count
from calldex.surfaces.whippy.v1.params import DESCRIPTIONS, Filters, ListCalls, Paging
from calldex.surfaces.whippy.v1.render import COLUMNS, render_call
from calldex.surfaces.whippy.v1.words import SOURCE

Read = TypeVar("Read")

_INFERRED = "Inferred: Whippy documents no such operation."


def _or_none(read: Callable[[], Read], problems: list[Problem]) -> Read | None:
    """What was read, or None with its problems collected: both parts of a request are read before it is refused."""
    try:
        return read()
    except InvalidRequest as error:
        problems.extend(error.problems)
        return None


def add_routes(app: FastAPI, context: SurfaceContext, limiter: RateLimiter) -> None:
    """Add the operations of this version."""
    relaxed = context.relax_unknown_parameters

    async def authenticate(request: Request) -> Principal:
        principal = await context.principal(request, header(request, "x-whippy-key") or bearer(request))
        count(limiter, request, principal, enforced=context.holds(principal))
        return principal

    async def search(principal: Principal, asked: CallFilter, paging: Paging) -> tuple[bytes, Versions]:
        found = await call_lists.list_calls(
            context.database,
            principal.organization_id,
            asked,
            paging.window(),
            COLUMNS,
            deadline_ms=paging.timeout,
        )
        data = b",".join([render_call(call) for call in found.calls])
        return b'{"data":[' + data + b'],"total":' + str(found.total).encode() + b"}", found.versions

    async def search_calls(request: Request) -> Response:
        principal = await authenticate(request)
        pairs = read_pairs(request)
        given = await read_json(request, context.max_body_bytes, empty={})
        problems: list[Problem] = []
        paging = _or_none(lambda: read_parameters(Paging, pairs, relaxed=relaxed), problems)
        asked = _or_none(lambda: read_body(Filters, {} if given is None else given, relaxed=relaxed), problems)
        if paging is None or asked is None:
            raise InvalidRequest(problems=tuple(problems))
        return json_answer((await search(principal, asked.filter(), paging))[0])

    async def list_calls(request: Request) -> Response:
        principal = await authenticate(request)
        asked = read_parameters(ListCalls, read_pairs(request), relaxed=relaxed)
        known = await still_fresh(context, request, principal)
        if known is not None:
            return known
        body, versions = await search(principal, asked.filter(), asked)
        return fresh_answer(request, principal, versions, body)

    async def get_call(request: Request) -> Response:
        principal = await authenticate(request)
        read_parameters(NothingAsked, read_pairs(request), relaxed=relaxed)
        known = await still_fresh(context, request, principal)
        if known is not None:
            return known
        call_id: str = request.path_params["id"]
        found = await find_call(context.database, principal.organization_id, call_id, SOURCE, COLUMNS)
        if found is None or found.call.deleted_at is not None:
            raise NotFound(f'There is no call "{call_id[:64]}".')
        return fresh_answer(request, principal, found.versions, b'{"data":' + render_call(found.call) + b"}")

    app.add_api_route(
        "/v1/calls/search",
        search_calls,
        methods=["POST"],
        summary="Search calls",
        description="Calls of the key's organization that fit every filter of the body, newest first.",
        response_class=Response,
        openapi_extra=operation(
            "Calls", parameters(Paging, DESCRIPTIONS), "413", "415", "504", requestBody=body(Filters, DESCRIPTIONS)
        ),
    )
    app.add_api_route(
        "/v1/calls",
        list_calls,
        methods=["GET"],
        summary="List calls, newest first",
        description=f"{_INFERRED} The filters of the search as a query.",
        response_class=Response,
        openapi_extra=operation("Calls", parameters(ListCalls, DESCRIPTIONS), "504"),
    )
    app.add_api_route(
        "/v1/calls/{id}",
        get_call,
        methods=["GET"],
        summary="Get one call",
        description=f"{_INFERRED} The answer is a call as the search shows it.",
        response_class=Response,
        openapi_extra=operation("OneCall", id_parameter(), "404"),
    )
