"""Skipcall: a read-only call API, keys that reach live or test records, a limit of requests per minute."""

from fastapi import FastAPI

from calldex.surfaces.http import SurfaceContext, surface_app
from calldex.surfaces.skipcall.describing import describe
from calldex.surfaces.skipcall.errors import STATUSES, render_error
from calldex.surfaces.skipcall.limits import RateHeaders, make_limiter
from calldex.surfaces.skipcall.v1.handlers import add_routes


def create_surface(context: SurfaceContext) -> FastAPI:
    """The surface as an application, to be mounted at ``/skipcall``."""
    app = surface_app(
        title="Skipcall calls",
        version="1",
        description="The call operations of Skipcall's public API, version 1.",
        render=render_error,
        statuses=STATUSES,
    )
    limiter = make_limiter(context.rate_limit)
    app.add_middleware(RateHeaders, limiter=limiter)
    add_routes(app, context, limiter)
    describe(app)
    return app
