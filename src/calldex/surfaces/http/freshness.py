"""Answers that a client need not be given again: ETag and If-None-Match (RFC 9110), by an organization's versions.

The tag is weak, because the same answer may come compressed or not. It changes with every change of the organization's
calls or linked records, so a client that has it has what a new answer would say. No other database gives the same
tag, nor this one when it has gone back to an earlier state.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from calldex import __version__
from calldex.core.keys import Principal
from calldex.store.versions import Versions, read_versions
from calldex.surfaces.http.answers import json_answer
from calldex.surfaces.http.context import SurfaceContext

_OWN_CACHE: Final = {"Cache-Control": "private, no-cache"}
"""A client may keep the answer for itself, and asks each time whether it still holds."""


def version_mark(request: Request, principal: Principal, versions: Versions, *also: object) -> str:
    """What an answer to this question depends on, in a few letters; ``also`` is whatever else it depends on."""
    scope = request.scope
    mark = b"" if versions.mark is None else versions.mark.bytes
    numbers = f"{principal.organization_id} {versions.calls} {versions.records} {__version__} {also} {scope['path']}"
    return blake2b(mark + numbers.encode() + b"?" + scope["query_string"], digest_size=9).hexdigest()


def given_tags(request: Request) -> set[str]:
    """The tags of If-None-Match, without what says that they are weak."""
    text = request.headers.get("if-none-match", "")
    return {tag.strip().removeprefix("W/") for tag in text.split(",")} - {""}


def not_modified(tag: str) -> Response:
    """304: what the client has under this tag still holds."""
    return Response(status_code=304, headers={"ETag": tag, **_OWN_CACHE})


async def still_fresh(
    context: SurfaceContext, request: Request, principal: Principal, *also: object
) -> Response | None:
    """304 when the client has the present answer already, for the price of one small statement."""
    given = given_tags(request)
    if not given:
        return None
    async with context.database.session() as session:
        versions = await read_versions(session, principal.organization_id)
    tag = f'"{version_mark(request, principal, versions, *also)}"'
    return not_modified(f"W/{tag}") if tag in given else None


def fresh_answer(
    request: Request,
    principal: Principal,
    versions: Versions,
    body: bytes,
    *also: object,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer under the tag of the versions that it was made from."""
    tag = f'W/"{version_mark(request, principal, versions, *also)}"'
    return json_answer(body, headers={"ETag": tag, **_OWN_CACHE, **(headers or {})})
