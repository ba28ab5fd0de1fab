"""POST /ingest/{sender}/{endpoint}: a delivery is verified, kept once, answered, and processed by itself.

202 with the delivery's id and whether it was there before; 401 for an unknown endpoint and for a signature that is
missing, wrong or stale, and nothing is kept but a counter; 413 over the limit. Errors are RFC 9457.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.actions.sequences import delivered
from tests.app.signing import SECRETS, generic_event, signed

from calldex.actions.add_source import add_source, remove_source
from calldex.app.senders import SENDERS
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.endpoints import list_endpoints
from calldex.store.organizations import Organization

from .conftest import Running, Serve

USED = {
    "retell": "call_started",
    "twilio": "initiated",
    "whippy": "call_started",
    "vapi": "end_of_call_report",
    "elevenlabs": "post_call_transcription",
    "telnyx": "call_initiated",
    "generic": "call_started",
}
WINDOWS = {"retell": 5, "elevenlabs": 30, "telnyx": 5, "generic": 5}
PROBLEM = {"type", "title", "status", "detail", "code"}


@dataclass
class Hearing:
    """An app with an endpoint of every sender."""

    running: Running
    database: Database
    organization: Organization
    endpoints: dict[str, UUID]

    def url(self, sender: str) -> str:
        return f"{self.running.url}/ingest/{sender}/{self.endpoints[sender]}"

    async def deliver(self, sender: str, body: bytes, **how: Any) -> httpx.Response:
        url = self.url(sender)
        return await self.running.client.post(url, content=body, headers=signed(sender, body, url, **how))

    async def settled(self) -> dict[str, int]:
        """How many deliveries there are in each state, when none waits any more."""
        for _ in range(200):
            rows = await self.database.pool.fetch("SELECT state, count(*) FROM deliveries GROUP BY state")
            states = {row[0]: row[1] for row in rows}
            if "waiting" not in states:
                break
            await asyncio.sleep(0.05)
        return states

    async def count(self, table: str) -> int:
        return int(await self.database.pool.fetchval(f"SELECT count(*) FROM {table}"))

    async def endpoint_counts(self, sender: str) -> tuple[int, int, int, int]:
        await asyncio.sleep(1.2)
        async with self.database.pool.acquire() as session:
            found = await list_endpoints(session, self.organization.id, self.organization.sandbox_id)
        facts = next(one for one in found if one.sender == sender)
        return facts.accepted, facts.duplicates, facts.refused, facts.stale


@pytest.fixture
async def hearing(
    serve: Serve, settings: Settings, database: Database, organization: Organization
) -> AsyncIterator[Hearing]:
    endpoints = {name: await add_source(database, organization, name, SECRETS[name]) for name in SENDERS}
    async with serve(replace(settings, max_delivery_bytes=16384), database) as running:
        yield Hearing(running, database, organization, endpoints)


def assert_problem(answer: httpx.Response, status: int, pattern: str, code: str = "unauthenticated") -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) >= PROBLEM
    assert (body["status"], body["code"]) == (status, code)
    assert re.search(pattern, body["detail"]), body["detail"]


def body_of(sender: str) -> bytes:
    return delivered(sender, USED[sender])[0][1]


async def test_every_senders_delivery_becomes_a_call(hearing: Hearing) -> None:
    for number, sender in enumerate(SENDERS, 1):
        answer = await hearing.deliver(sender, body_of(sender))
        assert answer.status_code == 202, answer.text
        assert set(answer.json()) == {"id", "duplicate"}
        assert answer.json()["duplicate"] is False
        assert await hearing.settled() == {"done": number}
    assert await hearing.count("calls") >= 4


async def test_a_duplicate_is_answered_as_a_success_and_changes_nothing(hearing: Hearing) -> None:
    body = body_of("retell")
    first = (await hearing.deliver("retell", body)).json()
    assert await hearing.settled() == {"done": 1}
    again = await asyncio.gather(*(hearing.deliver("retell", body) for _ in range(5)))
    assert [one.status_code for one in again] == [202] * 5
    assert [one.json() for one in again] == [{"id": first["id"], "duplicate": True}] * 5
    assert await hearing.settled() == {"done": 1}
    assert await hearing.endpoint_counts("retell") == (1, 5, 0, 0)


async def test_many_copies_at_once_are_one(hearing: Hearing) -> None:
    answers = await asyncio.gather(*(hearing.deliver("whippy", body_of("whippy")) for _ in range(8)))
    assert len({one.json()["id"] for one in answers}) == 1
    assert [one.json()["duplicate"] for one in answers].count(False) == 1
    assert await hearing.count("deliveries") == 1


@pytest.mark.parametrize("sender", SENDERS)
async def test_a_wrong_or_missing_signature_leaves_nothing_but_a_counter(hearing: Hearing, sender: str) -> None:
    body = body_of(sender)
    wrong = await hearing.running.client.post(
        hearing.url(sender),
        content=body,
        headers=signed(sender, body + b" ", hearing.url(sender)) if sender != "vapi" else {"x-vapi-secret": "no"},
    )
    assert_problem(wrong, 401, "signature|secret")
    assert_problem(await hearing.running.client.post(hearing.url(sender), content=body), 401, "is missing")
    assert await hearing.count("deliveries") == 0
    assert await hearing.endpoint_counts(sender) == (0, 0, 2, 0)
    metrics = (await hearing.running.client.get("/metrics")).text
    assert f'calldex_deliveries_total{{outcome="refused",sender="{sender}"}} 2.0' in metrics


@pytest.mark.parametrize("sender", WINDOWS)
async def test_a_stale_delivery_is_told_so(hearing: Hearing, sender: str) -> None:
    fresh = await hearing.deliver(sender, body_of(sender), age=timedelta(minutes=WINDOWS[sender], seconds=-20))
    assert fresh.status_code == 202
    late = await hearing.deliver(sender, body_of(sender) + b"\n", age=timedelta(minutes=WINDOWS[sender], seconds=20))
    assert_problem(late, 401, "stale", "stale")
    assert await hearing.count("deliveries") == 1
    assert await hearing.endpoint_counts(sender) == (1, 0, 0, 1)


async def test_unknown_endpoints(hearing: Hearing) -> None:
    body = body_of("retell")
    for path in (
        f"retell/{uuid4()}",
        f"twilio/{hearing.endpoints['retell']}",
        f"nobody/{hearing.endpoints['retell']}",
        "retell/17",
        "retell/%00",
    ):
        url = f"{hearing.running.url}/ingest/{path}"
        answer = await hearing.running.client.post(url, content=body, headers=signed("retell", body, url))
        assert answer.status_code in {401, 404}
        assert set(answer.json()) >= PROBLEM
    assert await hearing.count("deliveries") == 0


async def test_a_removed_endpoint_takes_nothing_more(hearing: Hearing) -> None:
    assert (await hearing.deliver("generic", generic_event("call.created", "a", 1))).status_code == 202
    assert await remove_source(hearing.database, hearing.endpoints["generic"])
    await asyncio.sleep(1.2)
    assert_problem(await hearing.deliver("generic", generic_event("call.created", "b", 1)), 401, "no such endpoint")
    assert await hearing.settled() == {"done": 1}


async def test_a_body_over_the_limit(hearing: Hearing) -> None:
    body = generic_event("call.created", "a", 1, notes="x" * 20_000)
    assert_problem(await hearing.deliver("generic", body), 413, "16384 bytes", "too_large")
    assert await hearing.count("deliveries") == 0


@pytest.mark.parametrize(
    ("sender", "body", "state", "reason"),
    [
        ("generic", b"{not json", "nonsense", "JSON"),
        ("retell", b'{"event": "\xff"}', "nonsense", "UTF-8"),
        ("generic", b'{"type": "call.exploded"}', "nonsense", "call.created"),
        ("retell", b'{"event": "chat_started"}', "known", None),
        ("retell", b'{"event": "call_startet"}', "nonsense", "call_started"),
        ("whippy", b'{"event": "contact.updated"}', "known", None),
    ],
)
async def test_what_means_no_call_is_kept_with_its_reason(
    hearing: Hearing, sender: str, body: bytes, state: str, reason: str | None
) -> None:
    url = hearing.url(sender)
    answer = await hearing.running.client.post(url, content=body, headers=signed(sender, body, url))
    assert answer.status_code == 202
    assert await hearing.settled() == {state: 1}
    row = await hearing.database.pool.fetchrow("SELECT body, reason, attempts FROM deliveries")
    assert row is not None
    assert (bytes(row["body"]), row["attempts"]) == (body, 1)
    assert (reason is None and row["reason"] is None) or (reason is not None and reason in row["reason"])
    assert await hearing.count("calls") == 0


async def test_twilio_signs_the_address_that_it_called(
    serve: Serve, settings: Settings, database: Database, organization: Organization
) -> None:
    body = body_of("twilio")
    endpoint = await add_source(database, organization, "twilio", SECRETS["twilio"])
    outside = f"https://calls.example.com/base/ingest/twilio/{endpoint}?a=1"
    headers = signed("twilio", body, outside)
    path = f"/ingest/twilio/{endpoint}?a=1"
    async with serve(replace(settings, public_url="https://calls.example.com/base"), database) as running:
        assert (await running.client.post(path, content=body, headers=headers)).status_code == 202
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-host": "calls.example.com"}
    behind = signed("twilio", body, f"https://calls.example.com{path}")
    async with serve(settings, database) as running:
        assert (await running.client.post(path, content=body, headers=behind)).status_code == 401
        answer = await running.client.post(path, content=body, headers=behind | forwarded)
        assert (answer.status_code, answer.json()["duplicate"]) == (202, True)


async def test_a_secret_is_sealed_and_never_logged(hearing: Hearing) -> None:
    for sender in SENDERS:
        await hearing.deliver(sender, body_of(sender))
        await hearing.deliver(sender, body_of(sender), secret="d3Jvbmcgd3Jvbmcgd3Jvbmc=")
    rows = await hearing.database.pool.fetch("SELECT sealed_secret FROM endpoints")
    stored = b"".join(bytes(row[0]) for row in rows)
    log = hearing.running.stream.getvalue()
    for secret in SECRETS.values():
        assert secret.encode() not in stored
        assert secret not in log


async def test_a_secret_of_another_installation_is_an_outage(
    serve: Serve, settings: Settings, database: Database, organization: Organization
) -> None:
    endpoint = await add_source(
        database, organization, "retell", SECRETS["retell"], operator_secret=b"another secret of 32 characters."
    )
    body = body_of("retell")
    async with serve(settings, database) as running:
        url = f"{running.url}/ingest/retell/{endpoint}"
        answer = await running.client.post(url, content=body, headers=signed("retell", body, url))
        assert_problem(answer, 503, "CALLDEX_SECRET", "unavailable")
