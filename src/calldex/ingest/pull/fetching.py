"""Getting one page over HTTP, however badly the other side behaves; what cannot be helped is one clear sentence."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from calldex.core.errors import CalldexError, Unavailable, UsageError
from calldex.ingest.pull.asking import Api, Ask, NotAPage, Page
from calldex.ingest.pull.waiting import Patience, asked_pause, pause, used_up

FetchPage = Callable[[int, int, datetime | None], Awaitable[Page]]
"""Gives the page of ``limit`` calls from ``offset`` on, since a time."""

OnWait = Callable[[float, str], None]
"""Hears how many seconds are waited, and why."""

_LARGEST_ANSWER: Final = 256 << 20
_MOST_REFUSALS: Final = 50
"""So often in a row the server may say when to come again before we give up."""

_TRANSIENT: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls are pulled from, and the name of the environment variable that holds the token."""

    api: Api
    url: str
    token: str
    token_name: str


class _Failed(Exception):
    """A try that failed and may be repeated; ``asked`` is what the server wants us to wait."""

    def __init__(self, reason: str, asked: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.asked = asked


def base_url(api: Api, text: str) -> str:
    """The base address that a person gave, without what we add to it. Raises UsageError."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("--url must be the API's base address, such as https://api.example.com.")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError("--url must be an address without user, query or fragment; the token comes from --token-env.")
    path = parts.path.rstrip("/")
    for version in api.versions:
        for ending in (f"{version}/calls/search", f"{version}/calls", version):
            path = path.removesuffix(ending)
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))


def make_client(target: Target, *, timeout: float = 60.0) -> httpx.AsyncClient:
    """A client that sends the token to this address and nowhere else: it follows no redirects."""
    headers = {"Accept": "application/json", "User-Agent": "calldex-pull", **target.api.authorize(target.token)}
    return httpx.AsyncClient(
        headers=headers,
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        limits=httpx.Limits(max_connections=1),
        follow_redirects=False,
    )


def page_fetcher(
    client: httpx.AsyncClient, target: Target, patience: Patience, *, on_wait: OnWait = lambda _seconds, _reason: None
) -> FetchPage:
    """A function that gets pages. It waits and tries again where that can help.

    It raises UsageError for what a person has to change (address, token), Unavailable when patience has run out.
    """
    reached = False
    next_window = 0.0

    async def fetch(offset: int, limit: int, since: datetime | None) -> Page:
        nonlocal reached, next_window
        ask = target.api.ask(offset, limit, since)
        failures = refusals = 0
        if next_window:
            on_wait(next_window, "the limit of requests is used up")
            await asyncio.sleep(next_window)
            next_window = 0.0
        while True:
            try:
                page, next_window = await _try(client, target, ask, offset, limit, patience)
            except _Failed as failed:
                reached = reached or failed.asked is not None
                if failed.asked is not None and refusals < _MOST_REFUSALS:
                    refusals += 1
                    seconds = _asked(failed, target, patience)
                else:
                    failures += 1
                    if failures >= (patience.tries if reached else patience.first_tries):
                        raise Unavailable(_gave_up(target, failed.reason, failures)) from None
                    seconds = pause(failures, patience, random.random)
                on_wait(seconds, failed.reason)
                await asyncio.sleep(seconds)
            else:
                reached = True
                return page

    return fetch


def _asked(failed: _Failed, target: Target, patience: Patience) -> float:
    asked = failed.asked or 0.0
    if asked > patience.longest_asked:
        raise Unavailable(
            f"{target.url} asks to wait {asked / 60:.0f} minutes ({failed.reason}). Run the pull again after that; "
            "it goes on where it stopped."
        )
    # A little more than asked, and not the same for everybody who was told the same.
    return asked * (1 + random.random() / 20) + 0.02  # noqa: S311 - it spreads waits and keeps no secret.


def _gave_up(target: Target, reason: str, tries: int) -> str:
    return f"{target.url} could not be read: {reason}, after {tries} tries. Run it again; it goes on where it stopped."


async def _try(
    client: httpx.AsyncClient, target: Target, ask: Ask, offset: int, limit: int, patience: Patience
) -> tuple[Page, float]:
    """One try: the page, and how long to wait before the next request."""
    try:
        async with asyncio.timeout(patience.answer_seconds):
            response, body = await _exchange(client, target, ask)
    except TimeoutError:
        raise _Failed(f"no complete answer within {patience.answer_seconds:g} seconds") from None
    except httpx.TimeoutException:
        raise _Failed("no answer in time") from None
    except httpx.TransportError as error:
        raise _Failed(_words(error)) from None
    except httpx.DecodingError:
        raise _Failed("the answer's compression is damaged") from None
    status, now = response.status_code, datetime.now(UTC)
    if status != httpx.codes.OK:
        if status in _TRANSIENT or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise _Failed(_status_words(status), asked_pause(response.headers, now))
        raise _refused(target, ask, response, body)
    try:
        return target.api.read(body, offset, limit), used_up(response.headers, now)
    except NotAPage as error:
        content_type = response.headers.get("content-type", "nothing that it names").partition(";")[0]
        if "json" not in content_type:
            raise UsageError(
                f"{target.url}{ask.path} answers with {content_type} and not with JSON: --url is not the base address "
                f"of {target.api.form}."
            ) from None
        raise _Failed(f"what it answers is not a page of calls of {target.api.form} ({error})") from None


async def _exchange(client: httpx.AsyncClient, target: Target, ask: Ask) -> tuple[httpx.Response, bytes]:
    body = None if ask.body is None else dict(ask.body)
    async with client.stream(ask.method, target.url + ask.path, params=dict(ask.params), json=body) as response:
        parts, size = [], 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > _LARGEST_ANSWER:
                raise UsageError(f"{target.url} answers with more than {_LARGEST_ANSWER >> 20} MiB; lower --page-size.")
            parts.append(part)
        return response, b"".join(parts)


def _words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"no connection ({str(error).rpartition('] ')[2] or 'refused'})"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
        return f"no connection ({error})"
    return "the connection was lost"


def _status_words(status: int) -> str:
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "too many requests (429)"
    return f"the server failed ({status})"


def _refused(target: Target, ask: Ask, response: httpx.Response, body: bytes) -> CalldexError:
    status, place = response.status_code, f"{target.url}{ask.path}"
    said = _said(body)
    if status == httpx.codes.UNAUTHORIZED:
        return UsageError(f"{target.url} does not accept the token in {target.token_name} (401).{said}")
    if status == httpx.codes.FORBIDDEN:
        return UsageError(f"The token in {target.token_name} may not list calls at {target.url} (403).{said}")
    if status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.GONE):
        return UsageError(
            f"There is no list of calls at {place} ({status}): --url is not the base address of {target.api.form}."
        )
    if response.has_redirect_location:
        where = response.headers["location"][:200]
        return UsageError(f"{place} redirects to {where}: give the base address there as --url.")
    return UsageError(f"{place} refused the request ({status}).{said}")


def _said(body: bytes) -> str:
    """What the server says to a refusal, cut short, on one line and without control characters."""
    text = "".join(one if one.isprintable() else " " for one in body[:1000].decode("utf-8", "replace"))
    text = " ".join(text.split())
    return f" It says: {text[:200]}" if text and not text.startswith("<") else ""
