"""What somebody sets for themselves: time zone, colors, password."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from calldex.actions.add_user import change_password
from calldex.actions.sign_in import check_own_password, token_hash
from calldex.core.errors import CalldexError, InvalidRequest, Problem
from calldex.store.sign_ins import set_time_zone
from calldex.web.context import WebContext
from calldex.web.showing import is_zone, zone_names
from calldex.web.signing_in import path_of
from calldex.web.texts import text
from calldex.web.visits import Visit, is_secure, read_form, visited

_YEAR_SECONDS = 365 * 86400


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """`/preferences`, `/account` and the names of time zones."""

    async def zones(_request: Request) -> Response:
        return JSONResponse(list(zone_names()), headers={"Cache-Control": "public, max-age=86400"})

    return [
        Route("/time-zones", zones),
        Route("/preferences", visited(context, set_preferences), methods=["POST"]),
        Route("/account", visited(context, show_account), methods=["GET"]),
        Route("/account/password", visited(context, set_password), methods=["POST"]),
    ]


async def set_preferences(visit: Visit) -> Response:
    form = await read_form(visit.request)
    zone, theme = form.get("zone").strip(), form.get("theme")
    if not is_zone(zone):
        sentence = text("account.no_zone", zone=zone[:100])
        raise InvalidRequest(problems=(Problem(("zone",), sentence, "invalid_zone", zone[:100]),))
    async with visit.database.session() as session:
        await set_time_zone(session, visit.organization_id, token_hash(visit.token), zone)
    answer = visit.go(path_of(form.get("back"), visit.context))
    if theme in ("light", "dark"):
        answer.set_cookie(
            "calldex_theme",
            theme,
            max_age=_YEAR_SECONDS,
            path="/",
            secure=is_secure(visit.context, visit.request),
            httponly=True,
            samesite="lax",
        )
    else:
        answer.delete_cookie("calldex_theme", path="/")
    return answer


async def show_account(visit: Visit) -> Response:
    return visit.page("account.html", error=None, done=False)


async def set_password(visit: Visit) -> Response:
    form = await read_form(visit.request)
    try:
        await _change(visit, form.get("old"), form.get("new"), form.get("again"))
    except CalldexError as error:
        status = visit.context.status_of(error)
        return visit.page("account.html", status=status, error=error, done=False)
    return visit.page("account.html", error=None, done=True)


async def _change(visit: Visit, old: str, new: str, again: str) -> None:
    if not await check_own_password(visit.database, visit.person, old, visit.context.get_secret()):
        raise InvalidRequest(text("account.wrong_password"))
    if new != again:
        raise InvalidRequest(text("account.not_the_same"))
    await change_password(visit.database, visit.organization_id, visit.person.id, new, but=token_hash(visit.token))
