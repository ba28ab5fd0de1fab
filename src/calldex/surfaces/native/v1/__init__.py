"""The first version of our own API: one module for each group of operations."""

from fastapi import FastAPI

from calldex.surfaces.http import SurfaceContext
from calldex.surfaces.native.v1 import (
    adding,
    bodies,
    deciding,
    exporting,
    reading,
    recordings,
    records,
    searching,
    writing,
)
from calldex.surfaces.native.v1.render import FIELD_NAMES

fields_of_v1 = FIELD_NAMES
bodies_of_v1 = (
    bodies.CallBody,
    bodies.NewCall,
    bodies.CallBatch,
    bodies.RecordBatch,
    bodies.Decision,
    bodies.Turns,
    bodies.Classifications,
    bodies.NewNote,
)


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add every operation. A path with an ending stands before the one with an id alone, which would match it."""
    for group in (deciding, adding, recordings, records, exporting, writing, reading, searching):
        group.add_routes(app, context)
