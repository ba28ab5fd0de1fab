"""Users: who may sign in and as what."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.add_user import add_user_in, change_password, change_role, disable_user, let_viewers_hear
from calldex.actions.passwords import hash_password
from calldex.actions.sign_in import token_hash
from calldex.core.errors import CalldexError, Conflict, InvalidRequest
from calldex.core.people import ROLES
from calldex.store.users import list_users, load_user, viewers_hear
from calldex.web.administering.ground import answer, id_in, made_before
from calldex.web.context import WebContext
from calldex.web.once import do_once
from calldex.web.visits import Form, Visit, read_form, visited

if TYPE_CHECKING:
    from calldex.store.database import Session

PAGE_SIZE: Final = 25
_MADE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class MadePassword:
    """A password that we made for somebody, known at this moment only."""

    email: str
    text: str


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings/users``."""

    def route(path: str, handler: object, method: str = "POST") -> Route:
        return Route(f"/settings/users{path}", visited(context, handler, "administer"), methods=[method])  # type: ignore[arg-type]

    return [
        route("", show, "GET"),
        route("", add),
        route("/hearing", set_hearing),
        route("/{id}/role", set_role),
        route("/{id}/password", set_password),
        route("/{id}/disable", disable),
        route("/{id}/enable", enable),
    ]


async def show(visit: Visit) -> Response:
    return await _answer(visit)


async def add(visit: Visit) -> Response:
    """A new user. A password that is made here is in this answer and nowhere else."""
    form = await read_form(visit.request)
    password, made = _password(form)
    try:
        password_hash = await hash_password(password)

        async def work(session: Session) -> None:
            await add_user_in(
                session,
                visit.organization_id,
                email=form.get("email"),
                name=form.get("name"),
                role=form.get("role"),
                password_hash=password_hash,
                by=visit.actor,
            )

        if not await do_once(visit, form, work) and made:
            return await _answer(visit, error=made_before("user"))
    except (InvalidRequest, Conflict) as error:
        return await _answer(visit, form=form, error=error)
    return await _done(visit, MadePassword(form.get("email").strip(), password) if made else None)


async def set_role(visit: Visit) -> Response:
    form, user_id = await read_form(visit.request), id_in(visit.request.path_params)
    try:
        await change_role(visit.database, visit.organization_id, user_id, form.get("role"), by=visit.actor)
    except (InvalidRequest, Conflict) as error:
        return await _answer(visit, error=error)
    if user_id == visit.person.id and form.get("role") != visit.person.role:
        # Whoever gave up the right has no business here any more.
        return visit.go(visit.link("/calls"))
    return await _done(visit)


async def set_password(visit: Visit) -> Response:
    form, user_id = await read_form(visit.request), id_in(visit.request.path_params)
    password, made = _password(form)
    try:
        await change_password(
            visit.database,
            visit.organization_id,
            user_id,
            password,
            but=token_hash(visit.token) if user_id == visit.person.id else None,
            by=visit.actor,
        )
    except InvalidRequest as error:
        return await _answer(visit, error=error)
    async with visit.database.session() as session:
        user = await load_user(session, visit.organization_id, user_id)
    return await _done(visit, MadePassword(user.email, password) if made and user is not None else None)


async def disable(visit: Visit) -> Response:
    return await _set_disabled(visit, disabled=True)


async def enable(visit: Visit) -> Response:
    return await _set_disabled(visit, disabled=False)


async def set_hearing(visit: Visit) -> Response:
    form = await read_form(visit.request)
    hear = form.get("hear") == "yes"
    await let_viewers_hear(visit.database, visit.organization_id, hear=hear, by=visit.actor)
    return await _done(visit)


async def _set_disabled(visit: Visit, *, disabled: bool) -> Response:
    user_id = id_in(visit.request.path_params)
    try:
        await disable_user(visit.database, visit.organization_id, user_id, disabled=disabled, by=visit.actor)
    except Conflict as error:
        return await _answer(visit, error=error)
    if disabled and user_id == visit.person.id:
        return visit.go(visit.link("/sign-in"))
    return await _done(visit)


def _password(form: Form) -> tuple[str, bool]:
    """The password that was typed, else one that is made, and whether it was."""
    typed = form.get("password")
    return (typed, False) if typed else (secrets.token_urlsafe(_MADE_BYTES), True)


def _page(visit: Visit) -> int:
    """The page of users that is looked at, also by the forms in it."""
    given = visit.request.query_params.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdecimal() and len(given) < 6 else 1


async def _done(visit: Visit, made: MadePassword | None = None) -> Response:
    """The page anew. One with a password in it cannot be gone to."""
    if made is None and not visit.is_fragment:
        page = _page(visit)
        return visit.go(visit.link("/settings/users", page=page if page > 1 else None))
    return await _answer(visit, made=made)


async def _answer(
    visit: Visit, *, made: MadePassword | None = None, form: Form | None = None, error: CalldexError | None = None
) -> Response:
    async with visit.database.session() as session:
        users = await list_users(session, visit.organization_id)
        hear = await viewers_hear(session, visit.organization_id)
    pages = max(1, -(-len(users) // PAGE_SIZE))
    page = min(_page(visit), pages)
    shown = sorted(users, key=lambda user: user.disabled_at is not None)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return answer(
        visit,
        "users",
        error=error,
        users=shown,
        page=page,
        pages=pages,
        hear=hear,
        made=made,
        form=form or Form([("role", "viewer")]),
        roles=ROLES,
    )
