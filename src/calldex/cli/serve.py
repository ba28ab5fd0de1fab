"""calldex serve: the database, the listening socket, the app, and an orderly end."""

import asyncio
import errno
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from calldex.cli.opening import opened, run
from calldex.cli.options import Data, DatabaseUrl, chosen, setting
from calldex.cli.welcome import Demo, greet, prepare_demo, web_address
from calldex.core.errors import Unavailable, UsageError
from calldex.settings import Settings, as_environment
from calldex.store.opening import database_address

BACKLOG = 2048
# A few of the embedded server's hundred connections are left to commands beside the server.
_MOST_EMBEDDED_CONNECTIONS = 90


def serve(
    host: Annotated[str | None, setting("host", "HOST")] = None,
    port: Annotated[str | None, setting("port", "PORT")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[str | None, setting("workers", "N")] = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            envvar="CALLDEX_DEMO",
            help="Make an organization with demo calls, and print a key and commands to try.",
        ),
    ] = False,
) -> None:
    """Serve the call APIs until Ctrl-C or SIGTERM."""
    settings = chosen(data, database_url, host=host, port=port, workers=workers)
    if settings.database_url is None and settings.workers * settings.pool_size > _MOST_EMBEDDED_CONNECTIONS:
        raise UsageError(
            f"{settings.workers} workers with {settings.pool_size} connections each are more than the "
            f"{_MOST_EMBEDDED_CONNECTIONS} that the embedded database gives; lower CALLDEX_POOL_SIZE."
        )
    listener = _bind(settings)
    if settings.workers == 1:
        run(_serve_alone(settings, listener, demo=demo))
    else:
        _serve_together(settings, listener, demo=demo)


def _bind(settings: Settings) -> socket.socket:
    """A bound socket that does not listen yet, so that nobody waits in vain while we start."""
    place = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no host name"
        raise UsageError(f"Cannot listen on {place}: {reason}.") from None
    listener = socket.socket(family, kind, protocol)
    with _bind_errors(place):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    listener.set_inheritable(True)
    return listener


@contextmanager
def _bind_errors(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(f"{place} is in use by another program; choose another port with --port.") from None
        raise Unavailable(f"Cannot listen on {place}: {error.strerror}.") from None


async def _serve_alone(settings: Settings, listener: socket.socket, *, demo: bool) -> None:
    # The web framework takes a while to load, which commands that serve nothing need not wait for.
    from calldex.app import create_app  # noqa: PLC0415
    from calldex.app.logs import make_log, take_over_stdlib  # noqa: PLC0415
    from calldex.app.serving import Server, server_config  # noqa: PLC0415

    async with opened(settings) as found:
        facts = await prepare_demo(found.database, settings, _base(settings, listener)) if demo else None
        log = make_log(settings.log_level, settings.log_format)
        take_over_stdlib(log, settings.log_level)
        app = create_app(replace(settings, database_url=found.url), found.database, log=log)
        server = Server(server_config(app, settings), on_started=lambda: greet(listener, settings, facts))
        with _bind_errors(f"{settings.host}:{settings.port}"):
            listener.listen(BACKLOG)
        # An interrupt that came while all this was made ends us here, and not in the middle of the server's start.
        await asyncio.sleep(0)
        await server.serve(sockets=[listener])
        if server.force_exit:
            # Whoever asks a second time does not want to wait for statements in flight.
            found.database.pool.terminate()


def _serve_together(settings: Settings, listener: socket.socket, *, demo: bool) -> None:
    from calldex.app.balancing import BALANCE_VARIABLE, create_balance_file  # noqa: PLC0415
    from calldex.app.logs import make_log, take_over_stdlib  # noqa: PLC0415
    from calldex.app.metrics import MULTIPROCESS_VARIABLE  # noqa: PLC0415
    from calldex.app.serving import run_workers  # noqa: PLC0415

    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with (
        tempfile.TemporaryDirectory(prefix="calldex-metrics-") as metrics,
        database_address(settings.data, settings.database_url) as url,
    ):
        reachable = replace(settings, database_url=url)
        facts = run(_prepare(reachable, _base(settings, listener), demo=demo))
        os.environ.update(as_environment(reachable))
        os.environ[MULTIPROCESS_VARIABLE] = metrics
        # Its name must not end as the metrics' own files do.
        balance = Path(metrics, "connections")
        create_balance_file(balance)
        os.environ[BALANCE_VARIABLE] = str(balance)
        take_over_stdlib(make_log(settings.log_level, settings.log_format), settings.log_level)
        with _bind_errors(f"{settings.host}:{settings.port}"):
            listener.listen(BACKLOG)
        greet(listener, settings, facts)
        run_workers(settings, listener)


def _base(settings: Settings, listener: socket.socket) -> str:
    return settings.public_url or web_address(listener, settings.host)


async def _prepare(settings: Settings, base: str, *, demo: bool) -> Demo | None:
    """Migrate before the workers come, so that they only find it done."""
    async with opened(settings) as found:
        return await prepare_demo(found.database, settings, base) if demo else None
