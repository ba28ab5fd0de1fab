"""The files of the package, kept in memory with their compressed form."""

import gzip
import mimetypes
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Answer = Callable[[Request], Awaitable[Response]]


class _File(NamedTuple):
    plain: bytes
    packed: bytes
    kind: str
    mark: str


@cache
def _load(name: str) -> _File | None:
    folder = files("calldex.web") / "static"
    # Only what a listing of the folder names is read, whatever a path may say.
    if name not in {entry.name for entry in folder.iterdir() if entry.is_file()}:
        return None
    plain = (folder / name).read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(plain, gzip.compress(plain, 9, mtime=0), kind, blake2b(plain, digest_size=8).hexdigest())


def static_name(name: str) -> str:
    """The name of a file with the mark of what is in it, as ``calldex.0123456789abcdef.css``: kept for ever."""
    found = _load(name)
    if found is None:
        raise FileNotFoundError(name)
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{found.mark}.{ending}"


async def static_file(request: Request) -> Response:
    """``/static/{name}``: by its name with a mark for ever, by its plain name to be asked for again each time."""
    name = request.path_params["name"]
    stem, _, ending = name.rpartition(".")
    bare, _, mark = stem.rpartition(".")
    found = _load(f"{bare}.{ending}") if bare else None
    lasting = found is not None and found.mark == mark
    if not lasting:
        found = _load(name)
    if found is None:
        return PlainTextResponse("There is no such file.", status_code=404)
    tag = f'"{found.mark}"'
    kept = "public, max-age=31536000, immutable" if lasting else "no-cache"
    headers = {"ETag": tag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, headers=headers, media_type=found.kind)
    return Response(found.plain, headers=headers, media_type=found.kind)
