"""The questions that write: every request is another one, and goes into the same data folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from typing import Any, Final
from uuid import uuid4

from calldex.bench.questions import Request, ask

BATCH: Final = 100


def native_call(number: int) -> dict[str, Any]:
    """A call as the native API takes it, with an id that nobody has used."""
    start = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=37 * number)
    return {
        "id": str(uuid4()),
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


def writes(key: str) -> dict[str, Callable[[], Request]]:
    """The questions that write, by name; each gives a new request every time."""
    numbers = count()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def single() -> Request:
        return Request("POST", "/api/v1/calls", headers, json.dumps(native_call(next(numbers))).encode())

    def batch() -> Request:
        calls = [native_call(next(numbers)) for _ in range(BATCH)]
        return Request("POST", "/api/v1/calls:batch", headers, json.dumps({"calls": calls}).encode())

    return {"write one call (native)": single, f"write a batch of {BATCH} (native)": batch}


def writer(connection: HTTPConnection, make: Callable[[], Request]) -> Callable[[int], Callable[[], bytes]]:
    """Makes requests ahead of time, so that only their answers are waited for."""

    def ahead(times: int) -> Callable[[], bytes]:
        made = [make() for _ in range(times)]
        return lambda: ask(connection, made.pop())

    return ahead
