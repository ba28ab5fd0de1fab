"""What is new while a list is open: a stream that says that something changed, and what that is for one view."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from calldex.core.ids import parse_uuid
from calldex.store.calls import Columns, calls_of_ids
from calldex.store.outages import is_outage
from calldex.store.versions import calls_versions
from calldex.web.calls import columns_of, count_calls, find, offered, view_of
from calldex.web.context import WebContext
from calldex.web.rows import COLUMNS, Row, make_rows
from calldex.web.views import PAGE_SIZE
from calldex.web.visits import Visit, visited

_EVERY_SECONDS: Final = 1.0
_SIGN_OF_LIFE_SECONDS: Final = 15.0
_LONGEST_SECONDS: Final = 300.0
"""Then the browser asks again, and whoever was signed out meanwhile hears no more."""

MOST_OF_A_SIGN_IN: Final = 8
MOST_OF_A_PERSON: Final = 16
MOST_OF_AN_ORGANIZATION: Final = 200
MOST_STREAMS: Final = 500
"""So many streams are open at once in this process. Nobody gets so many that others have none."""

_RETRY_SECONDS: Final = 60
_COUNTING_MS: Final = 200
"""So long may the calls of a view be counted whose total comes after its page: this is asked at every change."""

_LEFT: Final = Columns(*COLUMNS.names, "deleted_at")

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MEDIA_TYPE: Final = "text/event-stream"

ENDLESS: Final = "calldex.endless"
"""The key of a request's scope under which the server has what wants to be called when the answer does not end by
itself: then it ends with whatever else the client sends, and a server that stops does not wait for it.
"""


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
        self._open: Counter[tuple[str, object]] = Counter()

    def open(self, visit: Visit) -> _Listener | None:
        """A listener for the visitor's organization, which is to be closed; None when there are too many already."""
        counted = _counted(visit)
        if any(self._open[place] >= most for place, most in counted.items()):
            return None
        self._open.update(counted.keys())
        listener = _Listener()
        self._listeners.setdefault(visit.organization_id, set()).add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())
        return listener

    def close(self, visit: Visit, listener: _Listener) -> None:
        """Give a listener's place to others."""
        self._open.subtract(_counted(visit).keys())
        # Places that nobody has would be kept for ever.
        self._open = +self._open
        listeners = self._listeners[visit.organization_id]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[visit.organization_id]

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


def _counted(visit: Visit) -> dict[tuple[str, object], int]:
    """What a stream is counted for, and how many each may have."""
    return {
        ("sign-in", visit.token): MOST_OF_A_SIGN_IN,
        ("person", visit.person.id): MOST_OF_A_PERSON,
        ("organization", visit.organization_id): MOST_OF_AN_ORGANIZATION,
        ("process", None): MOST_STREAMS,
    }


class _Stream(StreamingResponse):
    """The answer that goes on. However it ends, its place is free at once."""

    def __init__(self, watch: Watch, visit: Visit, listener: _Listener) -> None:
        super().__init__(_events(listener), media_type=_MEDIA_TYPE, headers=_HEADERS)
        self._watch, self._visit, self._listener = watch, visit, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._watch.close(self._visit, self._listener)


async def _events(listener: _Listener) -> AsyncIterator[bytes]:
    """The version of an organization's calls, first as it is and then whenever it has changed."""
    yield b"retry: 3000\n: calls\n\n"
    now = asyncio.get_running_loop().time
    end = now() + _LONGEST_SECONDS
    while now() < end:
        try:
            version = await asyncio.wait_for(listener.queue.get(), min(_SIGN_OF_LIFE_SECONDS, end - now()))
        except TimeoutError:
            yield b": here\n\n"
        else:
            yield f"event: calls\ndata: {version}\n\n".encode()


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The stream, and what it makes a list ask."""
    watch = Watch(context)

    async def events(visit: Visit) -> Response:
        if visit.request.method == "HEAD":
            answer = Response(media_type=_MEDIA_TYPE, headers=_HEADERS)
            # A stream has no length to tell.
            del answer.headers["content-length"]
            return answer
        listener = watch.open(visit)
        if listener is None:
            return Response(status_code=503, headers={"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"})
        become_endless = visit.request.scope.get(ENDLESS)
        if become_endless is not None:
            become_endless()
        return _Stream(watch, visit, listener)

    return [
        Route("/events", visited(context, events), methods=["GET"]),
        Route("/calls/fresh", visited(context, fresh), methods=["GET"]),
    ]


async def fresh(visit: Visit) -> Response:
    """The rows of a page that are other than they are seen, and how many calls the view has that are not.

    ``seen`` has the calls and revisions of the page, ``total`` how many calls there were, if that is known. A call
    that has left the page, because it changed or was deleted, is told as well: its row stays where it is.
    """
    view, problems = view_of(visit.request, visit, relaxed=("seen", "total"))
    seen = _seen(visit.request.query_params.get("seen", ""))
    total = visit.request.query_params.get("total", "")
    if problems or len(total) > 18 or not (total.isdecimal() or total == ""):
        return Response(status_code=204)
    found = await find(visit, view)
    if found.too_slow:
        return Response(status_code=204)
    here = {row.call.id for row in found.rows}
    changed = [row for row in found.rows if seen.get(row.call.id, row.call.revision) != row.call.revision]
    left = await _left(visit, {call: revision for call, revision in seen.items() if call not in here})
    unseen = _unseen([row.call.id for row in found.rows], seen) if view.page == 1 else 0
    now = found.total
    if now is None and total:
        now = await count_calls(visit, view, _COUNTING_MS)
    more = now - int(total) if now is not None and total else 0
    news = max(more, unseen, 0)
    return visit.page(
        "_fresh.html",
        view=view,
        rows=[*changed, *left],
        news=news,
        columns=columns_of(visit),
        offered=await offered(visit, view, everything=False),
    )


async def _left(visit: Visit, seen: Mapping[UUID, int]) -> list[Row]:
    """The rows of those calls that are other than they were seen. Newer ones have only moved most of them down."""
    if not seen:
        return []
    async with visit.database.session() as session:
        found = await calls_of_ids(session, visit.organization_id, seen.keys(), _LEFT)
    changed = [call for call in found if call.revision != seen[call.id]]
    return await make_rows(visit.database, visit.organization_id, changed)


def _unseen(calls: Sequence[UUID], seen: Mapping[UUID, int]) -> int:
    """How many calls of the first page were not there. Behind a full page others have only moved up from the next."""
    known = [call in seen for call in calls]
    if len(seen) >= PAGE_SIZE and True in known:
        known = known[: len(known) - known[::-1].index(True)]
    return known.count(False)


def _seen(text: str) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for entry in text.split(",")[: 2 * PAGE_SIZE]:
        call, _, revision = entry.partition(":")
        call_id = parse_uuid(call)
        if call_id is not None and revision.isdecimal() and len(revision) <= 18:
            found[call_id] = int(revision)
    return found
