"""Idempotency-Key: the same key with the same request gives the same answer, and nothing is done twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.surfaces.native.writer import CALLS, Writer, refused

REPLAYED = "idempotency-replayed"


async def test_the_same_again_gives_the_same_answer(writer: Writer) -> None:
    first = await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key="k1")
    again = await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key="k1")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first.headers["etag"], first.headers["location"]) == (again.headers["etag"], again.headers["location"])
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    other = await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key="k2")
    assert other.json()["id"] != first.json()["id"]
    assert len((await writer.good("GET", CALLS))["data"]) == 2


async def test_another_request_under_the_key_is_refused(writer: Writer) -> None:
    await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key="k")
    refused(await writer.send("POST", CALLS, {"summary": "t"}, idempotency_key="k"), 422, "invalid_request")
    refused(await writer.send("POST", f"{CALLS}:batch", {"calls": [{}]}, idempotency_key="k"), 422, "invalid_request")
    for bad in ("", "a b", "x" * 256):
        refused(await writer.send("POST", CALLS, {}, idempotency_key=bad), 422, "invalid_request")


async def test_keys_belong_to_an_organization(writer: Writer) -> None:
    stranger = await Writer.of(writer.app)
    first = await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key="k")
    theirs = await stranger.send("POST", CALLS, {"summary": "s"}, idempotency_key="k")
    assert REPLAYED not in theirs.headers
    assert theirs.json()["id"] != first.json()["id"]


async def test_a_refusal_keeps_nothing(writer: Writer) -> None:
    path = f"{CALLS}/abc/approve"
    refused(await writer.send("POST", path, idempotency_key="k"), 404, "not_found")
    await writer.put("abc", status="pending_approval")
    assert (await writer.send("POST", path, idempotency_key="k")).status_code == 200
    again = await writer.send("POST", path, idempotency_key="k")
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
    refused(await writer.send("POST", path), 409, "impossible_move")


async def test_at_the_same_moment_only_one_does_it(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    answers = await asyncio.gather(
        *(writer.send("POST", f"{CALLS}/abc/notes", {"text": "once"}, idempotency_key="k") for _ in range(12))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED not in answer.headers for answer in answers) == 1
    assert len((await writer.good("GET", f"{CALLS}/abc/notes"))["data"]) == 1


async def test_after_a_day_a_key_is_new_and_old_ones_are_forgotten(writer: Writer) -> None:
    for number in range(30):
        await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key=f"k{number}")
    pool = writer.app.database.pool
    mine = "organization_id = (SELECT max(organization_id) FROM idempotency_keys)"
    await pool.execute(
        f"UPDATE idempotency_keys SET created_at = created_at - $1::interval WHERE {mine}", timedelta(days=1)
    )
    assert REPLAYED not in (await writer.send("POST", CALLS, {"summary": "t"}, idempotency_key="k0")).headers
    for number in range(2):
        await writer.send("POST", CALLS, {"summary": "s"}, idempotency_key=f"new{number}")
    assert await pool.fetchval(f"SELECT count(*) FROM idempotency_keys WHERE {mine}") == 3


async def test_a_key_that_is_busy_for_long_says_when_to_come_back(writer: Writer) -> None:
    organization = writer.tenant.organization.id
    async with writer.app.database.pool.acquire() as session, session.transaction():
        await session.execute(
            "INSERT INTO idempotency_keys (organization_id, key, digest, created_at) VALUES ($1, 'k', 'd', now())",
            organization,
        )
        answer = await writer.send("POST", CALLS, {}, idempotency_key="k")
    refused(answer, 409, "in_progress")
    assert answer.headers["retry-after"] == "1"
