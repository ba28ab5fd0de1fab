"""Signing in and out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from calldex.actions.sign_in import check_password, sign_in, sign_out, who_is
from calldex.core.errors import CalldexError, Forbidden, RateLimited, Unauthenticated
from calldex.core.signing import read_signed, sign
from calldex.store.users import Candidate, find_candidates
from calldex.web.context import WebContext
from calldex.web.pages import render
from calldex.web.showing import is_zone
from calldex.web.texts import text
from calldex.web.visits import (
    Form,
    Visit,
    base_path,
    check_origin,
    cookie_name,
    csrf_for,
    frame,
    html,
    is_csrf,
    is_secure,
    read_form,
    visited,
)

FIRST_PAGE: Final = "/calls"
_BEFORE_COOKIE: Final = "calldex_form"
_CHOICE: Final = "organization"
_CHOICE_SECONDS: Final = 300
_LONGEST_PATH: Final = 4000
"""Longer than any view; a header of more may be refused on its way."""


class _Choice(msgspec.Struct, array_like=True):
    """Whose password was right, for as long as it takes to choose one of several organizations.

    It is good in one browser alone, and for those passwords only that were right: ``users`` has a digest of each.
    """

    email: str
    users: dict[str, str]
    browser: str
    until: int


def path_of(address: str, context: WebContext) -> str:
    """The path, query and fragment of an address of ours; the first page for one of anybody else, and for none."""
    base = base_path(context)
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{base}{FIRST_PAGE}"
    path = parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    if len(path) > _LONGEST_PATH:
        return f"{base}{FIRST_PAGE}"
    # A path that begins with two slashes, or with one that some browsers read as one, leads to another host.
    if not path.startswith(f"{base}/") or path.startswith(("//", "/\\")) or not path.isprintable() or "\\" in path:
        return f"{base}{FIRST_PAGE}"
    return f"{base}{FIRST_PAGE}" if parts.path in (f"{base}/sign-in", f"{base}/") else path


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """`/`, `/sign-in` and `/sign-out`."""

    async def first(request: Request) -> Response:
        token = request.cookies.get(cookie_name(context, request), "")
        person = await who_is(context.database, token) if token else None
        return RedirectResponse(base_path(context) + (FIRST_PAGE if person else "/sign-in"), status_code=303)

    async def show(request: Request) -> Response:
        return _sign_in_page(context, request, wanted=request.query_params.get("next", ""))

    async def send(request: Request) -> Response:
        await check_origin(context, request)
        form = await read_form(request)
        wanted = form.get("next")
        before = request.cookies.get(_BEFORE_COOKIE, "")
        if not before or not is_csrf(context, before, form.get("csrf")):
            return _sign_in_page(context, request, wanted, form, Forbidden(text("errors.stale_sign_in")))
        try:
            users = await _users(context, request, form)
        except (Unauthenticated, RateLimited) as error:
            context.note(request, error=error.code)
            return _sign_in_page(context, request, wanted, form, error)
        if len(users) > 1:
            return _choice_page(context, request, form, users)
        zone = form.get("zone")
        made = await sign_in(context.database, users[0], zone if is_zone(zone) else "UTC")
        answer = RedirectResponse(path_of(wanted, context), status_code=303)
        _set_cookie(context, request, answer, made.token)
        answer.delete_cookie(_BEFORE_COOKIE, path="/")
        return answer

    async def leave(visit: Visit) -> Response:
        await sign_out(visit.database, visit.person, visit.token)
        answer = visit.go(visit.link("/sign-in"))
        name = cookie_name(context, visit.request)
        answer.delete_cookie(name, path="/", secure=is_secure(context, visit.request), httponly=True, samesite="lax")
        return answer

    return [
        Route("/", first),
        Route("/sign-in", show, methods=["GET"]),
        Route("/sign-in", send, methods=["POST"]),
        Route("/sign-out", visited(context, leave), methods=["POST"]),
    ]


async def _users(context: WebContext, request: Request, form: Form) -> list[Candidate]:
    """The user who signs in, or those among whom to choose."""
    chosen = form.get("chosen")
    if chosen:
        said = read_signed(_CHOICE, form.get("choice"), context.get_secret())
        choice = None if said is None else msgspec.msgpack.decode(said, type=_Choice)
        browser = _digest(request.cookies.get(_BEFORE_COOKIE, ""))
        if choice is None or choice.until < int(time.time()) or choice.browser != browser:
            raise Unauthenticated(text("errors.stale_sign_in"))
        async with context.database.session() as session:
            found = await find_candidates(session, choice.email)
        users = [
            one for one in found if str(one.id) == chosen and choice.users.get(chosen) == _digest(one.password_hash)
        ]
        if not users:
            raise Unauthenticated(text("errors.stale_sign_in"))
        return users
    client = request.client.host if request.client else ""
    return await check_password(
        context.database, form.get("email").strip(), form.get("password"), client, context.get_secret()
    )


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _sign_in_page(
    context: WebContext, request: Request, wanted: str, form: Form | None = None, error: CalldexError | None = None
) -> Response:
    token = request.cookies.get(_BEFORE_COOKIE) or secrets.token_urlsafe(24)
    status = 200 if error is None else context.status_of(error)
    body = render(
        "sign_in.html",
        visit=None,
        person=None,
        csrf=csrf_for(context, token),
        wanted=wanted,
        email="" if form is None else form.get("email"),
        error=error,
        **frame(context, request),
    )
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    answer = html(body, status=status, headers=headers)
    _set_before(context, request, answer, token)
    return answer


def _choice_page(context: WebContext, request: Request, form: Form, users: list[Candidate]) -> Response:
    token = request.cookies[_BEFORE_COOKIE]
    choice = _Choice(
        form.get("email").strip(),
        {str(one.id): _digest(one.password_hash) for one in users},
        _digest(token),
        int(time.time()) + _CHOICE_SECONDS,
    )
    body = render(
        "choose_organization.html",
        visit=None,
        person=None,
        csrf=csrf_for(context, token),
        wanted=form.get("next"),
        zone=form.get("zone"),
        users=users,
        choice=sign(_CHOICE, msgspec.msgpack.encode(choice), context.get_secret()),
        **frame(context, request),
    )
    return html(body)


def _set_before(context: WebContext, request: Request, answer: Response, token: str) -> None:
    answer.set_cookie(
        _BEFORE_COOKIE, token, path="/", secure=is_secure(context, request), httponly=True, samesite="strict"
    )


def _set_cookie(context: WebContext, request: Request, answer: Response, token: str) -> None:
    # Lax, so that a link to a call that a colleague sent opens the call; changes are guarded by more than the cookie.
    answer.set_cookie(
        cookie_name(context, request),
        token,
        path="/",
        secure=is_secure(context, request),
        httponly=True,
        samesite="lax",
    )
