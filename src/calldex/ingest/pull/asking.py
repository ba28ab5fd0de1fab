"""What a pull asks of an API and what it gets: the same words for every vendor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

Read = TypeVar("Read")


class NotAPage(ValueError):
    """The bytes are not a page of this API; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, below the API's base address."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Calls as JSON, in the order of the list; ``last`` when no page follows, ``total`` when the API tells it."""

    calls: list[bytes]
    total: int | None
    last: bool


@dataclass(frozen=True, slots=True)
class Api:
    """One API as a pull sees it.

    ``ask`` makes the request for ``limit`` calls from ``offset`` on, those since a time where it is ``windowed``;
    ``read`` reads the answer to it. ``any_offset`` tells whether offsets need not be multiples of the limit.
    ``moment`` gives the time that a call stands at in the list, None when it has none.
    """

    form: str
    page_size: int
    largest_page: int
    versions: tuple[str, ...]
    windowed: bool
    any_offset: bool
    authorize: Callable[[str], dict[str, str]]
    ask: Callable[[int, int, datetime | None], Ask]
    read: Callable[[bytes, int, int], Page]
    moment: Callable[[bytes], datetime | None]


def read_page(decoder: Callable[[bytes], Read], raw: bytes) -> Read:
    """Raises NotAPage for bytes that are no such JSON."""
    try:
        return decoder(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAPage(str(error)) from None


def bearer(token: str) -> dict[str, str]:
    """The header that most APIs take a token in."""
    return {"Authorization": f"Bearer {token}"}
