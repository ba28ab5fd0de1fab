"""Partners: one is found by its name, and its page has what is open with it, what was promised and what was said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.core.errors import DeadlineExceeded, NotFound
from calldex.core.filters import CallFilter, Window
from calldex.core.ids import record_candidates
from calldex.core.jsonbytes import entries_of, members_of
from calldex.core.promises import Debt, Outcome, outcome, promised_day
from calldex.core.times import day_of
from calldex.store.call_lists import CallList, list_calls
from calldex.store.partner_names import find_partners
from calldex.store.partner_pages import (
    LATEST_CALLS,
    PROMISE,
    PromiseCall,
    find_partner,
    partner_invoices,
    promise_calls,
)
from calldex.store.record_names import Choices
from calldex.store.records import load_records
from calldex.web.calls import DEADLINE_MS, Offered, columns_of
from calldex.web.context import WebContext
from calldex.web.invoices import Invoice, read_invoice
from calldex.web.partner_facts import nested_in, read_partner, sums_of
from calldex.web.rows import COLUMNS, Row, make_rows
from calldex.web.texts import text
from calldex.web.views import read_view
from calldex.web.visits import Visit, visited

_LATEST: Final = 20
_MOST_INVOICES: Final = 200
_MOST_PROMISES: Final = 50
_MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to pay. ``call`` is in which it was given, None where only an invoice speaks of it."""

    call: UUID | None
    given_at: datetime
    said: str
    day: date | None
    invoices: list[Invoice]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest calls with a partner; ``total`` is None where counting took too long."""

    rows: list[Row]
    total: int | None


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/partners``. The suggestions below it are the list's."""
    return [
        Route("/partners", visited(context, find), methods=["GET"]),
        # The id of a source may have slashes.
        Route("/partners/{id:path}", visited(context, show), methods=["GET"]),
    ]


async def find(visit: Visit) -> Response:
    """Partners by the beginnings of the words of their names."""
    typed = visit.request.query_params.get("name", "")[:200].replace("\0", "").strip()
    async with visit.database.session() as session:
        found = await find_partners(session, visit.organization_id, typed, _MOST_FOUND + 1)
    template = "_partners.html" if visit.is_fragment else "partners.html"
    more = len(found) > _MOST_FOUND
    return visit.page(template, partners=found[:_MOST_FOUND], typed=typed, more=more)


async def show(visit: Visit) -> Response:
    """A partner by any of its ids."""
    named, now = visit.request.path_params["id"], datetime.now(UTC)
    if "\0" in named:
        raise NotFound(text("partners.nobody"))
    async with visit.database.session() as session:
        record = await find_partner(session, visit.organization_id, record_candidates("partner", named))
        if record is None:
            raise NotFound(text("partners.nobody"))
        nested = await load_records(session, visit.organization_id, nested_in(members_of(record.body)))
        about = await partner_invoices(session, visit.organization_id, record.id)
        promising = await promise_calls(session, visit.organization_id, record.id)
    partner, today = read_partner(record, nested), day_of(now, visit.zone)
    invoices = [read_invoice(one.id, one.vendor_id, one.body, partner.currency) for one in about]
    promises = promises_of(promising, invoices, {one.id: one.called_at for one in about}, now, visit.zone)
    open_ones = sorted(
        (one for one in invoices if one.state == "open"), key=lambda one: (one.due or date.max, one.number)
    )
    return visit.page(
        "partner.html",
        partner=partner,
        today=today,
        open_invoices=open_ones[:_MOST_INVOICES],
        open_count=len(open_ones),
        sums=sums_of(open_ones, today),
        closed=[one for one in invoices if one.state != "open"][:_MOST_INVOICES],
        closed_count=len(invoices) - len(open_ones),
        promises=promises[:_MOST_PROMISES],
        promised={word: sum(one.outcome == word for one in promises) for word in ("kept", "broken", "open", "unknown")},
        latest=await _latest(visit, record.id),
        most_calls=LATEST_CALLS,
        columns=columns_of(visit),
        offered=Offered(read_view((), visit.zone), Choices([], [], []), {}, []),
    )


def promises_of(
    calls: Sequence[PromiseCall],
    invoices: Sequence[Invoice],
    called_at: Mapping[UUID, datetime],
    now: datetime,
    zone: tzinfo,
) -> list[Promise]:
    """The promises of calls, and those of invoices that no call is known to have given, the latest first.

    Those count as given in the latest call about the invoice, ``called_at``.

    An invoice has one day, and that is of the latest promise to pay it: of an earlier one no day is known.
    """
    known = {one.id: one for one in invoices}
    spoken: set[UUID] = set()
    found: list[Promise] = []
    for call in calls:
        found.append(_promise(call, known, spoken, now, zone))
        spoken |= set(call.invoices)
    for one in invoices:
        if one.promised is not None and one.id not in spoken and not one.is_void:
            kept = outcome([one.debt], now, zone)
            found.append(Promise(None, called_at[one.id], "", one.promised, [one], kept))
    return sorted(found, key=lambda one: one.given_at, reverse=True)


def _promise(
    call: PromiseCall, known: Mapping[UUID, Invoice], again: Collection[UUID], now: datetime, zone: tzinfo
) -> Promise:
    """The promise of a call; ``again`` are the invoices that were promised in a later one."""
    said = day_of(call.occurred_at, zone)
    reasons = [
        entry.get("reason") for entry in entries_of(call.classifications) if entry.get("classification") == PROMISE
    ]
    reason = next((one for one in reasons if isinstance(one, str)), "")
    # Nobody keeps or breaks a promise to pay what is not to be paid.
    meant = [one for one in call.invoices if one not in known or not known[one].is_void]
    # An invoice that is not there any more is one of which nothing is known.
    debts = [known[one].debt if one in known else Debt(None) for one in meant]
    debts = [replace(debt, promised=None) if one in again else debt for one, debt in zip(meant, debts, strict=True)]
    return Promise(
        call=call.id,
        given_at=call.occurred_at,
        said=call.summary or reason or call.call_reason or "",
        day=promised_day(debts, said),
        invoices=[known[one] for one in call.invoices if one in known],
        outcome=outcome(debts, now, zone, said=said),
    )


async def _latest(visit: Visit, partner: UUID) -> Latest:
    try:
        listed: CallList = await list_calls(
            visit.database,
            visit.organization_id,
            CallFilter(partners=(partner,)),
            Window(_LATEST),
            COLUMNS,
            deadline_ms=DEADLINE_MS,
        )
    except DeadlineExceeded:
        return Latest([], None)
    return Latest(await make_rows(visit.database, visit.organization_id, listed.calls), listed.total)
