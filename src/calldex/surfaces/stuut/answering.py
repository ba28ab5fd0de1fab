"""Answering with calls: what both versions do alike once they know what was asked and how a call looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from calldex.core.calls import Call
from calldex.core.errors import NotFound
from calldex.core.filters import CallFilter, Window
from calldex.core.keys import Principal
from calldex.core.splicing import Splicer
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns, find_call
from calldex.store.forms import splicer
from calldex.surfaces.http import SurfaceContext, bearer, fresh_answer, still_fresh
from calldex.surfaces.stuut.shapes import SOURCE


@dataclass(frozen=True, slots=True)
class Look:
    """How a version shows calls: the columns it needs, the form of its records, and its renderer."""

    columns: Columns
    form: str
    roots: Callable[[Iterable[Call]], set[UUID]]
    render: Callable[[Call, Splicer], bytes]


async def authenticate(context: SurfaceContext, request: Request) -> Principal:
    """Who asks, by ``Authorization: Bearer KEY``. Raises Unauthenticated."""
    return await context.principal(request, bearer(request))


async def answer_page(
    context: SurfaceContext,
    request: Request,
    principal: Principal,
    look: Look,
    asked: CallFilter,
    *,
    page: int,
    limit: int,
) -> Response:
    """One page of a filtered list in the envelope of both versions."""
    known = await still_fresh(context, request, principal)
    if known is not None:
        return known
    database, organization = context.database, principal.organization_id
    found = await list_calls(database, organization, asked, Window(limit, page * limit), look.columns)
    records = await splicer(database, organization, look.form, look.roots(found.calls), found.versions.records)
    parts = [look.render(call, records) for call in found.calls]
    next_page = page + 1 if found.more else "null"
    ending = f'],"current_page":{page},"total_records":{found.total},"next_page":{next_page}}}'
    body = b'{"data":[' + b",".join(parts) + ending.encode()
    return fresh_answer(request, principal, found.versions, body)


async def answer_call(
    context: SurfaceContext, request: Request, principal: Principal, look: Look, call_id: str
) -> Response:
    """One call, bare. Raises NotFound for an unknown, deleted or foreign one."""
    known = await still_fresh(context, request, principal)
    if known is not None:
        return known
    database, organization = context.database, principal.organization_id
    found = await find_call(database, organization, call_id, SOURCE, look.columns)
    if found is None or found.call.deleted_at is not None:
        raise NotFound(f'There is no call "{call_id[:64]}".')
    call = found.call
    records = await splicer(database, organization, look.form, look.roots((call,)), found.versions.records)
    return fresh_answer(request, principal, found.versions, look.render(call, records))
