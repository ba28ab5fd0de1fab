"""What the operations of our own surface have in common: who asks, versions, answers that are given once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.answer_once import Answer, answer_once
from calldex.core.errors import InvalidRequest, PreconditionRequired, Problem
from calldex.core.keys import Principal
from calldex.core.parameters import Asked, NothingAsked, read_body, read_parameters
from calldex.store.acts import Actor
from calldex.surfaces.http import SurfaceContext, bearer, given_tags, header, read_json, read_pairs

if TYPE_CHECKING:
    from calldex.store.database import Session

REPLAYED: Final = "Idempotency-Replayed"
"""The header of an answer that is the one of an earlier request."""

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}\Z")
_ETAG: Final = re.compile(r'"(\d{1,18})(?:-[0-9a-f]{1,64})?"\Z', re.ASCII)

Work = Callable[["Session"], Awaitable[Answer]]


Handler = Callable[[SurfaceContext, Request], Awaitable[Response]]


def endpoint(context: SurfaceContext, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler that knows its surface, as a route wants it."""

    async def answer(request: Request) -> Response:
        return await handler(context, request)

    answer.__name__ = handler.__name__
    return answer


async def begin(context: SurfaceContext, request: Request, scope: str) -> Principal:
    """Who asks, of an operation that takes no parameters in the query."""
    principal = await authenticate(context, request, scope)
    read_parameters(NothingAsked, read_pairs(request), relaxed=context.relax_unknown_parameters)
    return principal


def actor_of(principal: Principal) -> Actor:
    """Who acts, as it is written down: a key by its name."""
    return Actor("key", principal.key_id, principal.name or "API key")


def present() -> datetime:
    """Now, as it is written into what is changed."""
    return datetime.now(UTC)


async def authenticate(context: SurfaceContext, request: Request, scope: str) -> Principal:
    """Who asks, by ``Authorization: Bearer KEY``. Raises Unauthenticated, and Forbidden without the scope."""
    return await context.principal(request, bearer(request), scope)


async def read_body_of(context: SurfaceContext, request: Request, *, empty: object = None, most: int = 0) -> object:
    """The JSON body; a number with a fraction keeps its digits."""
    await request.body()
    return await read_json(request, most or context.max_body_bytes, empty=empty, exact=True)


async def read_model(
    context: SurfaceContext, request: Request, model: type[Asked], *, empty: object = None, most: int = 0
) -> Asked:
    """The JSON body as a model says it. Raises InvalidRequest with every mistake."""
    given = await read_body_of(context, request, empty=empty, most=most)
    return read_body(model, given, relaxed=context.relax_unknown_parameters)


def body_digest(request: Request, body: bytes) -> bytes:
    """What tells one request from another under the same idempotency key."""
    asked = f"{request.method} {request.url.path}?{request.url.query}".encode()
    return sha256(asked + b"\0" + sha256(body).digest()).digest()


async def answered(
    context: SurfaceContext, request: Request, principal: Principal, work: Work, digest: bytes = b""
) -> Response:
    """Do the work in one transaction; with an Idempotency-Key only once, whatever is sent again."""
    key = idempotency_key(request)
    if key is not None and not digest:
        digest = body_digest(request, await request.body())
    answer, again = await answer_once(context.database, principal.organization_id, key, digest, work)
    headers = dict(answer.headers)
    if again:
        headers[REPLAYED] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json" if answer.body else None)


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key of a POST. Raises InvalidRequest for one that cannot be kept."""
    given = request.headers.get("idempotency-key")
    if given is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(given):
        sentence = "Idempotency-Key: 1 to 255 visible ASCII characters are allowed."
        raise InvalidRequest(problems=(Problem(("header", "Idempotency-Key"), sentence, "invalid_key", given[:255]),))
    return given


def expected_revision(request: Request, *, required: bool = False) -> int | None:
    """The revision that If-Match names; None for none and for ``*``.

    Raises PreconditionRequired when it is needed and absent, InvalidRequest when it is no ETag of ours.
    """
    given = header(request, "if-match")
    if given is None:
        if required:
            raise PreconditionRequired("If-Match with the ETag of the call is required, so that no change is lost.")
        return None
    if given == "*" and not required:
        return None
    match = _ETAG.fullmatch(given)
    if match is None:
        sentence = 'If-Match: the ETag of an answer is expected, such as "3".'
        raise InvalidRequest(problems=(Problem(("header", "If-Match"), sentence, "invalid_etag", given[:100]),))
    return int(match[1])


def only_new(request: Request) -> bool:
    """Whether ``If-None-Match: *`` asks that there be nothing yet. Raises InvalidRequest for anything else."""
    given = header(request, "if-none-match")
    if given not in (None, "*"):
        sentence = "If-None-Match: only * is understood here."
        raise InvalidRequest(problems=(Problem(("header", "If-None-Match"), sentence, "invalid_etag", given),))
    return given is not None


def etag(revision: int) -> str:
    """The version of a call or record as a header says it; what is read with it may follow behind a hyphen."""
    return f'"{revision}"'


def unchanged(request: Request, revision: int) -> Response | None:
    """304 when the client has this version already."""
    if etag(revision) in given_tags(request):
        return Response(status_code=304, headers={"ETag": etag(revision)})
    return None
