"""The files of the package, kept in memory with their compressed form."""

import gzip
import mimetypes
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Answer = Callable[[Request], Awaitable[Response]]


def static_files() -> Answer:
    """A handler for `/static/{name}`. A browser asks again each time and mostly hears 304."""
    kept: dict[str, tuple[bytes, bytes, str, str]] = {}
    folder = files("calldex.web") / "static"
    names = {entry.name for entry in folder.iterdir() if entry.is_file()}

    def load(name: str) -> tuple[bytes, bytes, str, str]:
        if name not in kept:
            plain = (folder / name).read_bytes()
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            tag = f'"{blake2b(plain, digest_size=12).hexdigest()}"'
            kept[name] = plain, gzip.compress(plain, 6, mtime=0), kind, tag
        return kept[name]

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in names:
            return PlainTextResponse("There is no such file.", status_code=404)
        plain, packed, kind, tag = load(name)
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(packed, headers=headers, media_type=kind)
        return Response(plain, headers=headers, media_type=kind)

    return answer
