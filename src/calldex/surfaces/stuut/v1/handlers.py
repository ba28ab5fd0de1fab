"""The operations of Stuut v1."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.parameters import NothingAsked, read_parameters
from calldex.surfaces.http import SurfaceContext, read_pairs
from calldex.surfaces.stuut.answering import Look, answer_call, answer_page, authenticate
from calldex.surfaces.stuut.describing import call_id_parameter, operation, page_schema, parameters, shape_schemas
from calldex.surfaces.stuut.v1.objects import CALL
from calldex.surfaces.stuut.v1.params import DESCRIPTIONS, ListCalls
from calldex.surfaces.stuut.v1.render import COLUMNS, FORM, render_call, roots

LOOK = Look(COLUMNS, FORM, roots, render_call)


def add_routes(app: FastAPI, context: SurfaceContext) -> dict[str, Any]:
    """Add the operations of this version; gives the schemas of its answers."""

    async def list_calls(request: Request) -> Response:
        principal = await authenticate(context, request)
        asked = read_parameters(ListCalls, read_pairs(request), relaxed=context.relax_unknown_parameters)
        return await answer_page(context, request, principal, LOOK, asked.filter(), page=asked.page, limit=asked.limit)

    async def retrieve_call(request: Request) -> Response:
        principal = await authenticate(context, request)
        read_parameters(NothingAsked, read_pairs(request), relaxed=context.relax_unknown_parameters)
        return await answer_call(context, request, principal, LOOK, request.path_params["call_id"])

    app.add_api_route(
        "/v1/calls",
        list_calls,
        methods=["GET"],
        summary="List calls, newest first",
        response_class=Response,
        openapi_extra=operation("v1Page", parameters(ListCalls, DESCRIPTIONS), ("401", "422")),
    )
    app.add_api_route(
        "/v1/calls/{call_id}",
        retrieve_call,
        methods=["GET"],
        summary="Get one call",
        response_class=Response,
        openapi_extra=operation("v1Call", call_id_parameter(), ("401", "404", "422")),
    )
    return {"v1Page": page_schema("v1Call"), **shape_schemas("v1", [CALL])}
