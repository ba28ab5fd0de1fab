"""One set of exception handlers per surface: every error in the surface's own shape."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from calldex.core.errors import (
    CalldexError,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    InProgress,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from calldex.core.suggestions import did_you_mean
from calldex.store.outages import is_outage
from calldex.surfaces.http.notes import notes_of

ErrorType = type[CalldexError]
RenderFailure = Callable[[CalldexError, int], bytes]


class MethodNotAllowed(CalldexError):
    """The path is served, but not with this method."""

    code = "method_not_allowed"
    default_message = "This method is not allowed here."


class HeadersTooLarge(TooLarge):
    """The request line and headers are over the limit."""


_STATUSES: Mapping[ErrorType, int] = {
    HeadersTooLarge: 431,
    UnsupportedMediaType: 415,
    InvalidRequest: 422,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    PreconditionFailed: 412,
    PreconditionRequired: 428,
    Conflict: 409,
    TooLarge: 413,
    RateLimited: 429,
    DeadlineExceeded: 504,
    Unavailable: 503,
    CalldexError: 500,
}


def install_errors(
    app: Starlette,
    render: RenderFailure,
    statuses: Mapping[ErrorType, int] | None = None,
    *,
    media_type: str = "application/json",
) -> None:
    """Let `render(error, status)` give the body of every error of this sub-application.

    `statuses` overrides single statuses, as `{InvalidRequest: 400}`. An unexpected exception is
    rendered as a plain CalldexError with 500 and goes on to the app around, which logs it.
    """
    app.state.render_failure = render
    app.state.failure_media_type = media_type
    app.state.failure_statuses = {**_STATUSES, **(statuses or {})}

    async def on_error(request: Request, error: Exception) -> Response:
        found = _core_error(app, request, error)
        headers = {"Allow": _allowed(app, request)} if isinstance(found, MethodNotAllowed) else _headers_of(error)
        return failure_answer(app, request, found, headers)

    async def on_surprise(request: Request, error: Exception) -> Response:
        return failure_answer(app, request, Unavailable() if is_outage(error) else CalldexError())

    app.add_exception_handler(CalldexError, on_error)
    app.add_exception_handler(HTTPException, on_error)
    app.add_exception_handler(RequestValidationError, on_error)
    app.add_exception_handler(Exception, on_surprise)


def failure_answer(
    app: Starlette,
    request: Request,
    error: CalldexError,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to an error in the shape of a sub-application that has called install_errors."""
    status = status_of(error, app.state.failure_statuses)
    render: RenderFailure = app.state.render_failure
    notes_of(request).error = error.code
    return Response(
        render(error, status),
        status_code=status,
        headers={**_usual_headers(error, status), **(headers or {})},
        media_type=app.state.failure_media_type,
    )


def status_of(error: CalldexError, statuses: Mapping[ErrorType, int] = _STATUSES) -> int:
    return next((statuses[kind] for kind in type(error).__mro__ if kind in statuses), 500)


def _usual_headers(error: CalldexError, status: int) -> dict[str, str]:
    if isinstance(error, RateLimited | InProgress | Unavailable):
        return {"Retry-After": str(error.retry_after)}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def _allowed(app: Starlette, request: Request) -> str:
    """Every method of the path. Each route knows only its own, and the first that fits names the path."""
    fitting = [route for route in app.routes if route.matches(request.scope)[0] is not Match.NONE]
    paths = [getattr(route, "path", None) for route in fitting]
    methods: set[str] = set()
    for route, path in zip(fitting, paths, strict=True):
        if path == paths[0]:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods))


def _headers_of(error: Exception) -> Mapping[str, str] | None:
    return error.headers if isinstance(error, HTTPException) else None


def _core_error(app: Starlette, request: Request, error: Exception) -> CalldexError:
    """What the frameworks raise, in our words."""
    if isinstance(error, CalldexError):
        return error
    if isinstance(error, RequestValidationError):
        return InvalidRequest(problems=tuple(_problem(detail) for detail in error.errors()))
    if isinstance(error.__cause__, CalldexError):
        # FastAPI wraps whatever stops it from reading a body.
        return error.__cause__
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status >= 500:
        return CalldexError()
    return _client_error(app, request, status)


def _client_error(app: Starlette, request: Request, status: int) -> CalldexError:
    path = get_route_path(request.scope)
    if status == 404:
        known = app.openapi().get("paths", ()) if isinstance(app, FastAPI) else ()
        return NotFound(f"There is nothing at {path[:100]}.{did_you_mean(path, known)}")
    if status == 405:
        allowed = _allowed(app, request)
        rest = f" Allowed: {allowed}." if allowed else ""
        return MethodNotAllowed(f"{request.method} is not allowed here.{rest}")
    return TooLarge() if status == 413 else InvalidRequest()


def _problem(detail: Mapping[str, object]) -> Problem:
    where = detail.get("loc")
    return Problem(
        where if isinstance(where, tuple) else ("request",),
        str(detail.get("msg", "This is not valid.")),
        str(detail.get("type", "invalid")),
        detail.get("input"),
    )
