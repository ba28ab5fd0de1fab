"""The call explorer: every page of it, as one application, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from calldex.core.errors import CalldexError, Forbidden, NotFound, RateLimited, Unauthenticated, Unavailable
from calldex.store.outages import is_outage
from calldex.web import (
    acting,
    administering,
    apis,
    call_page,
    calls,
    exporting,
    live,
    overview,
    partners,
    preferences,
    signing_in,
    tasks,
)
from calldex.web.context import WebContext
from calldex.web.pages import render
from calldex.web.static import static_file
from calldex.web.texts import text
from calldex.web.visits import Visit, base_path, frame, html, is_fragment

Routes = Callable[[WebContext], Sequence[BaseRoute]]

PAGES: tuple[Routes, ...] = (
    signing_in.routes,
    calls.routes,
    exporting.routes,
    acting.routes,
    tasks.routes,
    live.routes,
    overview.routes,
    partners.routes,
    preferences.routes,
    administering.routes,
    apis.routes,
    # Ids of calls stand where some pages before have a word.
    call_page.routes,
)
"""What adds the routes of each part of the explorer."""


def create_explorer(context: WebContext) -> Starlette:
    """The application for everything that is no API."""

    async def on_error(request: Request, error: Exception) -> Response:
        page = _wants_page(request)
        found = _core_error(context, request, error, page=page)
        # What the framework refuses has its own status, as a method that a page does not take.
        status = error.status_code if isinstance(error, HTTPException) else context.status_of(found)
        context.note(request, error=found.code)
        headers = {"Retry-After": str(found.retry_after)} if isinstance(found, RateLimited | Unavailable) else {}
        request_id = context.request_id(request) if status >= 500 else ""
        if isinstance(error, HTTPException) and error.headers:
            headers |= error.headers
        if not page:
            return Response(context.as_problem(found, status), status, headers, media_type="application/problem+json")
        if isinstance(found, Unauthenticated):
            return _to_sign_in(context, request)
        visit: Visit | None = getattr(request.state, "visit", None)
        body = render(
            "_failure.html" if is_fragment(request) else "failure.html",
            visit=visit,
            person=None if visit is None else visit.person,
            error=found,
            heading=_heading(found),
            request_id=request_id,
            **frame(context, request),
        )
        return html(body, status=status, headers=headers)

    async def on_surprise(request: Request, error: Exception) -> Response:
        # The layer around logs it under the id of the request, which the page names.
        found = Unavailable() if is_outage(error) else CalldexError()
        return await on_error(request, found)

    app = Starlette(
        routes=[
            Route("/static/{name}", static_file),
            *(route for routes in PAGES for route in routes(context)),
        ],
        exception_handlers={CalldexError: on_error, HTTPException: on_error, Exception: on_surprise},
    )
    app.router.redirect_slashes = False
    # What is refused before it gets here is still answered as a page.
    app.state.answer_failure = on_error
    return app


def _core_error(context: WebContext, request: Request, error: Exception, *, page: bool) -> CalldexError:
    if isinstance(error, CalldexError):
        return error
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path[:100]
    if status == 404:
        # Everything that is no API ends here, and so does a program with a wrong address.
        elsewhere = "" if page else f" {text('errors.served', served=', '.join(context.served))}"
        return NotFound(text("errors.no_page", path=path) + elsewhere)
    if status == 405:
        return _Refused(text("errors.no_method", method=request.method, path=path))
    return _Refused(text("errors.refused")) if status < 500 else CalldexError()


class _Refused(CalldexError):
    """What the framework refused."""

    code = "refused"


def _heading(error: CalldexError) -> str:
    if isinstance(error, Forbidden):
        return text("errors.forbidden_title")
    if isinstance(error, NotFound):
        return text("errors.not_found_title")
    return text("errors.title")


def _wants_page(request: Request) -> bool:
    """Whether a browser asks, which says that it takes HTML, or one of our scripts."""
    return "text/html" in request.headers.get("accept", "") or request.headers.get("hx-request") == "true"


def _to_sign_in(context: WebContext, request: Request) -> Response:
    """To the page for signing in, and from there back to where somebody wanted to go."""
    wanted = base_path(context) + request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = {"next": wanted} if request.method == "GET" and request.headers.get("hx-request") != "true" else {}
    if not back and request.headers.get("hx-current-url"):
        back = {"next": signing_in.path_of(request.headers["hx-current-url"], context)}
    address = f"{base_path(context)}/sign-in" + (f"?{urlencode(back)}" if back.get("next", "/") != "/" else "")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)
