"""How fast calls come in, each way beside COPY of the very rows that it wrote: the ceiling of the database.

Everything goes into a fresh data folder, durably (fsync on), through a real server.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from calldex.bench.processes import ORGANIZATION, calldex, connect, serving
from calldex.bench.questions import Request, ask
from calldex.bench.writing import native_call
from calldex.ingest.demo import demo_calls
from calldex.store.copies import copy_seconds, written_tables
from calldex.store.database import connect as connect_database
from calldex.store.embedded import EmbeddedServer

_SENDERS = 8
"""Connections that deliver webhooks at the same time, as a platform's would."""


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
        for measure, tables in ((_import, None), (_batches, None), (_webhooks, ("deliveries",))):
            data = Path(folder) / measure.__name__
            data.mkdir()
            calldex(data, "org", "create", ORGANIZATION)
            name, count, seconds = measure(data, calls)
            found.append(Arrival(name, count, seconds, count / asyncio.run(_copying(data, tables))))
        return found


def _import(data: Path, calls: int) -> tuple[str, int, float]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    lines = [raw for form, raw in demo_calls(calls * 2, seed=3, now=now) if form == "stuut-v1"][:calls]
    file = data / "calls.ndjson"
    file.write_bytes(b"\n".join(lines))
    start = time.perf_counter()
    tally = calldex(data, "import", str(file), "--org", ORGANIZATION, "--format", "stuut-v1")
    seconds = time.perf_counter() - start
    return f"import (v1 calls of {file.stat().st_size / len(lines) / 1000:.0f} KB)", tally["created"], seconds


def _batches(data: Path, calls: int) -> tuple[str, int, float]:
    key = calldex(data, "key", "create", "--org", ORGANIZATION)["key"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    bodies = [json.dumps({"calls": [native_call(first + n) for n in range(500)]}) for first in range(0, calls, 500)]
    with serving(data, CALLDEX_MAX_BODY_BYTES=str(64 << 20)) as (port, _):
        connection = connect(port)
        start = time.perf_counter()
        for body in bodies:
            ask(connection, Request("POST", "/api/v1/calls:batch", headers, body.encode()))
        return "native batches of 500", len(bodies) * 500, time.perf_counter() - start


def _webhooks(data: Path, calls: int) -> tuple[str, int, float]:
    made = calldex(data, "source", "add", "generic", "--org", ORGANIZATION)
    path = f"/ingest/generic/{made['id']}"
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    with serving(data, CALLDEX_MAX_BODY_BYTES=str(64 << 20)) as (port, _):
        deliveries = [_delivery(number, secret) for number in range(calls)]

        def send(part: int) -> None:
            connection = connect(port)
            for body, headers in deliveries[part::_SENDERS]:
                ask(connection, Request("POST", path, headers, body))

        start = time.perf_counter()
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(send, range(_SENDERS)))
        return "webhooks, one by one", calls, time.perf_counter() - start


def _delivery(number: int, secret: bytes) -> tuple[bytes, dict[str, str]]:
    now = datetime.now(UTC)
    data = native_call(number) | {"id": f"bench-{number}"}
    body = json.dumps({"type": "call.ended", "timestamp": now.isoformat(), "data": data}).encode()
    stamp, name = str(int(now.timestamp())), f"msg_{number}"
    signed = hmac.new(secret, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return body, {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


async def _copying(data: Path, tables: Sequence[str] | None) -> float:
    """The seconds of COPY for the rows of these tables, or of all that calls are written to."""
    server = await asyncio.to_thread(EmbeddedServer.start, data)
    try:
        connection = await connect_database(server.url)
        try:
            return await copy_seconds(connection, tables or await written_tables(connection))
        finally:
            await connection.close()
    finally:
        await asyncio.to_thread(server.stop)
