"""Our own API: everything that the others have, and the writing that they have not."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from calldex.core.errors import NotFound
from calldex.surfaces.http import SurfaceContext, surface_app
from calldex.surfaces.native.describing import describe
from calldex.surfaces.native.errors import MEDIA_TYPE, problem_page, render_error
from calldex.surfaces.native.v1 import add_routes, bodies_of_v1, fields_of_v1


def create_surface(context: SurfaceContext) -> FastAPI:
    """The surface as an application, to be mounted at ``/api``."""
    app = surface_app(
        title="Calldex",
        version="1",
        description="Read and write calls and the records that they point at.",
        render=render_error,
        failure_media_type=MEDIA_TYPE,
    )

    async def problem(request: Request) -> Response:
        page = problem_page(request.path_params["code"])
        if page is None:
            raise NotFound("There is no such type of problem.")
        return HTMLResponse(page)

    app.add_route("/problems/{code}", problem, include_in_schema=False)
    add_routes(app, context)
    describe(app, bodies_of_v1, fields_of_v1)
    return app
