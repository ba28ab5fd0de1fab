"""Whippy v1: a search by POST with ``limit`` and ``offset`` and a ``total`` (documented).

Its window ``after`` is when a call was created, and includes that time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from calldex.core.times import parse_instant
from calldex.ingest.pull.asking import Api, Ask, Page, read_page


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]
    total: int | None = None


class _Times(msgspec.Struct):
    created_at: str | None = None


_page = msgspec.json.Decoder(_Page).decode
_times = msgspec.json.Decoder(_Times).decode


def _authorize(token: str) -> dict[str, str]:
    return {"X-WHIPPY-KEY": token}


def _read(raw: bytes, offset: int, limit: int) -> Page:
    found = read_page(_page, raw)
    behind = offset + len(found.data)
    last = len(found.data) < limit if found.total is None else not found.data or behind >= found.total
    return Page([bytes(call) for call in found.data], found.total, last)


def _ask(offset: int, limit: int, since: datetime | None) -> Ask:
    body = {} if since is None else {"after": since.isoformat().replace("+00:00", "Z")}
    return Ask("POST", "/v1/calls/search", {"limit": str(limit), "offset": str(offset)}, body)


def _moment(call: bytes) -> datetime | None:
    try:
        text = _times(call).created_at
        return parse_instant(text) if text else None
    except (msgspec.MsgspecError, ValueError):
        return None


WHIPPY: Final = Api(
    form="whippy",
    page_size=200,
    largest_page=500,
    versions=("/v1",),
    windowed=True,
    any_offset=True,
    authorize=_authorize,
    ask=_ask,
    read=_read,
    moment=_moment,
)
