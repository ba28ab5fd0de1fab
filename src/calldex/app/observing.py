"""The outermost layer: request ids, the access log, metrics, headers of every answer, surprises.

Pure ASGI, because a page is megabytes of ready bytes that must pass through untouched.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calldex.app.logs import Log
from calldex.app.metrics import Metrics
from calldex.core.errors import CalldexError, Unavailable
from calldex.store.database import Database
from calldex.store.outages import is_outage
from calldex.surfaces.http import RequestNotes, failure_answer
from calldex.surfaces.http.notes import start_notes

_SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}\Z")
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_MOST_ROUTES = 500

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_UNLESS_SAID = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    # What a key may see is nothing for a cache that others share.
    (b"cache-control", b"no-store"),
)


class Observing:
    """Wraps an application. `surfaces` maps a base path to the sub-application mounted there."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        root: Callable[[], Starlette],
        surfaces: Mapping[str, Starlette],
        log: Log,
        metrics: Metrics,
        get_database: Callable[[], Database | None],
    ) -> None:
        self._app = app
        self._root = root
        self._surfaces = surfaces
        self._log = log
        self._metrics = metrics
        self._get_database = get_database
        self._routes: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        notes = start_notes(scope, _request_id(scope))
        path: str = scope["path"]
        status = 500
        started = finished = False

        async def passing(message: Message) -> None:
            nonlocal status, started, finished
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = _all_headers(message.get("headers", ()), notes)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                finished = True
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, passing)
        except Exception as error:
            self._log_surprise(notes, path, error)
            if not started:
                known = Unavailable() if is_outage(error) else CalldexError()
                place = self._surfaces.get(_base(path)) or self._root()
                await failure_answer(place, Request(scope), known)(scope, receive, passing)
            elif not finished:
                # The answer broke off in the middle: the connection must too, or the client
                # would take what it got for the whole.
                raise
        finally:
            self._metrics.in_flight.dec()
            self._record(scope, notes, path, status, time.perf_counter() - began)

    def _record(self, scope: Scope, notes: RequestNotes, path: str, status: int, seconds: float) -> None:
        base = _base(path)
        surface = base[1:] if base in self._surfaces else ""
        route = self._route(scope, path)
        self._metrics.answered(surface, route, scope["method"], status, seconds)
        database = self._get_database()
        if database is not None:
            self._metrics.note_pool(database)
        facts: dict[str, object] = {
            "request_id": notes.request_id,
            "method": scope["method"],
            "path": path[:500],
            "surface": surface,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        if notes.organization is not None:
            facts["organization"] = notes.organization
            facts |= {"key_id": notes.key_id} if notes.user_id is None else {"user_id": notes.user_id}
        if notes.error is not None:
            facts["error"] = notes.error
        say = self._log.debug if path in _QUIET_PATHS else self._log.info
        say("request", **facts)

    def _log_surprise(self, notes: RequestNotes, path: str, error: Exception) -> None:
        facts = {"request_id": notes.request_id, "path": path[:500]}
        if is_outage(error):
            reason = f"{type(error).__name__}: {error}"
            self._log.error("the database does not answer", reason=reason, **facts)
        else:
            self._log.error("unexpected error", exc_info=error, **facts)

    def _route(self, scope: Scope, path: str) -> str:
        """The route's template, as `/stuut/v1/calls/{call_id}`; a label must not grow with ids."""
        route = scope.get("route")
        if route is None or isinstance(route, Mount):
            return "none"
        parts = path.split("/")
        # Parameters stand behind fixed words, so the last part that fits is the one.
        for name, value in reversed(scope.get("path_params", {}).items()):
            place = next((at for at in range(len(parts) - 1, 0, -1) if parts[at] == value), None)
            if place is not None:
                parts[place] = f"{{{name}}}"
        template = "/".join(parts)
        if template not in self._routes:
            if len(self._routes) >= _MOST_ROUTES:
                return "other"
            self._routes.add(template)
        return template


def _base(path: str) -> str:
    """`/stuut` of `/stuut/v1/calls`."""
    end = path.find("/", 1)
    return path if end < 0 else path[:end]


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_REQUEST_ID.match(value):
            return str(value, "ascii")
    return secrets.token_hex(12)


def _all_headers(given: list[tuple[bytes, bytes]] | tuple[()], notes: RequestNotes) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in given}
    return [
        *given,
        *notes.headers,
        (b"x-request-id", notes.request_id.encode("ascii")),
        *_ALWAYS,
        *(header for header in _UNLESS_SAID if header[0] not in names),
    ]
