"""Who gets an answer on Whippy, and how a refusal looks: {"errors": [{"description"}], "status"}.

A key reaches the calls of its organization; anything else is 404. Whoever asks for what makes no sense gets 422 with
every mistake named, the nearest known name beside it.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.whippy.asking import CALLS, SEARCH, ask_search, search
from tests.surfaces.whippy.examples import full_call, uuid_of

from calldex.actions.issue_key import issue_key
from calldex.actions.revoke_key import revoke_key
from calldex.app import create_app
from calldex.settings import Settings

ONE = f"{CALLS}/{uuid_of('call', 1)}"


def assert_failure(answer: httpx.Response, status: int) -> list[str]:
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert list(body) == ["errors", "status"]
    assert body["status"] == status
    assert all(list(error) == ["description"] for error in body["errors"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    return [error["description"] for error in body["errors"]]


async def test_owner_and_team_mate_see_it_and_a_stranger_does_not(app: Serving, tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call()])
    mate = (await issue_key(tenant.database, tenant.organization)).text
    stranger = await app.tenant()
    assert (await search(tenant))["total"] == 1
    assert await search(tenant) == await search(tenant, key=mate)
    assert await search(tenant, key=stranger.key) == {"data": [], "total": 0}
    for path in (CALLS, ONE):
        assert await tenant.answer(path) == await tenant.answer(path, key=mate)
    assert await tenant.answer(CALLS, key=stranger.key) == {"data": [], "total": 0}
    assert_failure(await tenant.ask(ONE, key=stranger.key), 404)


async def test_a_test_key_reaches_the_sandbox(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call()], test=True)
    assert (await search(tenant, key=tenant.test_key))["total"] == 1
    assert (await search(tenant))["total"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-WHIPPY-KEY": ""},
        {"X-WHIPPY-KEY": "nonsense"},
        {"X-WHIPPY-KEY": "Bearer sk_live_x"},
        {"Authorization": "Bearer sk_live_x"},
    ],
    ids=str,
)
async def test_without_a_good_key_the_answer_is_401(app: Serving, headers: dict[str, str]) -> None:
    for method, path in (("POST", SEARCH), ("GET", CALLS), ("GET", ONE)):
        answer = await app.client.request(method, path, headers=headers)
        assert assert_failure(answer, 401) == ["Not authenticated"]


async def test_a_revoked_key_is_unknown(tenant: Tenant) -> None:
    key = await issue_key(tenant.database, tenant.organization)
    await revoke_key(tenant.database, key.id)
    assert_failure(await ask_search(tenant, key=key.text), 401)


async def test_both_headers_carry_a_key(tenant: Tenant) -> None:
    for headers in ({"x-whippy-key": tenant.key}, {"Authorization": f"Bearer {tenant.key}"}):
        assert (await tenant.client.post(SEARCH, headers=headers)).status_code == 200


@pytest.mark.parametrize("name", ["nope", uuid_of("none"), "call_01h455vb4pex5vsknk084sn02q", "%00", "a%ff", "x" * 900])
async def test_an_id_that_is_none_of_ours_is_404(tenant: Tenant, name: str) -> None:
    assert_failure(await tenant.ask(f"{CALLS}/{name}"), 404)


async def test_a_call_is_found_by_every_form_of_its_id(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call()])
    typed = (await tenant.answer("/stuut/v1/calls"))["data"][0]["id"]
    for name in (uuid_of("call", 1), uuid_of("call", 1).upper(), typed):
        assert (await tenant.answer(f"{CALLS}/{name}"))["data"]["id"] == uuid_of("call", 1)


QUERIES = [
    ({"limit": 0}, "limit: Input should be greater than or equal to 1"),
    ({"limit": 501}, "limit: Input should be less than or equal to 500"),
    ({"limit": "many"}, 'limit: a whole number is expected, and "many" was given'),
    ({"offset": -1}, "offset: Input should be greater than or equal to 0"),
    ({"timeout": 14_999}, "timeout: Input should be greater than or equal to 15000"),
    ({"timeout": 120_001}, "timeout: Input should be less than or equal to 120000"),
    ({"ofset": 1}, 'ofset is not known here. Did you mean "offset"?'),
    ({"direction": "INBOUND"}, "direction is not known here."),
]
BODIES: list[tuple[Any, str]] = [
    ({"directon": "INBOUND"}, 'directon is not known here. Did you mean "direction"?'),
    ({"direction": "INBOND"}, 'direction: "INBOND" is not one of INBOUND, OUTBOUND. Did you mean "INBOUND"?'),
    ({"direction": ["INBOUND", "up"]}, 'direction: "UP" is not one of'),
    ({"agent_id": "7"}, 'agent_id: a UUID is expected, and "7" was given'),
    ({"contact_id": [uuid_of("person"), 5]}, "contact_id: Input should be a valid string; 5 was given"),
    ({"channel_id": {}}, "channel_id: Input should be a valid string"),
    ({"from": [None]}, "from: Input should be a valid string"),
    ({"after": "2026-03-12T16:02:10"}, "after: it has no time zone"),
    ({"before": 5}, "before: an ISO 8601 time with a zone is expected, as text, and 5 was given"),
    ({"after": ["2026-03-12T16:02:10Z"]}, "after: an ISO 8601 time"),
    ({"voicemail": "true"}, 'voicemail: true or false is expected, and "true" was given'),
    ({"voicemail": 1}, "voicemail: true or false is expected, and 1 was given"),
    ({"min_duration": -1}, "min_duration: Input should be greater than or equal to 0"),
    ({"min_duration": 1.5}, "min_duration: a whole number is expected, and 1.5 was given"),
    ({"max_duration": True}, "max_duration: a whole number is expected"),
    ({"min_duration": 5, "max_duration": 4}, "max_duration: it must not be below min_duration, which is 5"),
    ([], "The body must be a JSON object, and an array was given."),
    (b'"text"', "The body must be a JSON object."),
    (b'{"mode": ', "The body is not valid JSON"),
    (b'{"mode": "a\\u0000"}', "NUL"),
    (b'{"mode": "\\ud800"}', "The body is not valid JSON"),
    (b'{"mode": "\xff"}', "not UTF-8"),
    (b'{"min_duration": NaN}', "The body is not valid JSON"),
]


@pytest.mark.parametrize(("query", "sentence"), QUERIES, ids=str)
async def test_a_query_that_makes_no_sense_is_refused(tenant: Tenant, query: dict[str, Any], sentence: str) -> None:
    (found,) = assert_failure(await ask_search(tenant, {}, **query), 422)
    assert sentence in found


@pytest.mark.parametrize(("body", "sentence"), BODIES, ids=str)
async def test_a_body_that_makes_no_sense_is_refused(tenant: Tenant, body: Any, sentence: str) -> None:
    (found,) = assert_failure(await ask_search(tenant, body), 422)
    assert sentence in found


async def test_every_mistake_of_query_and_body_is_named_at_once(tenant: Tenant) -> None:
    answer = await ask_search(tenant, {"agent_id": "x", "form": 1, "max_duration": -1}, limit=0, size=3)
    found = assert_failure(answer, 422)
    assert sorted(sentence.split()[0].rstrip(":") for sentence in found) == [
        "agent_id",
        "form",
        "limit",
        "max_duration",
        "size",
    ]


async def test_other_content_types_are_refused(tenant: Tenant) -> None:
    headers = {"X-WHIPPY-KEY": tenant.key, "Content-Type": "text/plain"}
    assert_failure(await tenant.client.post(SEARCH, content=b"{}", headers=headers), 415)


async def test_other_paths_and_methods_have_the_same_shape(tenant: Tenant) -> None:
    assert_failure(await tenant.ask("/whippy/v1/campaigns"), 404)
    assert_failure(await tenant.client.delete(CALLS, headers={"X-WHIPPY-KEY": tenant.key}), 405)


async def test_a_parameter_that_get_does_not_know_is_refused(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call()])
    assert_failure(await tenant.ask(ONE, [("timeout", "15000")]), 422)


async def test_the_limit_per_second_is_held_for_key_and_organization(app: Serving, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, database_url=app.url, whippy_requests_per_second=3, limit_live_keys=True, log_level="error"
    )
    limited = create_app(settings, app.database)
    async with (
        limited.router.lifespan_context(limited),
        httpx.AsyncClient(transport=httpx.ASGITransport(limited), base_url="http://calldex.test") as client,
    ):
        for _ in range(20):
            tenant = await app.tenant()
            mate = (await issue_key(app.database, tenant.organization)).text
            await asyncio.sleep(1.02 - time.time() % 1)
            second = int(time.time())
            keys = (tenant.key, tenant.key, mate, mate)
            answers = [await client.post(SEARCH, headers={"X-WHIPPY-KEY": key}) for key in keys]
            if int(time.time()) == second:
                break
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert_failure(answers[3], 429)
        assert 0 < int(answers[3].headers["x-ratelimit-remaining-interval-milliseconds"]) <= 1000
        assert answers[3].headers["retry-after"] == "1"


@pytest.mark.slow
async def test_the_database_stops_when_the_time_is_over(tenant: Tenant) -> None:
    async with tenant.database.pool.acquire() as session, session.transaction():
        await session.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        (found,) = assert_failure(await ask_search(tenant, {}, timeout=15_000), 504)
        assert 14.5 < time.monotonic() - began < 20
        assert "15000 ms" in found
    assert (await ask_search(tenant, {}, timeout=15_000)).status_code == 200
