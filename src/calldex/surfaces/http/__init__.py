"""What all surfaces share of HTTP: reading requests, checking keys, answering, failing, rate limits.

Not a surface itself: no path, no shape of an answer and no vendor's word lives here.
"""

from calldex.surfaces.http.answers import json_answer
from calldex.surfaces.http.application import surface_app
from calldex.surfaces.http.context import SurfaceContext
from calldex.surfaces.http.failures import (
    HeadersTooLarge,
    MethodNotAllowed,
    RenderFailure,
    failure_answer,
    install_errors,
)
from calldex.surfaces.http.freshness import fresh_answer, given_tags, not_modified, still_fresh, version_mark
from calldex.surfaces.http.notes import RequestNotes, add_header, notes_of
from calldex.surfaces.http.rates import RateLimiter, RateState
from calldex.surfaces.http.reading import bearer, header, read_json, read_pairs

__all__ = [
    "HeadersTooLarge",
    "MethodNotAllowed",
    "RateLimiter",
    "RateState",
    "RenderFailure",
    "RequestNotes",
    "SurfaceContext",
    "add_header",
    "bearer",
    "failure_answer",
    "fresh_answer",
    "given_tags",
    "header",
    "install_errors",
    "json_answer",
    "not_modified",
    "notes_of",
    "read_json",
    "read_pairs",
    "still_fresh",
    "surface_app",
    "version_mark",
]
