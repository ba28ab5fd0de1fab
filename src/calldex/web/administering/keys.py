"""API keys: which there are, a new one, the end of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.issue_key import IssuedKey, issue_key_in
from calldex.actions.revoke_key import revoke_own_key
from calldex.core.errors import CalldexError, InvalidRequest
from calldex.core.keys import SCOPES
from calldex.store.keys import list_keys
from calldex.web.administering.ground import Ground, answer, ground_of, id_in, made_before
from calldex.web.context import WebContext
from calldex.web.once import do_once
from calldex.web.visits import Form, Visit, read_form, visited

if TYPE_CHECKING:
    from calldex.store.database import Session


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings/keys``."""
    return [
        Route("/settings/keys", visited(context, show, "administer"), methods=["GET"]),
        Route("/settings/keys", visited(context, make, "administer"), methods=["POST"]),
        Route("/settings/keys/{id}/revoke", visited(context, revoke, "administer"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    return await _answer(visit, await ground_of(visit))


async def make(visit: Visit) -> Response:
    """A new key. Its text is in this answer and nowhere else, so there is no way back to it."""
    ground, form = await ground_of(visit), await read_form(visit.request)
    made: IssuedKey | None = None

    async def work(session: Session) -> None:
        nonlocal made
        made = await issue_key_in(
            session,
            ground.organization,
            name=form.get("name").strip() or None,
            test=ground.test(wanted=form.get("test") == "yes"),
            secret=visit.context.operator_secret,
            scopes=form.all("scope"),
            by=visit.actor,
        )

    try:
        if not await do_once(visit, form, work):
            return await _answer(visit, ground, error=made_before("key"))
    except InvalidRequest as error:
        return await _answer(visit, ground, form=form, error=error)
    return await _answer(visit, ground, made=made)


async def revoke(visit: Visit) -> Response:
    ground, key_id = await ground_of(visit), id_in(visit.request.path_params)
    await revoke_own_key(visit.database, ground.ids, key_id, visit.actor)
    return await _answer(visit, ground) if visit.is_fragment else visit.go(visit.link("/settings/keys"))


async def _answer(
    visit: Visit,
    ground: Ground,
    *,
    made: IssuedKey | None = None,
    form: Form | None = None,
    error: CalldexError | None = None,
) -> Response:
    async with visit.database.session() as session:
        keys = await list_keys(session, ground.ids[0], ground.ids[-1])
    given = form or Form([("scope", scope) for scope in SCOPES])
    return answer(
        visit, "keys", error=error, keys=sorted(keys, key=lambda key: key.revoked_at is not None), made=made,
        form=given, scopes=SCOPES,
    )  # fmt: skip
