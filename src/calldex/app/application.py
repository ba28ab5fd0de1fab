"""create_app: everything together, from settings."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from calldex.app.authentication import key_checker
from calldex.app.compressing import Compressing
from calldex.app.exploring import web_context
from calldex.app.formats import FORMS
from calldex.app.health import healthz, readyz
from calldex.app.hearing import BASE, HearingContext, create_hearing
from calldex.app.limiting import Limiting, body_limit
from calldex.app.logs import Log, make_log, take_over_stdlib
from calldex.app.metrics import CONTENT_TYPE, Metrics
from calldex.app.observing import Observing
from calldex.app.problems import problem
from calldex.app.processing import Inbox, processing_deliveries
from calldex.app.senders import PROCESSING
from calldex.app.surfaces import MakeSurfaces, make_surfaces
from calldex.core.errors import Unavailable
from calldex.settings import Settings, load_settings
from calldex.store.database import Database
from calldex.store.installation import installation_secret
from calldex.store.opening import opened
from calldex.store.outages import is_outage
from calldex.surfaces.http import SurfaceContext, install_errors
from calldex.web.explorer import create_explorer

_OUTAGE_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Running:
    """What exists only between start and stop of an app."""

    database: Database | None = None
    url: str | None = None
    secret: bytes = b""

    def get_database(self) -> Database:
        if self.database is None:
            raise Unavailable("The server is starting or stopping.")
        return self.database


def create_app(
    settings: Settings,
    database: Database | None = None,
    *,
    log: Log | None = None,
    make: MakeSurfaces = make_surfaces,
    parent: int | None = None,
) -> Starlette:
    """The whole server as one ASGI application.

    With a database it uses that one, which somebody else opened, migrated and will close (its URL
    is then `settings.database_url`). Without, its lifespan does all that by the settings. With the
    id of a parent process it stops the process when that parent is gone.
    """
    running = _Running()
    metrics = Metrics()
    check_key = key_checker(running.get_database, lambda: running.secret)

    def context(rate_limit: int) -> SurfaceContext:
        return SurfaceContext(
            get_database=running.get_database,
            check_key=check_key,
            max_body_bytes=settings.max_body_bytes,
            relax_unknown_parameters=settings.relax_unknown_parameters,
            rate_limit=rate_limit,
            limit_live_keys=settings.limit_live_keys,
            forms=FORMS,
            get_secret=lambda: running.secret,
            recordings=settings.recordings_place,
            max_recording_bytes=settings.max_recording_bytes,
            max_batch_bytes=settings.max_batch_bytes,
            recording_link_seconds=settings.recording_link_seconds,
        )

    surfaces = make(settings, context)
    inbox = Inbox()
    used_log = log or make_log(settings.log_level, settings.log_format)
    hearing = create_hearing(
        HearingContext(running.get_database, lambda: running.secret, settings.public_url, inbox, metrics)
    )
    mounted = {**surfaces, BASE: hearing}
    explorer = create_explorer(
        web_context(settings, surfaces, running.get_database, lambda: running.secret, wake=inbox.wake)
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            used, url = database, settings.database_url
            try:
                if used is None:
                    found = await stack.enter_async_context(
                        opened(settings.data, settings.database_url, pool_size=settings.pool_size)
                    )
                    used, url = found.database, found.url
                if settings.secret is not None:
                    running.secret = settings.secret.encode()
                else:
                    async with used.session() as connection:
                        running.secret = await installation_secret(connection)
            except Exception as error:
                if parent is not None and (isinstance(error, Unavailable) or is_outage(error)):
                    await _end_for_another(used_log, error)
                raise
            # Requests wait a little and are refused then; deliveries that are kept already just wait.
            running.database, running.url = used.bounded(settings.wait_ms), url
            used.forms.budget = settings.record_cache_bytes
            await stack.enter_async_context(processing_deliveries(used, PROCESSING, inbox, used_log, metrics.processed))
            watch = parent and asyncio.create_task(_stop_without(parent))
            yield
            running.database = None
            if watch:
                watch.cancel()

    async def metrics_page(_request: Request) -> Response:
        return Response(metrics.text(lambda: running.database), media_type=CONTENT_TYPE)

    def get_root() -> Starlette:
        return app

    app = Starlette(
        lifespan=lifespan,
        routes=[
            # The surfaces stand first: theirs is the traffic, and routes are tried in order.
            *(Mount(base, surface) for base, surface in mounted.items()),
            *(Route(base, _to_reference(base)) for base in mounted),
            Route("/healthz", healthz),
            Route("/readyz", readyz(lambda: running.database, lambda: running.url)),
            Route("/metrics", metrics_page),
            Mount("", explorer),
        ],
        middleware=[
            Middleware(
                Observing,
                root=get_root,
                surfaces=mounted,
                log=used_log,
                metrics=metrics,
                get_database=lambda: running.database,
            ),
            Middleware(Compressing),
            Middleware(
                Limiting,
                page=explorer.state.answer_failure,
                surfaces=mounted,
                max_body_bytes=body_limit(settings),
                max_header_bytes=settings.max_header_bytes,
            ),
        ],
    )
    app.router.redirect_slashes = False
    install_errors(app, problem)
    return app


def worker_app() -> Starlette:
    """The app of one worker process: settings come from the environment that its parent made."""
    settings = load_settings(os.environ)
    log = make_log(settings.log_level, settings.log_format)
    take_over_stdlib(log, settings.log_level)
    return create_app(settings, log=log, parent=int(os.environ[PARENT_VARIABLE]))


PARENT_VARIABLE = "CALLDEX_PARENT_PROCESS"
"""The parent says its number itself: it may be gone before its worker could ask for it."""


async def _end_for_another(log: Log, error: Exception) -> NoReturn:
    """End a worker that does not find the database.

    It was there when the parent started, so this is an outage. The parent starts another worker for one that has
    ended, but would end all of them for one whose start is said to have failed.
    """
    log.warning("a worker starts again: the database does not answer", reason=str(error))
    await asyncio.sleep(_OUTAGE_SECONDS)
    os._exit(1)


async def _stop_without(parent: int) -> None:
    """A worker whose parent was killed would keep the port for ever, so it stops too."""
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's death.
        await asyncio.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _to_reference(base: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        # Relative, so that it also holds behind a proxy that adds a prefix.
        return RedirectResponse(f"{base[1:]}/docs")

    return answer
