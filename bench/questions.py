"""What is asked, in words and as HTTP requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One request that is asked again and again."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None

    def ask(self, connection: HTTPConnection) -> bytes:
        """The body of the answer; RuntimeError when it is not a 200."""
        connection.request(self.method, self.path, body=self.body, headers=self.headers)
        answer = connection.getresponse()
        found = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: {answer.status} {found[:300]!r}")
        return found


@dataclass(slots=True)
class Facts:
    """What the questions need to know of the data."""

    call_id: str = ""
    search: dict[str, Any] = field(default_factory=dict)


def learn(connection: HTTPConnection, key: str) -> Facts:
    """Look into the data for an id and for filters that hit something."""
    bearer = {"Authorization": f"Bearer {key}"}
    page = json.loads(Question("", "GET", "/stuut/v1/calls?limit=50&page=3", bearer).ask(connection))
    found = json.loads(
        Question(
            "",
            "POST",
            "/whippy/v1/calls/search?limit=1",
            bearer,
            b'{"mode": "ai", "language": "en", "voicemail": false}',
        ).ask(connection)
    )["data"][0]
    search = {
        "agent_id": found["metadata"]["agent_id"],
        "direction": found["direction"],
        "language": "en",
        "voicemail": False,
        "min_duration": 1,
    }
    return Facts(page["data"][0]["id"], search)


def questions(key: str, facts: Facts) -> list[Question]:
    """The list that every release answers."""
    bearer = {"Authorization": f"Bearer {key}"}
    whippy = {"X-WHIPPY-KEY": key, "Content-Type": "application/json"}
    return [
        Question("v1 page of 50", "GET", "/stuut/v1/calls?limit=50&direction=outbound", bearer),
        Question("v2 page of 100", "GET", "/stuut/v2/calls?limit=100&direction=outbound", bearer),
        Question("get one (v1)", "GET", f"/stuut/v1/calls/{facts.call_id}", bearer),
        Question(
            "five-filter search",
            "POST",
            "/whippy/v1/calls/search?limit=50",
            whippy,
            json.dumps(facts.search).encode(),
        ),
    ]
