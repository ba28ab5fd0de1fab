"""Everything that the explorer is given when it is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from starlette.requests import Request

from calldex.actions.merging_records import MakeForm
from calldex.core.errors import CalldexError
from calldex.store.database import Database


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a surface: `GET`, `/stuut/v1/calls`, one line of what it does."""

    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class SurfaceEntry:
    """One surface as the page shows it."""

    title: str
    base: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class ShownAs:
    """How one surface shows a call, and how a program asks for that: its path and the header that carries the key."""

    title: str
    path: str
    header: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SenderEntry:
    """A sender whose webhooks can be heard. ``secret`` says what has to be entered; ``makes`` makes one of ours."""

    secret: str
    makes: Callable[[], str] | None


@dataclass(frozen=True, slots=True)
class WebContext:
    """What the explorer needs and only the app knows how to get.

    ``get_database`` works once the app has started. ``get_secret`` gives the secret of this installation and
    ``operator_secret`` the operator's own, if any. ``public_url`` is how the world reaches the server, if that was
    said. ``recordings`` is where recordings lie. ``status_of`` gives the HTTP status of an error, ``as_problem`` its
    body for programs; ``note`` tells the log of a request whose it was (``organization``, ``who``) and its ``error``.
    ``request_id`` is what the log calls a request.
    ``served`` names the bases of the surfaces. ``show_as`` shows a call as a surface does (database, organization, its
    public id, call, surface); ``shown_as`` has those surfaces with their titles. ``wake`` lets deliveries be processed
    at once.
    """

    version: str
    get_database: Callable[[], Database]
    get_secret: Callable[[], bytes]
    operator_secret: bytes | None
    public_url: str | None
    recordings: str
    forms: Mapping[str, MakeForm]
    status_of: Callable[[CalldexError], int]
    as_problem: Callable[[CalldexError, int], bytes]
    note: Callable[..., None]
    request_id: Callable[[Request], str]
    served: Sequence[str]
    surfaces: Callable[[], Sequence[SurfaceEntry]]
    show_as: Callable[[Database, int, UUID, UUID, str], Awaitable[ShownAs | None]]
    shown_as: Mapping[str, str]
    senders: Mapping[str, SenderEntry] = field(default_factory=dict)
    wake: Callable[[], None] = lambda: None

    @property
    def database(self) -> Database:
        return self.get_database()
