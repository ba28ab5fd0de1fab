"""How errors look on our own surface: problem details (RFC 9457), one type for each stable code."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any, Final

from calldex.core.errors import (
    CalldexError,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    InProgress,
    InvalidRequest,
    NotFound,
    Overloaded,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from calldex.core.jsonbytes import encode
from calldex.core.life import ImpossibleMove

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "/api/problems/"

MEANINGS: Final[dict[str, str]] = {
    kind.code: kind.default_message
    for kind in (
        Unauthenticated,
        Forbidden,
        NotFound,
        InvalidRequest,
        UnsupportedMediaType,
        TooLarge,
        Conflict,
        ImpossibleMove,
        InProgress,
        PreconditionFailed,
        PreconditionRequired,
        RateLimited,
        DeadlineExceeded,
        Unavailable,
        Overloaded,
        CalldexError,
    )
} | {
    ImpossibleMove.code: "A call cannot go from its status to the one asked for; `possible` says where it can.",
    "method_not_allowed": "The path is served, but not with this method.",
}
"""What each stable code means: what the pages of the problem types say."""


def render_error(error: CalldexError, status: int) -> bytes:
    """``type``, ``title``, ``status``, ``detail``, ``code``, and ``problems`` for each mistake of a client."""
    return encode(members_of(error, status))


def members_of(error: CalldexError, status: int) -> dict[str, Any]:
    """The members of a problem, for an answer of its own or inside the answer to a batch."""
    found: dict[str, Any] = {
        "type": f"{TYPE_BASE}{error.code}",
        "title": _title(status),
        "status": status,
        "detail": error.message,
        "code": error.code,
    }
    if error.problems:
        found["problems"] = [_problem(problem) for problem in error.problems]
    if isinstance(error, ImpossibleMove):
        found["possible"] = list(error.possible)
    return found


def _title(status: int) -> str:
    return HTTPStatus(status).phrase


def _problem(problem: Problem) -> dict[str, Any]:
    """A mistake with its place: a parameter's name, or a JSON pointer into the body (RFC 6901)."""
    place = str(problem.where[0]) if problem.where else "request"
    rest = problem.where[1:]
    in_body = place in ("body", "call")
    found: dict[str, Any] = {"in": "body" if in_body else place, "message": problem.message, "kind": problem.kind}
    if in_body:
        steps = (str(part).replace("~", "~0").replace("/", "~1") for part in rest)
        found["pointer"] = "".join(f"/{step}" for step in steps)
    elif rest:
        found["name"] = ".".join(map(str, rest))
    return found


def problem_page(code: str) -> str | None:
    """What a problem's type means, as a page; None for a code that there is not."""
    meaning = MEANINGS.get(code)
    if meaning is None:
        return None
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(code)}</title>'
        f"<h1>{escape(code)}</h1><p>{escape(meaning)}</p></html>"
    )
