"""What the explorer is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from fastapi import FastAPI
from starlette.requests import Request

from calldex import __version__
from calldex.app.formats import FORMS
from calldex.app.problems import problem
from calldex.app.senders import SENDERS
from calldex.app.showing_as import SHOWN_AS, show_as
from calldex.app.surfaces import list_operations
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.surfaces.http import notes_of
from calldex.surfaces.http.failures import status_of
from calldex.web.context import SenderEntry, SurfaceEntry, WebContext


def web_context(
    settings: Settings,
    surfaces: Mapping[str, FastAPI],
    get_database: Callable[[], Database],
    get_secret: Callable[[], bytes],
    *,
    wake: Callable[[], None],
) -> WebContext:
    """The context of the explorer, by the settings."""

    @cache
    def operations() -> Sequence[SurfaceEntry]:
        # To describe every surface takes a moment, which only the page that shows it needs.
        return list_operations(surfaces)

    return WebContext(
        version=__version__,
        get_database=get_database,
        get_secret=get_secret,
        operator_secret=None if settings.secret is None else settings.secret.encode(),
        public_url=settings.public_url,
        recordings=settings.recordings_url or str(settings.data / "recordings"),
        forms=FORMS,
        status_of=status_of,
        as_problem=problem,
        note=_note,
        request_id=lambda request: notes_of(request).request_id,
        served=tuple(surfaces),
        surfaces=operations,
        show_as=show_as,
        shown_as=SHOWN_AS,
        senders={name: SenderEntry(sender.secret, sender.make_secret) for name, sender in SENDERS.items()},
        wake=wake,
    )


def _note(
    request: Request, *, organization: str | None = None, who: str | None = None, error: str | None = None
) -> None:
    """Tell the log whose request it was, and how it failed."""
    notes = notes_of(request)
    notes.organization = organization or notes.organization
    notes.user_id = who or notes.user_id
    notes.error = error or notes.error
