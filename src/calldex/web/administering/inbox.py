"""The inbox: what senders delivered that could not be processed, and another try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.retry_deliveries import retry_all, retry_one
from calldex.core.errors import InvalidRequest, NotFound, Problem
from calldex.store.deliveries import DeliveryFacts, State
from calldex.store.inbox import TROUBLED, WHOLE, count_troubled, load_delivery_of, troubled_deliveries
from calldex.web.administering.ground import answer, before_in, ground_of, id_in
from calldex.web.context import WebContext
from calldex.web.texts import text
from calldex.web.visits import Visit, read_form, visited

PAGE_SIZE: Final = 50
SHOWN_BYTES: Final = 100_000
"""Of a body on its page; more of it is for a program to look at."""


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings/inbox``."""
    return [
        Route("/settings/inbox", visited(context, show, "administer"), methods=["GET"]),
        Route("/settings/inbox/retry", visited(context, retry_state, "administer"), methods=["POST"]),
        Route("/settings/inbox/{id}", visited(context, show_one, "administer"), methods=["GET"]),
        Route("/settings/inbox/{id}/body", visited(context, download, "administer"), methods=["GET"]),
        Route("/settings/inbox/{id}/retry", visited(context, retry, "administer"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    asked = visit.request.query_params.get("state", "")
    state = None if asked == "" else _state(asked)
    ids = (await ground_of(visit)).ids
    states = TROUBLED if state is None else (state,)
    async with visit.database.session() as session:
        counts = await count_troubled(session, ids)
        found = await troubled_deliveries(session, ids, states, PAGE_SIZE + 1, before=before_in(visit))
    page = found[:PAGE_SIZE]
    return answer(
        visit,
        "inbox",
        deliveries=page,
        counts=counts,
        state=state,
        states=TROUBLED,
        after=page[-1].id if len(found) > PAGE_SIZE else None,
        is_first="before" not in visit.request.query_params,
    )


async def show_one(visit: Visit) -> Response:
    delivery = await _delivery(visit, SHOWN_BYTES)
    body = delivery.body or b""
    return answer(
        visit,
        "delivery",
        delivery=delivery,
        # Bytes that are no text, and the half of a letter where the body is cut, are shown as such.
        body=body.decode("utf-8", "replace"),
        is_cut=delivery.size > len(body),
        may_retry=delivery.state != "done",
    )


async def download(visit: Visit) -> Response:
    """The body as it came, as a file: whatever it says that it is, no browser shows it as a page of ours."""
    delivery = await _delivery(visit, WHOLE)
    return Response(
        delivery.body or b"",
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{delivery.id}.txt"',
            "Cache-Control": "no-store",
        },
    )


async def retry(visit: Visit) -> Response:
    ids, delivery_id = (await ground_of(visit)).ids, id_in(visit.request.path_params)
    await retry_one(visit.database, ids, delivery_id, visit.actor)
    visit.context.wake()
    return visit.go(visit.link(f"/settings/inbox/{delivery_id}"))


async def retry_state(visit: Visit) -> Response:
    form = await read_form(visit.request)
    state = _state(form.get("state"))
    await retry_all(visit.database, (await ground_of(visit)).ids, state, visit.actor)
    visit.context.wake()
    return visit.go(visit.link("/settings/inbox"))


def _state(given: str) -> State:
    for state in TROUBLED:
        if given == state:
            return state
    raise InvalidRequest(problems=(Problem(("state",), text("settings.no_state"), "unknown_state", given[:64]),))


async def _delivery(visit: Visit, most_bytes: int) -> DeliveryFacts:
    ids, delivery_id = (await ground_of(visit)).ids, id_in(visit.request.path_params)
    async with visit.database.session() as session:
        found = await load_delivery_of(session, ids, delivery_id, most_bytes=most_bytes)
    if found is None:
        raise NotFound(text("settings.no_delivery"))
    return found
