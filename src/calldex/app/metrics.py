"""What Prometheus is told. With several workers the numbers are those of all of them together."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import monotonic

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from calldex.store.database import Database

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_WAIT_OUTCOMES = ("served", "given_up", "refused")
_POOL_SECONDS = 0.5
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """The numbers of one app. They have a registry of their own, so apps do not disturb each other."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        labels = ("surface", "route", "method", "status")
        # To look a child up by its labels takes longer than to count.
        self._children = lru_cache(maxsize=2000)(self._find_children)
        self._requests = Counter("calldex_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "calldex_request_seconds",
            "Time from the request's head to the end of the answer.",
            ("surface", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "calldex_requests_in_flight",
            "Requests being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._deliveries = Counter(
            "calldex_deliveries",
            "Webhook deliveries that came: accepted, duplicate, refused (unknown endpoint or wrong signature), stale.",
            ("sender", "outcome"),
            registry=self.registry,
        )
        self._processed = Counter(
            "calldex_deliveries_processed", "Webhook deliveries that were processed.", registry=self.registry
        )
        self._connections = Gauge(
            "calldex_database_connections",
            "Connections of the database pool.",
            ("state",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._idle, self._busy = self._connections.labels("idle"), self._connections.labels("busy")
        self._waiting = Gauge(
            "calldex_database_waiting",
            "Requests that wait for a free database connection.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._waits = Counter(
            "calldex_database_waits",
            "Requests that found no database connection free: served after a wait, given_up after the longest wait, "
            "refused at once because too many waited.",
            ("outcome",),
            registry=self.registry,
        )
        self._pool_noted = 0.0
        self._noted = dict.fromkeys(_WAIT_OUTCOMES, 0)
        for outcome in _WAIT_OUTCOMES:
            # A counter that is there from the start can be watched before anything happens.
            self._waits.labels(outcome)
        if MULTIPROCESS_VARIABLE not in os.environ:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
            GCCollector(registry=self.registry)

    def answered(self, surface: str, route: str, method: str, status: int, seconds: float) -> None:
        requests, times = self._children(surface, route, method, status)
        requests.inc()
        times.observe(seconds)

    def _find_children(self, surface: str, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(surface, route, method, str(status)), self._seconds.labels(surface, route)

    def delivered(self, sender: str, outcome: str) -> None:
        self._deliveries.labels(sender, outcome).inc()

    def processed(self, deliveries: int) -> None:
        self._processed.inc(deliveries)

    def note_pool(self, database: Database, *, now: bool = False) -> None:
        """Tell what the pool is at, at most twice a second: another worker may be asked for it."""
        moment = monotonic()
        if moment < self._pool_noted + _POOL_SECONDS and not now:
            return
        self._pool_noted = moment
        size, idle = database.pool.get_size(), database.pool.get_idle_size()
        self._idle.set(idle)
        self._busy.set(size - idle)
        waits = database.door.waits
        self._waiting.set(waits.now)
        for outcome in _WAIT_OUTCOMES:
            count: int = getattr(waits, outcome)
            self._waits.labels(outcome).inc(count - self._noted[outcome])
            self._noted[outcome] = count

    def text(self, get_database: Callable[[], Database | None]) -> bytes:
        """The exposition of this process, or of all workers of this server."""
        database = get_database()
        if database is not None:
            self.note_pool(database, now=True)
        folder = os.environ.get(MULTIPROCESS_VARIABLE)
        if folder is None:
            return generate_latest(self.registry)
        _forget_dead_workers(Path(folder))
        together = CollectorRegistry()
        MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_dead_workers(folder: Path) -> None:
    """Gauges of workers that are gone would be counted for ever; counters stay, they must not fall."""
    for file in folder.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not is_alive(int(number)):
            file.unlink(missing_ok=True)


def is_alive(process: int) -> bool:
    """Whether there is a process of this id."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
