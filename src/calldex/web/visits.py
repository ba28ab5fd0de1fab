"""A visit: one request of somebody who has signed in, and the pages that answer it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from calldex.actions.sign_in import who_is
from calldex.core.errors import Forbidden, InvalidRequest, Problem, Unauthenticated
from calldex.core.people import Person, Right, first_role_with
from calldex.store.acts import Actor
from calldex.store.database import Database
from calldex.web.context import WebContext
from calldex.web.pages import render
from calldex.web.showing import zone_of
from calldex.web.texts import text, word

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NONCE_BYTES: Final = 9
_MOST_FIELDS: Final = 500
_THEMES: Final = ("light", "dark")


def is_secure(context: WebContext, request: Request) -> bool:
    """Whether the browser came over TLS: to us, or to a proxy before us.

    What a proxy says is taken from anybody: whoever lies about it makes their own browser keep its cookie back.
    """
    said = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return "https" in (request.url.scheme, said) or (context.public_url or "").startswith("https:")


def cookie_name(context: WebContext, request: Request) -> str:
    """The name of the cookie that holds the token. With the prefix a browser takes it over TLS and for us alone."""
    return "__Host-calldex" if is_secure(context, request) else "calldex"


def base_path(context: WebContext) -> str:
    """What a proxy puts before every path, as the public address says it."""
    return urlsplit(context.public_url or "").path.rstrip("/")


def is_fragment(request: Request) -> bool:
    """Whether a script asks for a part of a page, and not a browser for the whole."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a person. ``token`` is what their browser keeps."""

    context: WebContext
    request: Request
    person: Person
    token: str

    @property
    def database(self) -> Database:
        return self.context.database

    @property
    def organization_id(self) -> int:
        return self.person.organization_id

    @property
    def actor(self) -> Actor:
        """The person as one who acts."""
        return Actor("user", self.person.id, self.person.name)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that times are shown in."""
        return zone_of(self.person.time_zone)

    @property
    def is_fragment(self) -> bool:
        """Whether a script asks for a part of a page, and not a browser for the whole."""
        return is_fragment(self.request)

    def demand(self, right: Right) -> None:
        """Raises Forbidden when the person may not do it."""
        if not self.person.may(right):
            role = word("role", first_role_with(right))
            key = "errors.may_not_hear" if right == "hear" else "errors.may_not"
            raise Forbidden(text(key, role=role))

    def link(self, path: str, **query: object) -> str:
        """The address of a page of ours: ``path`` begins with a slash, values that are None are left out."""
        given = [(name.rstrip("_"), value) for name, value in query.items() if value is not None]
        return base_path(self.context) + quote(path, safe="/:@!$'()*,;=~") + (f"?{urlencode(given)}" if given else "")

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """A page, or a part of one, made from a template."""
        body = render(template, visit=self, person=self.person, **frame(self.context, self.request), **values)
        return html(body, status=status, headers=headers)

    def go(self, address: str) -> Response:
        """On to another page after something was done. ``address`` is one of ``link``."""
        if self.is_fragment:
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=303)

    def csrf(self) -> str:
        """What a form of this sign-in carries, other in each page so that compression betrays nothing of it."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return f"{nonce}.{_csrf_mark(self.context, self.token, nonce)}"


def frame(context: WebContext, request: Request) -> dict[str, Any]:
    """What every page is made with."""
    theme = request.cookies.get("calldex_theme")
    return {
        "base": base_path(context),
        "theme": theme if theme in _THEMES else "auto",
        "version": context.version,
        "path": request.url.path,
    }


def html(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page with the policy that every page has. What it shows is for one person and no cache."""
    # A part of a page has another answer than the page, under the same address.
    always = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "HX-Request, Cookie"}
    return HTMLResponse(body, status, {**always, **(headers or {})})


Handler = Callable[[Visit], Awaitable[Response]]


def visited(
    context: WebContext, handler: Handler, right: Right | None = None
) -> Callable[[Request], Awaitable[Response]]:
    """A handler for people who have signed in, and may do what the page is for.

    A change must come from a page of ours: its form says what only that page can know.
    """

    async def answer(request: Request) -> Response:
        token = request.cookies.get(cookie_name(context, request), "")
        person = await who_is(context.database, token) if token else None
        if person is None:
            raise Unauthenticated(text("errors.signed_out"))
        visit = Visit(context, request, person, token)
        request.state.visit = visit
        context.note(request, organization=str(person.organization_public_id), who=str(person.id))
        if request.method not in ("GET", "HEAD"):
            await check_origin(context, request)
            form = await read_form(request)
            given = form.get("csrf") or request.headers.get("x-csrf-token", "")
            if not is_csrf(context, token, given):
                raise Forbidden(text("errors.stale_form"))
        if right is not None:
            visit.demand(right)
        return await handler(visit)

    answer.__name__ = handler.__name__
    return answer


async def check_origin(context: WebContext, request: Request) -> None:
    """Raises Forbidden for a change that another site makes a browser ask for."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden(text("errors.other_site"))
    origin = request.headers.get("origin")
    if site is None and origin is not None:
        known = {request.headers.get("host", ""), urlsplit(context.public_url or "").netloc}
        if origin.partition("://")[2] not in known - {""}:
            raise Forbidden(text("errors.other_site"))


def is_csrf(context: WebContext, token: str, given: str) -> bool:
    """Whether a form's mark was made for this token."""
    nonce, _, mark = given.partition(".")
    wanted = _csrf_mark(context, token, nonce)
    return bool(nonce) and hmac.compare_digest(mark.encode("utf-8", "replace"), wanted.encode())


def csrf_for(context: WebContext, token: str) -> str:
    """A form's mark for a token that is no sign-in yet."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return f"{nonce}.{_csrf_mark(context, token, nonce)}"


def _csrf_mark(context: WebContext, token: str, nonce: str) -> str:
    said = f"form\0{token}\0{nonce}".encode("utf-8", "surrogatepass")
    return hmac.digest(context.get_secret(), said, sha256).hex()[:32]


class Form:
    """What a form says: text by name. Nothing that no text can be stored with gets this far."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        return next((value for key, value in reversed(self.pairs) if key == name), default)

    def said(self, name: str) -> str | None:
        """The same, None where the form has no such field."""
        return self.get(name) if any(key == name for key, _ in self.pairs) else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]


async def read_form(request: Request) -> Form:
    """The fields of a form, which is read once. Raises InvalidRequest for what is no form."""
    known = getattr(request.state, "form", None)
    if isinstance(known, Form):
        return known
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    pairs: list[tuple[str, str]] = []
    if kind == "multipart/form-data":
        # Starlette answers 400 for a form that is broken.
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as parts:
            pairs = [(name, value) for name, value in parts.multi_items() if not isinstance(value, UploadFile)]
    else:
        body = await request.body()
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        except ValueError:
            raise _bad_form() from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise _bad_form()
    request.state.form = Form(pairs)
    return request.state.form  # type: ignore[no-any-return]


def _bad_form() -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("body",), text("errors.bad_form"), "form"),))
