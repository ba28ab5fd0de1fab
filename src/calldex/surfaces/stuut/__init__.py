"""Stuut: two versions of a read-only call API. ``taking`` and ``shapes`` are what both are made of."""

from fastapi import FastAPI

from calldex.surfaces.http import SurfaceContext, surface_app
from calldex.surfaces.stuut.describing import describe
from calldex.surfaces.stuut.errors import render_error
from calldex.surfaces.stuut.v1.handlers import add_routes as add_v1
from calldex.surfaces.stuut.v2.handlers import add_routes as add_v2


def create_surface(context: SurfaceContext) -> FastAPI:
    """The surface as an application, to be mounted at ``/stuut``."""
    app = surface_app(
        title="Stuut calls",
        version="1 and 2",
        description="The call operations of Stuut's API, version 1 and 2.",
        render=render_error,
    )
    describe(app, {**add_v1(app, context), **add_v2(app, context)})
    return app
