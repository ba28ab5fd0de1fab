"""Refusing what is too large or malformed before a surface sees it, in that surface's shape."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calldex.core.errors import CalldexError, InvalidRequest, NotFound, TooLarge
from calldex.settings import Settings
from calldex.surfaces.http import HeadersTooLarge, failure_answer

# A client that is still sending often does not listen, so what is left of a body that is a bit
# too large is read and thrown away before the answer; what is much too large is cut off.
_MOST_THROWN_AWAY = 16 * 1024 * 1024
_THROW_AWAY_SECONDS = 5


class Limiting:
    """Wraps an application. `surfaces` maps a base path to the sub-application mounted there.

    `page` answers what is refused of all other paths. `max_body_bytes` gives the largest body that a path takes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        page: Callable[[Request, Exception], Awaitable[Response]],
        surfaces: Mapping[str, Starlette],
        max_body_bytes: Callable[[str], int],
        max_header_bytes: int,
    ) -> None:
        self._app = app
        self._page = page
        self._surfaces = surfaces
        self._max_body = max_body_bytes
        self._max_header = max_header_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size, length, has_body, waits = _measure(scope)
        refusal: CalldexError | None = None
        most = self._max_body(scope["path"])
        if size > self._max_header:
            refusal = HeadersTooLarge(f"The request line and headers are {size} bytes; {self._max_header} are allowed.")
        elif length is not None and not length.isdigit():
            refusal = InvalidRequest("Content-Length must be a whole number.")
        elif length is not None and int(length[:18]) > most:
            refusal = _too_large(most)
        elif not scope["path"].isprintable() or "\N{REPLACEMENT CHARACTER}" in scope["path"]:
            # A NUL or broken UTF-8 can be no part of any path that exists.
            refusal = NotFound("There is nothing at this path.")
        if refusal is not None:
            if has_body and not waits:
                await _throw_away(receive)
            await self._refuse(refusal, scope, receive, send)
        elif has_body:
            await self._pass_body(most, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _pass_body(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body as it comes: in chunks it has no length that could be known before."""
        total = 0
        too_large = False

        async def counting() -> Message:
            nonlocal total, too_large
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > most:
                    too_large = True
                    if message.get("more_body", False):
                        await _throw_away(receive)
                    raise _too_large(most)
            return message

        async def closing(message: Message) -> None:
            if too_large and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, counting, closing)

    async def _refuse(self, error: CalldexError, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        end = path.find("/", 1)
        place = self._surfaces.get(path if end < 0 else path[:end])
        if place is None:
            answer = await self._page(Request(scope), error)
            answer.headers["Connection"] = "close"
        else:
            answer = failure_answer(place, Request(scope), error, {"Connection": "close"})
        await answer(scope, receive, send)


def body_limit(settings: Settings) -> Callable[[str], int]:
    """The largest body by path: recordings, transcripts and batches are larger than what else is sent."""

    def limit(path: str) -> int:
        if path.startswith("/ingest/"):
            return settings.max_delivery_bytes
        if path.startswith("/api/"):
            if path.endswith("/recording"):
                # The parts of a form have heads of their own around the recording.
                return settings.max_recording_bytes + 64 * 1024
            if path.endswith((":batch", "/transcript")):
                return settings.max_batch_bytes
        return settings.max_body_bytes

    return limit


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {most} bytes that are allowed.")


def _measure(scope: Scope) -> tuple[int, str | None, bool, bool]:
    """Bytes of the head, the declared length, whether a body comes, whether its sender waits."""
    size = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    length: str | None = None
    has_body = waits = False
    for name, value in scope["headers"]:
        size += len(name) + len(value) + 4
        if name == b"content-length":
            length = value.decode("latin-1").strip()
            has_body = has_body or length != "0"
        elif name == b"transfer-encoding":
            has_body = True
        elif name == b"expect":
            waits = value.lower() == b"100-continue"
    return size, length, has_body, waits


async def _throw_away(receive: Receive) -> None:
    left = _MOST_THROWN_AWAY
    try:
        async with asyncio.timeout(_THROW_AWAY_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
