"""A call as a container that other systems read."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.core.drafts import SOURCE
from calldex.core.errors import NotFound
from calldex.core.parameters import NothingAsked, read_parameters
from calldex.store.calls import find_call
from calldex.store.reaching import reachable_records
from calldex.surfaces.http import SurfaceContext, read_pairs
from calldex.surfaces.native.answering import authenticate
from calldex.surfaces.native.describing import operation, path_id
from calldex.surfaces.native.v1.vcon import COLUMNS, render_vcon, roots
from calldex.surfaces.native.v1.vcon_words import DRAFT, MEDIA_TYPE
from calldex.surfaces.native.v1.words import SCOPE_READ


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the one export that there is."""

    async def get_vcon(request: Request) -> Response:
        principal = await authenticate(context, request, SCOPE_READ)
        read_parameters(NothingAsked, read_pairs(request), relaxed=context.relax_unknown_parameters)
        text: str = request.path_params["id"]
        found = await find_call(context.database, principal.organization_id, text, SOURCE, COLUMNS)
        if found is None or found.call.deleted_at is not None:
            raise NotFound(f'There is no call "{text[:64]}".')
        records = await reachable_records(context.database, principal.organization_id, roots((found.call,)))
        return Response(render_vcon(found.call, records), media_type=MEDIA_TYPE)

    extra = operation("Call", [path_id()], "404", scope=SCOPE_READ)
    extra["responses"]["200"]["content"] = {MEDIA_TYPE: {"schema": {"type": "object", "required": ["uuid"]}}}
    app.add_api_route(
        "/v1/calls/{id}.vcon",
        get_vcon,
        methods=["GET"],
        summary="Get one call as a vCon",
        description=f"The call with its linked records as a vCon ({DRAFT}), which any Calldex can import again.",
        response_class=Response,
        openapi_extra=extra,
    )
