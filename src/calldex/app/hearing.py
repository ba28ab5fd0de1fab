"""Webhooks in: a sub-application that takes deliveries.

A delivery is verified over its raw bytes, kept once, and answered; it is processed afterwards, by its id.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
from fastapi import FastAPI, Request, Response

from calldex.actions.receive_delivery import receive_delivery
from calldex.app.metrics import Metrics
from calldex.app.problems import problem
from calldex.app.processing import Inbox
from calldex.app.senders import SENDERS
from calldex.core.errors import Unauthenticated, Unavailable
from calldex.core.ids import parse_uuid
from calldex.core.sealing import unseal
from calldex.ingest.verdicts import Verdict
from calldex.store.database import Database
from calldex.store.endpoints import Endpoint, find_endpoint
from calldex.surfaces.http import json_answer, notes_of, surface_app

BASE: Final = "/ingest"
_REMEMBERED_SECONDS: Final = 1.0
_MOST_REMEMBERED: Final = 10_000

_DESCRIPTION: Final = (
    "Where voice platforms and programs deliver their events. Each endpoint is made by `calldex source add`, which "
    "prints its address; each sender signs its deliveries in its own way."
)


class StaleDelivery(Unauthenticated):
    """The signature is right and outside the sender's replay window."""

    code = "stale"


@dataclass(frozen=True, slots=True)
class HearingContext:
    """Everything that taking deliveries needs. ``public_url`` is how senders reach this server, when it is set."""

    get_database: Callable[[], Database]
    get_secret: Callable[[], bytes]
    public_url: str | None
    inbox: Inbox
    metrics: Metrics


def create_hearing(context: HearingContext) -> FastAPI:
    """The sub-application that takes deliveries."""
    app = surface_app(
        title="Webhooks in",
        version="1",
        description=_DESCRIPTION,
        render=problem,
        failure_media_type="application/problem+json",
    )
    find = _endpoint_finder(context)

    @app.post(
        "/{sender}/{endpoint}",
        status_code=202,
        summary="Deliver an event",
        responses={
            202: {"description": "The delivery is kept. `duplicate` says that it was there before."},
            401: {"description": "There is no such endpoint, or the signature is missing, wrong or stale."},
            413: {"description": "The body is over the limit."},
        },
    )
    async def deliver(request: Request, sender: str, endpoint: str) -> Response:
        now = datetime.now(UTC)
        how = SENDERS.get(sender)
        endpoint_id = parse_uuid(endpoint)
        found = await find(sender, endpoint_id) if how is not None and endpoint_id is not None else None
        if how is None or found is None:
            context.metrics.delivered(sender if how is not None else "", "refused")
            raise Unauthenticated("There is no such endpoint.")
        place, secret = found
        notes_of(request).organization = str(place.organization_public_id)
        body = await request.body()
        headers = _headers(request)
        url = _called_url(request, context.public_url)
        _check(context, place, how.verify(headers, body, url, secret, now), now)
        delivery_id, is_new = await receive_delivery(
            context.get_database(), place, how.delivery_id(headers, body), body, headers.get("content-type"), now
        )
        context.metrics.delivered(sender, "accepted" if is_new else "duplicate")
        context.inbox.accepted(place, now, is_new=is_new)
        return json_answer(msgspec.json.encode({"id": str(delivery_id), "duplicate": not is_new}), 202)

    return app


def _check(context: HearingContext, place: Endpoint, verdict: Verdict, now: datetime) -> None:
    if verdict.accepted:
        return
    stale = verdict.outcome == "stale"
    context.metrics.delivered(place.sender, "stale" if stale else "refused")
    context.inbox.refused(place, now, stale=stale)
    raise StaleDelivery(verdict.message) if stale else Unauthenticated(verdict.message)


def _endpoint_finder(context: HearingContext) -> Callable[[str, UUID], Awaitable[tuple[Endpoint, str] | None]]:
    """A function that gives an endpoint with its opened secret, or None when this sender has none of this id.

    A good one is remembered for a moment, so one that was removed still takes deliveries that much longer.
    """
    remembered: dict[UUID, tuple[float, Endpoint, str]] = {}

    async def find(sender: str, endpoint_id: UUID) -> tuple[Endpoint, str] | None:
        now = time.monotonic()
        known = remembered.get(endpoint_id)
        if known is not None and known[0] > now:
            return (known[1], known[2]) if known[1].sender == sender else None
        async with context.get_database().session() as session:
            found = await find_endpoint(session, endpoint_id)
        if found is None or found.removed_at is not None or found.sender != sender:
            remembered.pop(endpoint_id, None)
            return None
        secret = unseal(context.get_secret(), found.sealed_secret, found.place)
        if secret is None:
            # The sender will try again, and meanwhile the operator can see why.
            raise Unavailable("The secret of this endpoint was sealed under another CALLDEX_SECRET; add it anew.")
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[endpoint_id] = (now + _REMEMBERED_SECONDS, found, secret)
        return found, secret

    return find


def _headers(request: Request) -> dict[str, str]:
    """The headers by their lower-case names. Of a repeated one the first counts."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), value)
    return headers


def _called_url(request: Request, public_url: str | None) -> str:
    """The address that the sender called, which some senders sign.

    Without a public address it is what a proxy in front says, else what the request itself says: whoever lies
    there only makes the signature wrong.
    """
    scope = request.scope
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    if public_url is None:
        headers = request.headers
        scheme = (headers.get("x-forwarded-proto") or scope["scheme"]).split(",")[0].strip()
        host = (headers.get("x-forwarded-host") or headers.get("host") or "").split(",")[0].strip()
        public_url = f"{scheme}://{host}"
    return f"{public_url}{path}{'?' if query else ''}{query}"
