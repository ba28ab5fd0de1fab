"""The operations of Skipcall v1."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.errors import NotFound
from calldex.core.filters import Window
from calldex.core.jsonbytes import encode
from calldex.core.keys import Principal
from calldex.core.parameters import NothingAsked, read_parameters
from calldex.store.call_lists import list_calls
from calldex.store.calls import find_call
from calldex.store.forms import splicer
from calldex.surfaces.http import RateLimiter, SurfaceContext, bearer, fresh_answer, read_pairs, still_fresh
from calldex.surfaces.skipcall.describing import id_parameter, operation, parameters
from calldex.surfaces.skipcall.limits import count
from calldex.surfaces.skipcall.v1.params import DESCRIPTIONS, ListCalls
from calldex.surfaces.skipcall.v1.render import COLUMNS, FORM, render_call, roots
from calldex.surfaces.skipcall.v1.words import SOURCE


def add_routes(app: FastAPI, context: SurfaceContext, limiter: RateLimiter) -> None:
    """Add the operations of this version."""

    async def authenticate(request: Request) -> Principal:
        principal = await context.principal(request, bearer(request, bare=True))
        count(limiter, request, principal, enforced=context.holds(principal))
        return principal

    async def get_call(request: Request) -> Response:
        principal = await authenticate(request)
        read_parameters(NothingAsked, read_pairs(request), relaxed=context.relax_unknown_parameters)
        call_id: str = request.path_params["id"]
        known = await still_fresh(context, request, principal)
        if known is not None:
            return known
        database, organization = context.database, principal.organization_id
        found = await find_call(database, organization, call_id, SOURCE, COLUMNS)
        if found is None:
            raise NotFound(f'There is no call "{call_id[:64]}".')
        records = await splicer(database, organization, FORM, roots((found.call,)), found.versions.records)
        body = render_call(found.call, records, principal.organization_public_id)
        return fresh_answer(request, principal, found.versions, body)

    async def get_calls(request: Request) -> Response:
        principal = await authenticate(request)
        asked = read_parameters(ListCalls, read_pairs(request), relaxed=context.relax_unknown_parameters)
        known = await still_fresh(context, request, principal)
        if known is not None:
            return known
        window = Window(asked.limit, asked.page * asked.limit)
        database, organization = context.database, principal.organization_id
        found = await list_calls(database, organization, asked.filter(), window, COLUMNS)
        records = await splicer(database, organization, FORM, roots(found.calls), found.versions.records)
        total = found.total or 0
        data = [render_call(call, records, principal.organization_public_id) for call in found.calls]
        meta = {
            "page": asked.page,
            "limit": asked.limit,
            "total": total,
            "totalPages": -(-total // asked.limit),
        }
        body = b'{"data":[' + b",".join(data) + b'],"meta":' + encode(meta) + b"}"
        return fresh_answer(request, principal, found.versions, body)

    app.add_api_route(
        "/v1/calls/{id}",
        get_call,
        methods=["GET"],
        summary="Get one call",
        description="Any call of the key's organization, deleted ones included.",
        response_class=Response,
        openapi_extra=operation("Call", id_parameter(), "404"),
    )
    app.add_api_route(
        "/v1/calls",
        get_calls,
        methods=["GET"],
        summary="List calls, newest first",
        description="Inferred: Skipcall documents that the operation exists, but not its parameters and envelope.",
        response_class=Response,
        openapi_extra=operation("CallPage", parameters(ListCalls, DESCRIPTIONS)),
    )
