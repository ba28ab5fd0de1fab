"""How fast calls come in, each way beside COPY of the very rows that it wrote: the ceiling of the database.

Everything goes into a fresh data folder, durably (fsync on), through a real server.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.running import ORGANIZATION, calldex, connect, free_port, running
from calldex.ingest.demo import demo_calls
from calldex.store.database import open_database
from calldex.store.embedded import EmbeddedServer

_SENDERS = 8
"""Connections that deliver webhooks at the same time, as a platform's would."""

_WRITTEN = {
    "import (v1 calls of 21 KB)": (
        "calls",
        "call_ids",
        "call_invoices",
        "call_classifications",
        "records",
        "record_forms",
    ),
    "native batch of 500": ("calls", "call_ids"),
    "webhooks, one by one": ("deliveries",),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way in: how many came, in which time, and how many of the same rows COPY writes in a second."""

    name: str
    count: int
    seconds: float
    ceiling_per_second: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


def measure_arrivals(calls: int) -> list[Arrival]:
    """Import, native batches and webhooks, each with as many calls."""
    with tempfile.TemporaryDirectory(prefix="calldex-bench-") as folder:
        found = []
        for name, measure in (
            ("import (v1 calls of 21 KB)", _import),
            ("native batch of 500", _batches),
            ("webhooks, one by one", _webhooks),
        ):
            data = Path(folder) / name.split()[0]
            data.mkdir()
            calldex(data, "org", "create", ORGANIZATION, "--json")
            count, seconds = measure(data, calls)
            ceiling = asyncio.run(_copy_rate(data, _WRITTEN[name]))
            found.append(Arrival(name, count, seconds, count / ceiling))
        return found


def _import(data: Path, calls: int) -> tuple[int, float]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    lines = [raw for form, raw in demo_calls(calls * 2, seed=3, now=now) if form == "stuut-v1"][:calls]
    file = data / "calls.ndjson"
    file.write_bytes(b"\n".join(lines))
    start = time.perf_counter()
    tally = calldex(data, "import", str(file), "--org", ORGANIZATION, "--format", "stuut-v1", "--json")
    return tally["created"], time.perf_counter() - start


def _batches(data: Path, calls: int) -> tuple[int, float]:
    key = calldex(data, "key", "create", "--org", ORGANIZATION, "--json")["key"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    bodies = [json.dumps({"calls": [_native_call(first + n) for n in range(500)]}) for first in range(0, calls, 500)]
    with _serving(data) as port:
        connection = connect(port)
        start = time.perf_counter()
        for body in bodies:
            _post(connection, "/api/v1/calls:batch", body.encode(), headers)
        return len(bodies) * 500, time.perf_counter() - start


def _webhooks(data: Path, calls: int) -> tuple[int, float]:
    made = calldex(data, "source", "add", "generic", "--org", ORGANIZATION, "--json")
    path = f"/ingest/generic/{made['id']}"
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    with _serving(data) as port:
        deliveries = [_delivery(number, secret) for number in range(calls)]

        def send(part: int) -> None:
            connection = connect(port)
            for body, headers in deliveries[part::_SENDERS]:
                _post(connection, path, body, headers)

        start = time.perf_counter()
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(send, range(_SENDERS)))
        return calls, time.perf_counter() - start


def _serving(data: Path) -> Any:
    port = free_port()
    command = [sys.executable, "-m", "calldex", "serve", "--port", str(port)]
    environment = {"CALLDEX_DATA": str(data), "CALLDEX_LOG_LEVEL": "error", "CALLDEX_MAX_BODY_BYTES": str(64 << 20)}

    class Serving:
        def __enter__(self) -> int:
            self.context = running(command, port, environment)
            self.context.__enter__()
            return port

        def __exit__(self, *error: object) -> None:
            self.context.__exit__(*error)

    return Serving()


def _native_call(number: int) -> dict[str, Any]:
    start = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=37 * number)
    return {
        "id": str(uuid.uuid4()),
        "direction": "outbound",
        "status": "completed",
        "from_number": "+12025550100",
        "to_number": f"+1202555{number % 10000:04d}",
        "created_at": start.isoformat(),
        "started_at": start.isoformat(),
        "ended_at": (start + timedelta(seconds=90)).isoformat(),
        "summary": "The customer asked for a copy of the invoice.",
        "sentiment": "neutral",
    }


def _delivery(number: int, secret: bytes) -> tuple[bytes, dict[str, str]]:
    now = datetime.now(UTC)
    data = _native_call(number) | {"id": f"bench-{number}"}
    body = json.dumps({"type": "call.ended", "timestamp": now.isoformat(), "data": data}).encode()
    stamp, name = str(int(now.timestamp())), f"msg_{number}"
    signed = hmac.new(secret, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return body, {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _post(connection: HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> None:
    connection.request("POST", path, body=body, headers=headers)
    answer = connection.getresponse()
    found = answer.read()
    if answer.status not in (200, 202, 207):
        raise RuntimeError(f"{path}: {answer.status} {found[:300]!r}")


async def _copy_rate(data: Path, tables: tuple[str, ...]) -> float:
    """Seconds that COPY takes to write the same rows into empty tables with the same columns and indexes."""
    server = await asyncio.to_thread(EmbeddedServer.start, data)
    try:
        database = await open_database(server.url)
        seconds = 0.0
        for table in tables:
            rows = io.BytesIO()
            await database.pool.copy_from_table(table, output=rows, format="binary")
            rows.seek(0)
            await database.pool.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
            start = time.perf_counter()
            await database.pool.copy_to_table(f"bench_{table}", source=rows, format="binary")
            seconds += time.perf_counter() - start
        await database.close()
        return seconds
    finally:
        await asyncio.to_thread(server.stop)
