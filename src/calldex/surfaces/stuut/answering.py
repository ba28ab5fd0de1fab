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
from calldex.store.calls import Columns, find_call, list_calls
from calldex.store.records import splicer
from calldex.surfaces.http import SurfaceContext, bearer, json_answer
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
    context: SurfaceContext, principal: Principal, look: Look, asked: CallFilter, page: int, limit: int
) -> Response:
    """One page of a filtered list in the envelope of both versions."""
    database, organization = context.database, principal.organization_id
    found = await list_calls(database, organization, asked, Window(limit, page * limit), look.columns)
    records = await splicer(database, organization, look.form, look.roots(found.calls))
    more = (page + 1) * limit < found.total
    parts = [look.render(call, records) for call in found.calls]
    return json_answer(
        b'{"data":['
        + b",".join(parts)
        + f'],"current_page":{page},"total_records":{found.total},"next_page":{page + 1 if more else "null"}}}'.encode()
    )


async def answer_call(context: SurfaceContext, principal: Principal, look: Look, call_id: str) -> Response:
    """One call, bare. Raises NotFound for an unknown, deleted or foreign one."""
    database, organization = context.database, principal.organization_id
    call = None
    if "\0" not in call_id:
        call = await find_call(database, organization, call_id, SOURCE, look.columns)
    if call is None or call.deleted_at is not None:
        raise NotFound(f'There is no call "{call_id[:64]}".')
    records = await splicer(database, organization, look.form, look.roots((call,)))
    return json_answer(look.render(call, records))
