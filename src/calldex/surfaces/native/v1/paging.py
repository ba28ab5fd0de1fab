"""Where a list goes on: cursors that only this installation can have made, and the links between pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from calldex.core.calls import Call
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.filters import CallFilter
from calldex.core.keys import Principal
from calldex.core.signing import read_signed, sign
from calldex.store.call_lists import Order, Place, place_of

_PURPOSE: Final = "cursor"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Said(msgspec.Struct, array_like=True):
    """What a cursor says: which list it belongs to, and where in it."""

    list: bytes
    value: int
    id: bytes


def write_cursor(secret: bytes, principal: Principal, asked: CallFilter, order: Order, last: Call) -> str:
    """The cursor behind a call of a list."""
    place = place_of(last, order)
    value = place.value if isinstance(place.value, int) else (place.value - _EPOCH) // timedelta(microseconds=1)
    said = _Said(_list(principal, asked, order), value, place.id.bytes)
    return sign(_PURPOSE, msgspec.msgpack.encode(said), secret)


def read_cursor(secret: bytes, principal: Principal, asked: CallFilter, order: Order, text: str) -> Place:
    """The place that a cursor means. Raises InvalidRequest for one that is none, or of another list."""
    signed = read_signed(_PURPOSE, text, secret)
    if signed is None:
        raise _refused("cursor: it is not one that an answer gave.", text)
    said = msgspec.msgpack.decode(signed, type=_Said)
    if said.list != _list(principal, asked, order):
        raise _refused("cursor: it belongs to a list with other filters or another sort.", text)
    value = said.value if order.by == "duration" else _EPOCH + timedelta(microseconds=said.value)
    return Place(value, UUID(bytes=said.id))


def links(url: str, pairs: list[tuple[str, str]], targets: dict[str, dict[str, str]]) -> str:
    """A Link header (RFC 8288): the same question with other values of some parameters, by relation."""
    parts = []
    for relation, changes in targets.items():
        kept = [(name, value) for name, value in pairs if name not in ("page", "cursor")]
        parts.append(f'<{url}?{urlencode([*kept, *changes.items()])}>; rel="{relation}"')
    return ", ".join(parts)


def _list(principal: Principal, asked: CallFilter, order: Order) -> bytes:
    said = repr((principal.organization_id, sorted(asked.given().items()), order))
    return blake2b(said.encode(), digest_size=8).digest()


def _refused(sentence: str, text: str) -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("query", "cursor"), sentence, "invalid_cursor", text[:100]),))
