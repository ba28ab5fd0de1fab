"""Exports of a view: every call of it, however many there are, read from place to place and sent as it comes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from calldex.core.calls import Call
from calldex.core.filters import CallFilter, Window
from calldex.core.jsonbytes import compact
from calldex.core.times import in_zone
from calldex.store.acts import write_act
from calldex.store.call_lists import Order, Place, list_calls, place_of
from calldex.store.calls import Columns
from calldex.store.record_names import RecordName, record_names
from calldex.web.context import WebContext
from calldex.web.record_shown import EVERYTHING, linked_by, record_of
from calldex.web.rows import COLUMNS, Row, row_of
from calldex.web.views import read_view
from calldex.web.visits import Visit, visited

AT_ONCE: Final = 500
_ORDER: Final = Order()
_CSV_COLUMNS: Final = Columns(*COLUMNS.names, "ended_at", "disconnection_reason", "in_voicemail", "transferred_to")

HEADINGS: Final = (
    "id",
    "time",
    "direction",
    "status",
    "from",
    "to",
    "duration_seconds",
    "sentiment",
    "classifications",
    "voicemail",
    "partner_id",
    "partner",
    "agent",
    "workflow",
    "language",
    "call_reason",
    "disconnection_reason",
    "transferred_to",
    "summary",
    "recording",
    "transcript",
    "source",
)
"""The columns of the CSV, in their order. New ones go to the end."""

_LINE_ENDS: Final = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_FORMULA: Final = re.compile(
    rf"\A[\t\r]|(?:\A|[{_LINE_ENDS}])"
    rf"(?:(?![{_LINE_ENDS}])[\s\0-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])*"
    r"[=+@\N{HYPHEN-MINUS}\N{MINUS SIGN}\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]"
)
"""How a text or a line of it begins that some spreadsheet would take for a formula: also after what is not seen, and
with signs of another width.
"""

_PHONE_NUMBER: Final = re.compile(r"\+[0-9][0-9 ().-]*")

Line = Callable[[Call, dict[UUID, RecordName]], bytes]


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """Both forms of an export."""

    async def as_csv(visit: Visit) -> Response:
        zone = visit.zone

        def line(call: Call, names: dict[UUID, RecordName]) -> bytes:
            return csv_line(values_of(row_of(call, names), zone))

        # The mark at the beginning tells spreadsheets that it is UTF-8.
        return await _export(visit, "csv", "text/csv", _CSV_COLUMNS, line, b"\xef\xbb\xbf" + csv_line(HEADINGS))

    async def as_ndjson(visit: Visit) -> Response:
        return await _export(visit, "ndjson", "application/x-ndjson", EVERYTHING, json_line, b"")

    return [
        Route("/calls/export.csv", visited(context, as_csv, "export"), methods=["GET"]),
        Route("/calls/export.ndjson", visited(context, as_ndjson, "export"), methods=["GET"]),
    ]


async def _export(visit: Visit, form: str, media_type: str, columns: Columns, line: Line, head: bytes) -> Response:
    """The calls of the view of the address, newest first. Raises InvalidRequest for an address that is wrong."""
    view = read_view(visit.request.query_params.multi_items(), visit.zone, relaxed=("page",))
    now = datetime.now(UTC)
    # What moves with the clock is read once, so that all parts are of the same window.
    asked = view.filter(now)
    name = f"calls-{now.astimezone(visit.zone):%Y-%m-%d-%H%M}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if visit.request.method == "HEAD":
        # Nothing is read and nothing was taken out. How long it would be nobody knows.
        return StreamingResponse(iter(()), media_type=f"{media_type}; charset=utf-8", headers=headers)
    first = await list_calls(visit.database, visit.organization_id, asked, Window(AT_ONCE), columns)
    async with visit.database.session() as session:
        await write_act(
            session, visit.organization_id, visit.actor, "export", now, form=form, query=view.query(), calls=first.total
        )
    pieces = _pieces(visit, asked, first.calls, columns, line, head, more=first.more)
    return StreamingResponse(pieces, media_type=f"{media_type}; charset=utf-8", headers=headers)


async def _pieces(
    visit: Visit, asked: CallFilter, calls: list[Call], columns: Columns, line: Line, head: bytes, *, more: bool
) -> AsyncIterator[bytes]:
    """A piece for each few hundred calls. A call that is there all the time comes once, whatever else arrives."""
    yield head
    while calls:
        yield await _piece(visit, calls, line)
        if not more:
            return
        after: Place = place_of(calls[-1], _ORDER)
        found = await list_calls(
            visit.database, visit.organization_id, asked, Window(AT_ONCE), columns, after=after, count=False
        )
        calls, more = found.calls, found.more


async def _piece(visit: Visit, calls: list[Call], line: Line) -> bytes:
    wanted = {record for call in calls for record in (*linked_by(call), *([call.agent] if call.agent else []))}
    async with visit.database.session() as session:
        names = await record_names(session, visit.organization_id, wanted)
    return b"".join([line(call, names) for call in calls])


def values_of(row: Row, zone: ZoneInfo) -> list[str]:
    """The values of a call in the order of HEADINGS; times with the offset of the viewer's zone."""
    call = row.call
    return [
        str(call.id),
        in_zone(call.occurred_at, zone).isoformat(timespec="seconds"),
        call.direction or "",
        call.status or "",
        call.from_number or "",
        call.to_number or "",
        "" if call.duration_ms is None else f"{call.duration_ms / 1000:.3f}".rstrip("0").rstrip("."),
        call.sentiment or "",
        " ".join(row.classifications),
        "yes" if call.voicemail else "no",
        row.partner.id if row.partner else call.partner_id or "",
        row.partner.name if row.partner else "",
        row.agent.name if row.agent else call.agent_id or "",
        row.workflow.name if row.workflow else "",
        call.language or "",
        call.call_reason or "",
        call.disconnection_reason or "",
        call.transferred_to or "",
        call.summary or "",
        "yes" if call.has_recording else "no",
        "yes" if call.has_transcript else "no",
        call.source,
    ]


def csv_line(values: Sequence[str]) -> bytes:
    """One line of RFC 4180. What a spreadsheet would run as a formula has an apostrophe before it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([f"'{one}" if _is_formula(one) else one for one in values])
    return out.getvalue().encode("utf-8", "replace")


def _is_formula(value: str) -> bool:
    return _FORMULA.search(value) is not None and not _PHONE_NUMBER.fullmatch(value)


def json_line(call: Call, names: dict[UUID, RecordName]) -> bytes:
    """All that is kept of a call on one line, as its page shows it for programs."""
    return compact(record_of(call, names)) + b"\n"
