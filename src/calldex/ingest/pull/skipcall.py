"""Skipcall v1: ``GET /v1/calls`` in pages (documented; the shape of a page is inferred).

No filter by time is documented for it, so a pull walks the whole list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from calldex.core.times import parse_instant
from calldex.ingest.pull.asking import Api, Ask, Page, bearer, read_page


class _Meta(msgspec.Struct):
    total: int | None = None


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Times(msgspec.Struct, rename="camel"):
    started_at: str | None = None
    created_at: str | None = None


_page = msgspec.json.Decoder(_Page).decode
_times = msgspec.json.Decoder(_Times).decode


def _read(raw: bytes, offset: int, limit: int) -> Page:
    found = read_page(_page, raw)
    behind, total = offset + len(found.data), found.meta.total
    last = len(found.data) < limit if total is None else not found.data or behind >= total
    return Page([bytes(call) for call in found.data], total, last)


def _ask(offset: int, limit: int, _since: datetime | None) -> Ask:
    return Ask("GET", "/v1/calls", {"page": str(offset // limit), "limit": str(limit)})


def _moment(call: bytes) -> datetime | None:
    try:
        times = _times(call)
        text = times.started_at or times.created_at
        return parse_instant(text) if text else None
    except (msgspec.MsgspecError, ValueError):
        return None


SKIPCALL: Final = Api(
    form="skipcall",
    page_size=100,
    largest_page=100,
    versions=("/v1",),
    windowed=False,
    any_offset=False,
    authorize=bearer,
    ask=_ask,
    read=_read,
    moment=_moment,
)
