"""Which surfaces there are: one line each."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI

from calldex.settings import Settings
from calldex.surfaces import native, skipcall, stuut, whippy
from calldex.surfaces.http import SurfaceContext
from calldex.web.context import Operation, SurfaceEntry

ContextFor = Callable[[int], SurfaceContext]
MakeSurfaces = Callable[[Settings, ContextFor], dict[str, FastAPI]]


def make_surfaces(settings: Settings, context: ContextFor) -> dict[str, FastAPI]:
    """Every surface under its base path. `context` takes the surface's rate limit, 0 for none."""
    return {
        "/stuut": stuut.create_surface(context(0)),
        "/skipcall": skipcall.create_surface(context(settings.skipcall_requests_per_minute)),
        "/whippy": whippy.create_surface(context(settings.whippy_requests_per_second)),
        "/api": native.create_surface(context(0)),
    }


def list_operations(surfaces: Mapping[str, FastAPI]) -> list[SurfaceEntry]:
    """What the surfaces' own descriptions say they serve."""
    return [
        SurfaceEntry(
            title=surface.title,
            base=base,
            operations=tuple(
                Operation(method.upper(), base + path, str(operation.get("summary", "")))
                for path, methods in surface.openapi().get("paths", {}).items()
                for method, operation in methods.items()
            ),
        )
        for base, surface in surfaces.items()
    ]
