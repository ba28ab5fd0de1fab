"""Who gets an answer on Skipcall, and how a refusal looks: {"statusCode", "message", "error", "code"}.

A key reaches the calls of its organization, a test key those of the sandbox; anything else is 404, never 403.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.skipcall.examples import full_call, uuid_of

from calldex.actions.issue_key import issue_key
from calldex.actions.revoke_key import revoke_key
from calldex.app import create_app
from calldex.settings import Settings

CALLS = "/skipcall/v1/calls"
ONE = f"{CALLS}/{uuid_of('call', 1)}"


def assert_failure(answer: httpx.Response, status: int, error: str, code: str) -> Any:
    body = answer.json()
    assert answer.status_code == status
    assert list(body) == ["statusCode", "message", "error", "code"]
    assert (body["statusCode"], body["error"], body["code"]) == (status, error, code)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    return body["message"]


@pytest.mark.parametrize("path", [CALLS, ONE])
async def test_owner_and_team_mate_see_it_and_a_stranger_does_not(app: Serving, tenant: Tenant, path: str) -> None:
    await tenant.take("skipcall", [full_call()])
    mate = (await issue_key(tenant.database, tenant.organization)).text
    assert await tenant.answer(path) == await tenant.answer(path, key=mate)
    stranger = await app.tenant()
    answer = await tenant.ask(path, key=stranger.key)
    if path == CALLS:
        assert answer.json() == {"data": [], "meta": {"page": 0, "limit": 20, "total": 0, "totalPages": 0}}
    else:
        assert_failure(answer, 404, "Not Found", "NOT_FOUND")


async def test_a_test_key_reaches_the_sandbox_and_nothing_else(tenant: Tenant) -> None:
    live, test = full_call(1), full_call(2)
    await tenant.take("skipcall", [live])
    await tenant.take("skipcall", [test], test=True)
    assert tenant.test_key.startswith("sk_test_")
    assert (await tenant.answer(f"{CALLS}/{test['id']}", key=tenant.test_key))["id"] == test["id"]
    assert_failure(await tenant.ask(f"{CALLS}/{test['id']}"), 404, "Not Found", "NOT_FOUND")
    assert_failure(await tenant.ask(ONE, key=tenant.test_key), 404, "Not Found", "NOT_FOUND")
    assert [call["id"] for call in (await tenant.answer(CALLS, key=tenant.test_key))["data"]] == [test["id"]]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer sk_live_nonsense"},
        {"X-WHIPPY-KEY": "sk_live_nonsense"},
    ],
    ids=str,
)
async def test_without_a_good_key_the_answer_is_401(app: Serving, headers: dict[str, str]) -> None:
    for path in (CALLS, ONE):
        answer = await app.client.get(path, headers=headers)
        message = assert_failure(answer, 401, "Unauthorized", "API_KEY_INVALID")
        assert isinstance(message, str)


async def test_a_revoked_key_is_unknown(tenant: Tenant) -> None:
    key = await issue_key(tenant.database, tenant.organization)
    await revoke_key(tenant.database, key.id)
    assert_failure(await tenant.ask(CALLS, key=key.text), 401, "Unauthorized", "API_KEY_INVALID")


async def test_a_bare_key_is_a_key(tenant: Tenant) -> None:
    answer = await tenant.client.get(CALLS, headers={"Authorization": tenant.key})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name", ["nope", "1", uuid_of("none"), "call_01h455vb4pex5vsknk084sn02q", "%00", "a%ff", "x" * 900]
)
async def test_an_id_that_is_none_of_ours_is_404(tenant: Tenant, name: str) -> None:
    assert_failure(await tenant.ask(f"{CALLS}/{name}"), 404, "Not Found", "NOT_FOUND")


async def test_a_call_is_found_by_every_form_of_its_id(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call()])
    typed = (await tenant.answer("/stuut/v1/calls"))["data"][0]["id"]
    assert typed.startswith("call_")
    given = uuid_of("call", 1)
    for name in (given, given.upper(), typed):
        assert (await tenant.answer(f"{CALLS}/{name}"))["id"] == given


async def test_a_parameter_that_get_does_not_know_is_refused(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call()])
    message = assert_failure(await tenant.ask(ONE, [("expand", "contact")]), 400, "Bad Request", "INVALID_REQUEST")
    assert isinstance(message, list)


async def test_other_paths_and_methods_have_the_same_shape(tenant: Tenant) -> None:
    assert_failure(await tenant.ask("/skipcall/v1/users"), 404, "Not Found", "NOT_FOUND")
    headers = {"Authorization": f"Bearer {tenant.key}"}
    answer = await tenant.client.post(CALLS, headers=headers, json={})
    assert_failure(answer, 405, "Method Not Allowed", "METHOD_NOT_ALLOWED")


async def test_the_limit_per_minute_is_told_and_held(app: Serving, tmp_path: Path) -> None:
    tenant, other = await app.tenant(), await app.tenant()
    settings = Settings(
        data=tmp_path, database_url=app.url, skipcall_requests_per_minute=3, limit_live_keys=True, log_level="error"
    )
    limited = create_app(settings, app.database)
    async with (
        limited.router.lifespan_context(limited),
        httpx.AsyncClient(transport=httpx.ASGITransport(limited), base_url="http://calldex.test") as client,
    ):
        answers: list[httpx.Response] = []
        while len({answer.headers["x-ratelimit-reset"] for answer in answers}) != 1:
            # A minute may end in between; then another key begins anew.
            key = (await issue_key(app.database, tenant.organization)).text
            answers = [
                await client.get(path, headers={"Authorization": f"Bearer {key}"})
                for path in (CALLS, f"{CALLS}/nope", f"{CALLS}?limit=0", CALLS)
            ]
        assert [answer.status_code for answer in answers] == [200, 404, 400, 429]
        assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["3"] * 4
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert 1 <= int(answers[3].headers["retry-after"]) <= 60
        assert_failure(answers[3], 429, "Too Many Requests", "RATE_LIMIT_EXCEEDED")
        second = await client.get(CALLS, headers={"Authorization": f"Bearer {other.key}"})
        assert second.status_code == 200
        nobody = await client.get(CALLS)
        assert (nobody.status_code, nobody.headers["x-ratelimit-limit"]) == (401, "3")
