"""Stuut v1 and v2: pages counted from 0, ``next_page`` null on the last one (documented).

Only v2 has a window of time: ``after`` is when a call started, else was created.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from calldex.core.times import parse_instant
from calldex.ingest.pull.asking import Api, Ask, Page, bearer, read_page


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]
    next_page: int | None = None
    total_records: int | None = None


class _Times(msgspec.Struct):
    start_time: str | None = None
    created_at: str | None = None


_page = msgspec.json.Decoder(_Page).decode
_times = msgspec.json.Decoder(_Times).decode


def _read(raw: bytes, _offset: int, _limit: int) -> Page:
    found = read_page(_page, raw)
    return Page([bytes(call) for call in found.data], found.total_records, found.next_page is None)


def _ask_v1(offset: int, limit: int, _since: datetime | None) -> Ask:
    return Ask("GET", "/v1/calls", {"page": str(offset // limit), "limit": str(limit)})


def _ask_v2(offset: int, limit: int, since: datetime | None) -> Ask:
    after = {} if since is None else {"after": since.isoformat().replace("+00:00", "Z")}
    return Ask("GET", "/v2/calls", {"page": str(offset // limit), "limit": str(limit), **after})


def _moment(call: bytes) -> datetime | None:
    try:
        times = _times(call)
        text = times.start_time or times.created_at
        return parse_instant(text) if text else None
    except (msgspec.MsgspecError, ValueError):
        return None


STUUT_V1: Final = Api(
    form="stuut-v1",
    # A call with everything that is linked to it can have a hundred kilobytes.
    page_size=50,
    largest_page=200,
    versions=("/v1",),
    windowed=False,
    any_offset=False,
    authorize=bearer,
    ask=_ask_v1,
    read=_read,
    moment=_moment,
)
STUUT_V2: Final = Api(
    form="stuut-v2",
    page_size=100,
    largest_page=500,
    versions=("/v2",),
    windowed=True,
    any_offset=False,
    authorize=bearer,
    ask=_ask_v2,
    read=_read,
    moment=_moment,
)
