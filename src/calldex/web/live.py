"""What is new while a list is open: a stream that says that something changed, and what that is for one view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from calldex.core.ids import parse_uuid
from calldex.store.outages import is_outage
from calldex.store.versions import calls_versions
from calldex.web.calls import columns_of, find, offered, view_of
from calldex.web.context import WebContext
from calldex.web.views import PAGE_SIZE
from calldex.web.visits import Visit, visited

_EVERY_SECONDS: Final = 1.0
_SIGN_OF_LIFE_SECONDS: Final = 15.0
_LONGEST_SECONDS: Final = 300.0
"""Then the browser asks again, and whoever was signed out meanwhile hears no more."""

_MOST_STREAMS: Final = 500

ENDLESS: Final = "calldex.endless"
"""The mark of a request whose answer does not end by itself: a server that stops need not wait for it."""


class _Listener:
    """One open stream: the version that it was told last, and the one that it is to be told."""

    def __init__(self) -> None:
        self.told: int | None = None
        self.queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1)

    def tell(self, version: int) -> None:
        """What was not yet fetched is out of date by now."""
        if version == self.told:
            return
        self.told = version
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(version)


class Watch:
    """Asks once a second for the versions of all organizations whose lists are open in this process, together."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._listeners: dict[int, set[_Listener]] = {}
        self._task: asyncio.Task[None] | None = None
        self.streams = 0

    async def changes(self, organization_id: int) -> AsyncIterator[int | None]:
        """The version of an organization's calls, first as it is and then whenever it has changed; None where nothing
        did for a while.
        """
        listener = _Listener()
        self._listeners.setdefault(organization_id, set()).add(listener)
        self.streams += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())
        try:
            while True:
                try:
                    yield await asyncio.wait_for(listener.queue.get(), _SIGN_OF_LIFE_SECONDS)
                except TimeoutError:
                    yield None
        finally:
            self.streams -= 1
            self._listeners[organization_id].discard(listener)
            if not self._listeners[organization_id]:
                del self._listeners[organization_id]

    async def _ask(self) -> None:
        """Goes on as long as somebody listens."""
        while self._listeners:
            asked = list(self._listeners)
            try:
                async with self._context.database.session() as session:
                    now = await calls_versions(session, asked)
            except Exception as error:
                # A database that is away for a moment ends no stream: the next answer tells what was missed.
                if not is_outage(error) and not hasattr(error, "retry_after"):
                    raise
                asked = []
            for organization_id in asked:
                for listener in self._listeners.get(organization_id, ()):
                    # Before its first call an organization has no version.
                    listener.tell(now.get(organization_id, 0))
            await asyncio.sleep(_EVERY_SECONDS)


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The stream, and what it makes a list ask."""
    watch = Watch(context)

    async def events(visit: Visit) -> Response:
        if watch.streams >= _MOST_STREAMS:
            return Response(status_code=503, headers={"Retry-After": "60"})
        visit.request.scope[ENDLESS] = True
        return StreamingResponse(
            _stream(watch, visit.organization_id),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return [
        Route("/events", visited(context, events), methods=["GET"]),
        Route("/calls/fresh", visited(context, fresh), methods=["GET"]),
    ]


async def _stream(watch: Watch, organization_id: int) -> AsyncIterator[bytes]:
    yield b"retry: 3000\n: calls\n\n"
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            async for version in watch.changes(organization_id):
                yield b": here\n\n" if version is None else f"event: calls\ndata: {version}\n\n".encode()
    except TimeoutError:
        return


async def fresh(visit: Visit) -> Response:
    """The rows of a page that are other than those that are seen, and how many calls the view has that are not.

    ``seen`` has the calls and revisions of the page, ``total`` how many calls there were, if that is known.
    """
    view, problems = view_of(visit.request, visit, relaxed=("seen", "total"))
    seen = _seen(visit.request.query_params.get("seen", ""))
    total = visit.request.query_params.get("total", "")
    if problems or len(total) > 18 or not (total.isdecimal() or total == ""):
        return Response(status_code=204)
    found = await find(visit, view)
    if found.too_slow:
        return Response(status_code=204)
    changed = [row for row in found.rows if seen.get(row.call.id, row.call.revision) != row.call.revision]
    unseen = sum(row.call.id not in seen for row in found.rows) if view.page == 1 else 0
    more = found.total - int(total) if found.total is not None and total else 0
    news = max(more, unseen, 0)
    return visit.page(
        "_fresh.html",
        view=view,
        rows=changed,
        news=news,
        columns=columns_of(visit),
        offered=await offered(visit, view, everything=False),
    )


def _seen(text: str) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for entry in text.split(",")[: 2 * PAGE_SIZE]:
        call, _, revision = entry.partition(":")
        call_id = parse_uuid(call)
        if call_id is not None and revision.isdecimal() and len(revision) <= 18:
            found[call_id] = int(revision)
    return found
