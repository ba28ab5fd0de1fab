"""gzip for clients that take it. Answers here are whole bodies, so nothing needs to stream."""

import asyncio
import zlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SMALLEST = 1024
# Above this size the work goes to a thread: zlib lets other threads run meanwhile.
_LARGE = 128 * 1024
# The lowest level makes JSON seven times smaller and costs a fraction of the usual one.
_LEVEL = 1
_WITH_GZIP_HEADER = 31
_KINDS = (b"application/json", b"application/problem+json", b"text/")


class Compressing:
    """Wraps an application; an answer in several parts or already encoded passes unchanged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        takes = scope["method"] != "HEAD" and _takes_gzip(scope)
        start: Message | None = None

        async def packing(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _may_be_packed(message):
                    message["headers"] = [*message["headers"], (b"vary", b"Accept-Encoding")]
                    if takes:
                        start = message
                        return
                await send(message)
                return
            if start is not None and message["type"] == "http.response.body":
                held, start = start, None
                body = message.get("body", b"")
                if not message.get("more_body", False) and len(body) >= _SMALLEST:
                    packed = await _pack(body)
                    held["headers"] = _packed_headers(held["headers"], len(packed))
                    message = {"type": "http.response.body", "body": packed}
                await send(held)
            await send(message)

        await self._app(scope, receive, packing)


def _takes_gzip(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for offer in value.lower().split(b","):
                coding, _, weight = offer.partition(b";")
                if coding.strip() in {b"gzip", b"*"}:
                    return weight.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def _may_be_packed(start: Message) -> bool:
    kind = b""
    for name, value in start.get("headers", ()):
        if name == b"content-encoding":
            return False
        if name == b"content-type":
            kind = value
    return kind.startswith(_KINDS)


async def _pack(body: bytes) -> bytes:
    return _gzip(body) if len(body) < _LARGE else await asyncio.to_thread(_gzip, body)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WITH_GZIP_HEADER)
    return packer.compress(body) + packer.flush()


def _packed_headers(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    return [
        *(header for header in headers if header[0] != b"content-length"),
        (b"content-length", str(length).encode()),
        (b"content-encoding", b"gzip"),
    ]
