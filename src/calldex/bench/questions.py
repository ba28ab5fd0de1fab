"""What is asked, in words and as HTTP requests: the list that every release answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, Final
from urllib.parse import urlencode

from calldex.bench.facts import Facts
from calldex.bench.series import Turns, timed
from calldex.core.errors import Unavailable

V1: Final = 50
V2: Final = 100
"""How many calls a page of each version holds here: what its documents take as the default."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to be sent."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One request that is asked again and again.

    ``asked`` says the same in words of our own, for those who answer it under other paths: ``view`` (v1, v2 or
    total), ``limit``, ``page`` and filters; or ``one``, the id of a call. It is None for what only we answer.
    A question that ``may_lack`` is left out when the server does not know it.
    """

    name: str
    request: Request
    asked: Mapping[str, Any] | None = None
    may_lack: bool = False


def send(connection: HTTPConnection, request: Request) -> tuple[int, bytes]:
    """The status and the body of the answer."""
    headers = dict(request.headers)
    try:
        connection.request(request.method, request.path, body=request.body, headers=headers)
        answer = connection.getresponse()
    except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
        # A server ends connections that were idle while others had their turn.
        connection.close()
        connection.request(request.method, request.path, body=request.body, headers=headers)
        answer = connection.getresponse()
    return answer.status, answer.read()


def ask(connection: HTTPConnection, request: Request) -> bytes:
    """The body of a good answer. Raises Unavailable for any other."""
    status, body = send(connection, request)
    if status not in (200, 201, 202, 207):
        raise Unavailable(f"{request.method} {request.path} was answered with {status}: {body[:300]!r}")
    return body


def asks(connection: HTTPConnection, request: Request) -> Turns:
    """Turns of the same request."""
    return timed(lambda: ask(connection, request))


def questions(key: str, facts: Facts) -> Iterator[Question]:
    """Every question that only reads."""
    for name, filters in facts.filters.items():
        for page, place in _places(facts.totals[name], V1):
            yield _v1_page(key, name, filters, page, place)
        for page, place in _places(facts.totals[name], V2):
            yield _v2_page(key, name, filters, page, place)
        # The least page with its total: what it costs is the total, or finding out that there is none to pay for.
        asked = {"view": "total", "limit": 1, "page": 0, **filters}
        yield Question(f"total, {name}", _native(key, {**filters, "limit": 1, "total": "exact"}), asked)
    bearer = _bearer(key)
    yield Question("get one (v1)", Request("GET", f"/stuut/v1/calls/{facts.call}", bearer), {"one": facts.call})
    yield Question("get one (skipcall)", Request("GET", f"/skipcall/v1/calls/{facts.call}", bearer))
    yield Question("five-filter search (whippy)", _whippy(key, facts.search, {"limit": V1}))
    yield Question("number look-up (native)", _native(key, {"number": facts.number, "limit": V1, "total": "exact"}))
    after, before = facts.day
    day = {"after": after, "before": before}
    yield Question(
        "window of a day (v2)",
        Request("GET", f"/stuut/v2/calls?{urlencode({**day, 'limit': V2})}", bearer),
        {"view": "v2", "limit": V2, "page": 0, **day},
    )
    words = " ".join(facts.words)
    yield Question(
        "transcript search, two words (list)",
        _native(key, {"q": words, "limit": V1}),
        may_lack=True,
    )
    yield Question(
        "transcript search, two words (hits)",
        Request("GET", f"/api/v1/transcripts/search?{urlencode({'q': words})}", bearer),
        may_lack=True,
    )


def _places(total: int, size: int) -> Iterator[tuple[int, str]]:
    """Which pages are asked for, as far as the list has them."""
    pages = -(-total // size)
    seen = -1
    for page, place in ((0, "first page"), (10, "page 10"), (1000, "page 1,000"), (pages - 2, "last page but one")):
        if seen < page < pages:
            seen = page
            yield page, place


def _v1_page(key: str, name: str, filters: Mapping[str, str], page: int, place: str) -> Question:
    if "agent" in filters:
        # Stuut cannot be asked for an agent's calls; Whippy's search can, and pages by offset.
        words = {"agent_id": filters["agent"]}
        request = _whippy(key, words, {"limit": V1, "offset": page * V1})
        return Question(f"whippy page of {V1}, {name}, {place}", request)
    query = urlencode({**filters, "limit": V1, "page": page})
    request = Request("GET", f"/stuut/v1/calls?{query}", _bearer(key))
    return Question(f"v1 page of {V1}, {name}, {place}", request, {"view": "v1", "limit": V1, "page": page, **filters})


def _v2_page(key: str, name: str, filters: Mapping[str, str], page: int, place: str) -> Question:
    if "agent" in filters:
        request = _native(key, {**filters, "limit": V2, "page": page, "total": "exact"})
        return Question(f"native page of {V2}, {name}, {place}", request)
    words = {("partner_id" if word == "partner" else word): value for word, value in filters.items()}
    query = urlencode({**words, "limit": V2, "page": page})
    request = Request("GET", f"/stuut/v2/calls?{query}", _bearer(key))
    return Question(f"v2 page of {V2}, {name}, {place}", request, {"view": "v2", "limit": V2, "page": page, **filters})


def _native(key: str, query: Mapping[str, Any]) -> Request:
    return Request("GET", f"/api/v1/calls?{urlencode(query)}", _bearer(key))


def _whippy(key: str, filters: Mapping[str, Any], query: Mapping[str, Any]) -> Request:
    headers = {"X-WHIPPY-KEY": key, "Content-Type": "application/json"}
    # The usual half minute may be too short for millions of calls that nobody has read yet.
    words = urlencode({**query, "timeout": 120_000})
    return Request("POST", f"/whippy/v1/calls/search?{words}", headers, json.dumps(filters).encode())


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
