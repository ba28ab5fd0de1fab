"""Sources: where senders deliver to, and what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.add_source import add_source_in, remove_own_source
from calldex.core.errors import CalldexError, InvalidRequest, Problem
from calldex.store.endpoints import list_endpoints
from calldex.web.administering.ground import Ground, answer, ground_of, id_in, made_before
from calldex.web.context import WebContext
from calldex.web.once import do_once
from calldex.web.texts import text
from calldex.web.visits import Form, Visit, read_form, visited

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class MadeSource:
    """A source that was just made. ``secret`` is ours, known at this moment only; None where theirs was entered."""

    url: str
    secret: str | None


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings/sources``."""
    return [
        Route("/settings/sources", visited(context, show, "administer"), methods=["GET"]),
        Route("/settings/sources", visited(context, add, "administer"), methods=["POST"]),
        Route("/settings/sources/{id}/remove", visited(context, remove, "administer"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    return await _answer(visit, await ground_of(visit))


async def add(visit: Visit) -> Response:
    """A new source. A secret that is made here is in this answer and nowhere else."""
    ground, form = await ground_of(visit), await read_form(visit.request)
    sender = form.get("sender")
    made: MadeSource | None = None

    async def work(session: Session) -> None:
        nonlocal made
        secret, is_ours = _secret(visit.context, sender, form.get("secret").strip())
        endpoint_id = await add_source_in(
            session,
            ground.organization,
            sender,
            secret,
            test=ground.test(wanted=form.get("test") == "yes"),
            operator_secret=visit.context.operator_secret,
            by=visit.actor,
        )
        made = MadeSource(_url(visit, sender, endpoint_id), secret if is_ours else None)

    try:
        if not await do_once(visit, form, work):
            return await _answer(visit, ground, error=made_before("source"))
    except InvalidRequest as error:
        return await _answer(visit, ground, form=form, error=error)
    return await _answer(visit, ground, made=made)


async def remove(visit: Visit) -> Response:
    ground, endpoint_id = await ground_of(visit), id_in(visit.request.path_params)
    await remove_own_source(visit.database, ground.ids, endpoint_id, visit.actor)
    return await _answer(visit, ground) if visit.is_fragment else visit.go(visit.link("/settings/sources"))


def _secret(context: WebContext, sender: str, typed: str) -> tuple[str, bool]:
    """The secret of a new source, and whether it is made. Raises InvalidRequest where theirs is needed."""
    entry = context.senders.get(sender)
    if entry is None:
        sentence = text("settings.no_sender")
        raise InvalidRequest(problems=(Problem(("sender",), sentence, "unknown_sender", sender[:64]),))
    if typed:
        return typed, False
    if entry.makes is None:
        sentence = text("settings.secret_needed", sender=sender, secret=entry.secret)
        raise InvalidRequest(problems=(Problem(("secret",), sentence, "invalid_secret"),))
    return entry.makes(), True


def _url(visit: Visit, sender: str, endpoint_id: UUID) -> str:
    """Where the sender delivers: below the public address, else where this browser reaches the server."""
    base = visit.context.public_url or str(visit.request.base_url).rstrip("/")
    return f"{base}/ingest/{sender}/{endpoint_id}"


async def _answer(
    visit: Visit,
    ground: Ground,
    *,
    made: MadeSource | None = None,
    form: Form | None = None,
    error: CalldexError | None = None,
) -> Response:
    async with visit.database.session() as session:
        endpoints = await list_endpoints(session, ground.ids[0], ground.ids[-1])
    return answer(
        visit,
        "sources",
        error=error,
        sources=[(one, _url(visit, one.sender, one.id)) for one in endpoints],
        made=made,
        form=form or Form([]),
        senders=visit.context.senders,
        is_public=visit.context.public_url is not None,
    )
