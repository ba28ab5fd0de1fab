"""uvicorn, set up for Calldex: one process, or several that share a listening socket and take turns at it."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from calldex.app.application import PARENT_VARIABLE
from calldex.core.errors import Unavailable
from calldex.settings import Settings

# Longer than the minute that most proxies keep idle connections, so that they close them first.
_KEEP_ALIVE_SECONDS = 75


def server_config(app: Starlette | str, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        # Workers share one socket, and take turns at it.
        loop="uvloop" if settings.workers == 1 else "calldex.app.balancing:BalancedLoop",
        http="calldex.app.protocol:BoundedHttp",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # By a client's address wrong passwords are counted, and by the scheme links are made; nothing else hangs on it.
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
        timeout_worker_healthcheck=30,
    )


class Server(uvicorn.Server):
    """uvicorn in an event loop of ours: it ends by returning, so that we can close the database."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, without raising the signal once more when all is done."""
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run_workers(settings: Settings, listener: socket.socket) -> None:
    """Serve with several processes until a signal. Each makes its app from the environment."""
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    config = server_config("calldex.app:worker_app", settings)
    supervisor = Multiprocess(config, sockets=[listener])
    supervisor.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
        raise Unavailable("The worker processes could not start; the log says why.")
