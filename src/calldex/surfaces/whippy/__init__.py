"""Whippy: the search of calls, a key in a header of its own, a limit of requests per second."""

from fastapi import FastAPI

from calldex.surfaces.http import SurfaceContext, surface_app
from calldex.surfaces.whippy.describing import describe
from calldex.surfaces.whippy.errors import render_error
from calldex.surfaces.whippy.limits import make_limiter
from calldex.surfaces.whippy.v1.handlers import add_routes


def create_surface(context: SurfaceContext) -> FastAPI:
    """The surface as an application, to be mounted at ``/whippy``."""
    app = surface_app(
        title="Whippy calls",
        version="1",
        description="The call operations of Whippy's API, version 1.",
        render=render_error,
    )
    add_routes(app, context, make_limiter(context.rate_limit))
    describe(app)
    return app
