"""The explorer's pages as questions: somebody signs in by the form, and then looks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from calldex.bench.facts import Facts
from calldex.bench.processes import ORGANIZATION, calldex
from calldex.bench.questions import Question, Request
from calldex.core.errors import Unavailable
from calldex.web.overview import FIGURES

PAGE: Final = 50
"""How many calls a page of the explorer shows."""

_HALF: Final = "Asia/Kolkata"
"""A zone whose hours are none of UTC's: what is told by the hour is not in the counts there."""

_MARK: Final = re.compile(rb'name="csrf" value="([^"]+)"')


def sign_in(data: Path, connection: HTTPConnection) -> str:
    """The Cookie header of a user who is made for this."""
    email, password = f"bench-{secrets.token_hex(6)}@example.com", secrets.token_urlsafe(12)
    calldex(data, "user", "add", email, "--org", ORGANIZATION, "--role", "admin", password=password)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    mark = _MARK.search(answer.read())
    before = _cookie(answer.getheader("Set-Cookie"), "calldex_form")
    form = {"csrf": mark[1].decode() if mark else "", "email": email, "password": password, "zone": "UTC"}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": before}
    connection.request("POST", "/sign-in", body=urlencode(form), headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise Unavailable(f"Signing in was answered with {answer.status}.")
    return _cookie(answer.msg.get_all("Set-Cookie", [""])[0], "calldex")


def pages(cookie: str, facts: Facts) -> Iterator[Question]:
    """Every question of the explorer."""
    last = -(-facts.totals["all"] // PAGE)
    views = {
        "list, first page": {},
        "list, page in the middle": {"page": str(max(1, last // 2))},
        "list, last page": {"page": str(last)},
        "list, direction + sentiment": {"direction": "outbound", "sentiment": "positive"},
        "list, last 30 days": {"period": "30d"},
        "list, a minute or two": {"longer": "60", "shorter": "120"},
        "list, number": {"number": facts.number},
        "list, two words": {"said": " ".join(facts.words)},
    }
    headers = {"Cookie": cookie, "Accept": "text/html"}
    for name, query in views.items():
        path = f"/calls?{urlencode(query)}" if query else "/calls"
        yield Question(f"explorer, {name}", Request("GET", path, headers))
    yield Question("explorer, call page", Request("GET", f"/calls/{facts.uuid}", headers))
    year = {"period": "365d"}
    windows = {
        "last 30 days": {"period": "30d"},
        "last year": year,
        "last year, direction + sentiment": {**year, "direction": "outbound", "sentiment": "positive"},
    }
    charts = {f"{figure}, {name}": (figure, query) for figure in FIGURES for name, query in windows.items()}
    charts["answer-rate, last year, Kolkata"] = ("answer-rate", {**year, "zone": _HALF})
    for name, (figure, query) in charts.items():
        yield Question(f"overview, {name}", Request("GET", f"/overview/{figure}?{urlencode(query)}", headers))


def _cookie(header: str | None, name: str) -> str:
    found = SimpleCookie(header or "").get(name)
    if found is None:
        raise Unavailable("The explorer gave no cookie.")
    return f"{name}={found.value}"
