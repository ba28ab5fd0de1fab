"""The list of calls: any view of it, any page, and what somebody keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.create_organization import checked_name
from calldex.core.calls import CLASSIFICATIONS, DIRECTIONS, SENTIMENTS, STATUSES
from calldex.core.errors import DeadlineExceeded, Forbidden, InvalidRequest, NotFound, Problem
from calldex.core.filters import Window
from calldex.core.ids import new_uuid, parse_uuid, record_candidates
from calldex.core.jsonbytes import encode
from calldex.store.call_lists import CallList, list_calls
from calldex.store.calls import Columns
from calldex.store.partner_names import find_partners
from calldex.store.record_names import Choices, RecordName, record_names
from calldex.store.saved_views import SavedView, forget_view, keep_view, list_views
from calldex.store.users import set_preferences
from calldex.web.context import WebContext
from calldex.web.naming import naming_partners
from calldex.web.rows import CHOOSABLE, COLUMNS, SHOWN, Row, make_rows
from calldex.web.texts import text, word
from calldex.web.views import PAGE_SIZE, PERIODS, View, read_view
from calldex.web.visits import Visit, read_form, visited

if TYPE_CHECKING:
    from calldex.store.database import Session

DEADLINE_MS: Final = 10_000
COUNTED: Final = Columns("id")
_MOST_FOUND: Final = 12


class Preferences(msgspec.Struct):
    """What somebody chose to see."""

    columns: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What the filters offer to choose from, and the names of what was chosen."""

    view: View
    choices: Choices
    partners: Mapping[UUID, RecordName]
    views: list[SavedView]
    statuses: Sequence[str] = STATUSES
    sentiments: Sequence[str] = SENTIMENTS
    periods: Sequence[str] = PERIODS

    def labelled(self, name: str) -> list[tuple[str, str]]:
        """The words that a filter offers, each with how it is shown, and those that are set and not offered."""
        known = {
            "direction": DIRECTIONS,
            "status": STATUSES,
            "sentiment": SENTIMENTS,
            "classification": CLASSIFICATIONS,
            "language": self.choices.languages,
        }[name]
        return [(value, word(name, value)) for value in dict.fromkeys((*known, *self.view.values(name)))]

    def records(self, name: str) -> list[tuple[str, str]]:
        """The linked records that a filter offers, likewise."""
        known = self.choices.agents if name == "agent" else self.choices.workflows
        offered = {one.handle: one.name for one in known}
        return [*offered.items(), *((value, value) for value in self.view.values(name) if value not in offered)]

    def partner_name(self, value: str) -> str:
        """The name of a partner that was chosen by this id."""
        found = (self.partners.get(uuid) for uuid in record_candidates("partner", value))
        return next((one.name for one in found if one is not None), value)

    def shown(self, name: str, value: str) -> str:
        """How a value of a filter reads."""
        if name == "partner":
            return self.partner_name(value)
        if name in ("agent", "workflow"):
            return dict(self.records(name))[value]
        return text(f"filters.{value}") if name == "voicemail" else word(name, value) if name in WORDS else value


WORDS: Final = ("direction", "status", "sentiment", "classification", "language", "period")
"""The filters whose values are words of the field."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a view. ``problems`` says why there is none.

    The total of some views is counted by itself (``View.counts_later``): None until then. ``more`` is
    whether another page follows.
    """

    rows: list[Row] = field(default_factory=list)
    total: int | None = 0
    more: bool = False
    version: int = 0
    problems: tuple[Problem, ...] = ()
    too_slow: bool = False

    @property
    def pages(self) -> int | None:
        """How many pages there are, None where that is not counted yet."""
        return None if self.total is None else max(1, -(-self.total // PAGE_SIZE))


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The list and what belongs to it."""
    return [
        Route("/calls", visited(context, naming_partners(show_list)), methods=["GET"]),
        Route("/calls/total", visited(context, show_total), methods=["GET"]),
        Route("/calls/columns", visited(context, choose_columns), methods=["POST"]),
        Route("/calls/views", visited(context, save_view), methods=["POST"]),
        Route("/calls/views/{id}/delete", visited(context, delete_view), methods=["POST"]),
        Route("/partners/find", visited(context, suggest_partners), methods=["GET"]),
    ]


async def show_list(visit: Visit) -> Response:
    """The whole page, or for a script only the results of a view."""
    view, problems = view_of(visit.request, visit)
    found = Found(problems=problems) if problems else await find(visit, view)
    status = 422 if problems else 504 if found.too_slow else 200
    values: dict[str, Any] = {"view": view, "found": found, "columns": columns_of(visit), "choosable": CHOOSABLE}
    if visit.is_fragment:
        return visit.page(
            "_results.html", status=status, offered=await offered(visit, view, everything=False), **values
        )
    return visit.page("calls.html", status=status, offered=await offered(visit, view), **values)


def view_of(request: Request, visit: Visit, *, relaxed: Sequence[str] = ()) -> tuple[View, tuple[Problem, ...]]:
    """The view of an address; the view of everything, with the mistakes, for an address that is wrong."""
    try:
        return read_view(request.query_params.multi_items(), visit.zone, relaxed=relaxed), ()
    except InvalidRequest as error:
        return read_view((), visit.zone), error.problems


async def find(visit: Visit, view: View) -> Found:
    """A page of the calls of a view."""
    window = Window(PAGE_SIZE, (view.page - 1) * PAGE_SIZE)
    try:
        listed: CallList = await list_calls(
            visit.database,
            visit.organization_id,
            view.filter(datetime.now(UTC)),
            window,
            COLUMNS,
            count=not view.counts_later,
            deadline_ms=DEADLINE_MS,
        )
    except DeadlineExceeded:
        return Found(too_slow=True)
    rows = await make_rows(visit.database, visit.organization_id, listed.calls)
    total = listed.total
    if total is None and not listed.more and (rows or view.page == 1):
        total = window.offset + len(rows)
    return Found(rows, total, listed.more, listed.versions.calls)


async def show_total(visit: Visit) -> Response:
    """How many calls a view has, and the way to its pages: what a list leaves out that counts later."""
    view, problems = view_of(visit.request, visit)
    if problems:
        raise InvalidRequest(problems=problems)
    total = await count_calls(visit, view, DEADLINE_MS)
    return visit.page("_total.html", view=view, found=Found(total=total, too_slow=total is None))


async def count_calls(visit: Visit, view: View, deadline_ms: int) -> int | None:
    """How many calls a view has; None when counting them takes longer than it may."""
    asked, window = view.filter(datetime.now(UTC)), Window(1, (view.page - 1) * PAGE_SIZE)
    try:
        listed = await list_calls(
            visit.database, visit.organization_id, asked, window, COUNTED, deadline_ms=deadline_ms
        )
    except DeadlineExceeded:
        return None
    return listed.total


async def offered(visit: Visit, view: View, *, everything: bool = True) -> Offered:
    """What there is to choose; without ``everything`` only what names the filters that are set."""
    named = {uuid for value in view.values("partner") for uuid in record_candidates("partner", value)}
    async with visit.database.session() as session:
        names = await record_names(session, visit.organization_id, named)
        choices = await visit.database.choices.of(session, visit.organization_id)
        views = await list_views(session, visit.organization_id, visit.person.id) if everything else []
    return Offered(view, choices, names, views)


def columns_of(visit: Visit) -> tuple[str, ...]:
    """The columns that somebody chose, else the usual ones."""
    chosen = preferences_of(visit).columns
    return SHOWN if chosen is None else tuple(name for name in CHOOSABLE if name in chosen)


def preferences_of(visit: Visit) -> Preferences:
    """What somebody chose; what cannot be read (any more) was chosen by nobody."""
    try:
        return msgspec.json.decode(visit.person.preferences, type=Preferences)
    except msgspec.MsgspecError:
        return Preferences()


async def choose_columns(visit: Visit) -> Response:
    form = await read_form(visit.request)
    chosen: list[str] = [name for name in CHOOSABLE if name in form.all("column")]
    async with visit.database.session() as session:
        await set_preferences(session, visit.organization_id, visit.person.id, encode(Preferences(chosen)))
    return visit.go(_back(visit, form.get("query")))


async def save_view(visit: Visit) -> Response:
    form = await read_form(visit.request)
    name = checked_name(form.get("name"), text("calls.view_name"))
    query = _query(visit, form.get("query"))
    shared = form.get("shared") == "yes"
    if shared:
        visit.demand("share")
    async with visit.database.session() as session:
        kept = await keep_view(
            session,
            visit.organization_id,
            visit.person.id,
            view_id=new_uuid(datetime.now(UTC)),
            name=name,
            query=query,
            shared=shared,
        )
    if not kept:
        raise Forbidden(text("calls.too_many_views"))
    return visit.go(_back(visit, query))


async def delete_view(visit: Visit) -> Response:
    view_id = parse_uuid(visit.request.path_params["id"])
    async with visit.database.session() as session:
        gone = view_id is not None and await _forget(session, visit, view_id)
    if not gone:
        raise NotFound(text("calls.no_view"))
    form = await read_form(visit.request)
    return visit.go(_back(visit, form.get("query")))


async def suggest_partners(visit: Visit) -> Response:
    """Partners whose names have words that begin as what was typed, to choose from."""
    typed = visit.request.query_params.get("name", "")[:200].replace("\0", "")
    async with visit.database.session() as session:
        partners = await find_partners(session, visit.organization_id, typed, _MOST_FOUND)
    return visit.page("_partners_found.html", partners=partners, typed=typed.strip())


async def _forget(session: Session, visit: Visit, view_id: UUID) -> bool:
    # Whoever shared a view may be gone; what everybody sees somebody must be able to take away.
    return await forget_view(
        session, visit.organization_id, visit.person.id, view_id, any_shared=visit.person.may("administer")
    )


def _query(visit: Visit, query: str) -> str:
    """The query of a view as it is kept: read once, so that nothing else is ever in it. Raises InvalidRequest."""
    return read_view(parse_qsl(query), visit.zone, relaxed=("page",)).query()


def _back(visit: Visit, query: str) -> str:
    try:
        wanted = _query(visit, query)
    except (InvalidRequest, ValueError):
        wanted = ""
    return visit.link("/calls") + (f"?{wanted}" if wanted else "")
