"""What a bad request gets: 422 with ``{"detail": [{"loc", "msg", "type"}]}`` that names the parameter, what was given
and what is allowed; 401 and 404 with ``{"detail": "..."}``. Nothing of another organization is confirmed or denied.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.stuut.examples import full_v1_call

from calldex.actions.issue_key import issue_key
from calldex.actions.revoke_key import revoke_key
from calldex.core.keys import make_key

LISTS = ("/stuut/v1/calls", "/stuut/v2/calls")
ROUTES = (*LISTS, "/stuut/v1/calls/call_1", "/stuut/v2/calls/call_1")
CALL: dict[str, Any] = {
    "id": "call_1",
    "created_at": "2026-01-01T00:00:00Z",
    "direction": "inbound",
    "to_number": "+12025550100",
    "partner_id": "ptn_1",
    "invoices": [{"id": "inv_1"}],
    "workflow": {"id": "otwfl_1"},
}


def problems(answer: httpx.Response) -> list[dict[str, Any]]:
    """The problems of a refusal, once its shape is the right one."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["detail"]
    assert body["detail"]
    for problem in body["detail"]:
        assert list(problem) == ["loc", "msg", "type"]
        assert all(isinstance(part, str | int) for part in problem["loc"])
        assert problem["msg"].endswith((".", "?"))
        assert problem["type"]
    return list(body["detail"])


def failure(answer: httpx.Response, status: int) -> str:
    """The sentence of any other failure."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["detail"]
    assert isinstance(body["detail"], str)
    return str(body["detail"])


BOTH = [
    ("page=-1", "page", "greater_than_equal", ["-1"]),
    ("page=one", "page", "value_error", ["whole number", '"one"']),
    ("page=1.5", "page", "value_error", ["whole number", '"1.5"']),
    ("page=", "page", "value_error", ["whole number", '""']),
    ("page=1e3", "page", "value_error", ["1e3"]),
    ("page=0x10", "page", "value_error", ["0x10"]),
    ("page=NaN", "page", "value_error", ["NaN"]),
    ("page=%D9%A1", "page", "value_error", ["whole number"]),
    ("page=" + "9" * 5000, "page", "value_error", ["whole number"]),
    ("page=1&page=2", "page", "repeated", ["more than once"]),
    ("limit=0", "limit", "greater_than_equal", ["0"]),
    ("limit=501", "limit", "less_than_equal", ["501"]),
    ("limit=-5", "limit", "greater_than_equal", ["-5"]),
    ("limit=" + "9" * 300, "limit", "less_than_equal", ["9999"]),
    ("limit[]=5", "limit[]", "unknown_parameter", ['"limit"']),
    ("direction=outbond", "direction", "literal_error", ["outbond", "inbound, outbound", 'Did you mean "outbound"?']),
    ("direction=", "direction", "literal_error", ["inbound, outbound"]),
    ("direction=INBOUND", "direction", "literal_error", ['Did you mean "inbound"?']),
    ("direction=inbound&direction=outbound", "direction", "repeated", ["more than once"]),
    ("sentiment=postive", "sentiment", "literal_error", ["positive, negative, neutral, unknown", '"positive"?']),
    ("sentiment[]=positive&sentiment[]=", "sentiment", "literal_error", ["positive"]),
    ("classification=complain", "classification", "literal_error", ["payment_inquiry", 'Did you mean "complaint"?']),
    ("sentimnt=positive", "sentimnt", "unknown_parameter", ['Did you mean "sentiment"?', "Known are", "page"]),
    ("Limit=5", "Limit", "unknown_parameter", ['Did you mean "limit"?']),
    ("=5", "", "unknown_parameter", ["Known are"]),
    ("partner%00=1", "partner\ufffd", "invalid_text", ["NUL"]),
    ("direction=%00", "direction", "invalid_text", ["NUL"]),
    ("direction=%ff", "direction", "invalid_text", ["UTF-8"]),
    ("sentiment=%ed%a0%80", "sentiment", "invalid_text", ["UTF-8"]),
]
ONLY_V1 = [
    ("limit=201", "limit", "less_than_equal", ["200", "201"]),
    ("partner=", "partner", "string_too_short", ['""']),
    ("invoice=", "invoice", "string_too_short", ['""']),
    ("workflow=", "workflow", "string_too_short", ['""']),
    ("partner=%00", "partner", "invalid_text", ["NUL"]),
    ("classification=dispute", "classification", "literal_error", ["dispute", "payment_inquiry"]),
    ("partner_id=ptn_1", "partner_id", "unknown_parameter", ['Did you mean "partner"?']),
    ("before=2026-01-01T00:00:00Z", "before", "unknown_parameter", ["Known are"]),
]
ONLY_V2 = [
    ("partner=ptn_1", "partner", "unknown_parameter", ['Did you mean "partner_id"?']),
    ("business_unit_id=bu_1", "business_unit_id", "unknown_parameter", ['"business_unit_id__in"']),
    ("business_unit_id__in=", "business_unit_id__in", "string_too_short", ['""']),
    ("partner_id=%c3%28", "partner_id", "invalid_text", ["UTF-8"]),
    ("before=2026-01-01T00:00:00", "before", "value_error", ["no time zone", "2026-01-01T00:00:00"]),
    ("after=2026-01-01", "after", "value_error", ["ISO 8601"]),
    ("after=yesterday", "after", "value_error", ["ISO 8601", "yesterday"]),
    ("after=", "after", "value_error", ["ISO 8601"]),
    ("after=2026-02-30T00:00:00Z", "after", "value_error", ["no such day"]),
    ("after=99999-01-01T00:00:00Z", "after", "value_error", ["ISO 8601"]),
    ("after=0001-01-01T00:00:00%2B02:00", "after", "value_error", ["no such day"]),
    ("after=1767225600", "after", "value_error", ["ISO 8601"]),
    ("before=2026-01-01T00:00:00Z&before=2026-01-02T00:00:00Z", "before", "repeated", ["more than once"]),
]
REFUSALS = [
    *((path, *row) for path in LISTS for row in BOTH),
    *((LISTS[0], *row) for row in ONLY_V1),
    *((LISTS[1], *row) for row in ONLY_V2),
]


@pytest.mark.parametrize(
    ("path", "query", "name", "kind", "words"), REFUSALS, ids=[row[0][7:9] + row[1][:40] for row in REFUSALS]
)
async def test_a_mistake_is_named(
    tenant: Tenant, path: str, query: str, name: str, kind: str, words: list[str]
) -> None:
    found = problems(await tenant.ask(f"{path}?{query}"))
    assert len(found) == 1
    (problem,) = found
    assert problem["loc"][:2] == ["query", name]
    assert problem["type"] == kind
    for word in words:
        assert word in problem["msg"]
    assert len(problem["msg"]) < 700


async def test_every_mistake_is_named_at_once(tenant: Tenant) -> None:
    found = problems(await tenant.ask("/stuut/v2/calls?page=-1&limit=9999&direction=up&colour=red&after=now"))
    assert {problem["loc"][1] for problem in found} == {"page", "limit", "direction", "colour", "after"}


@pytest.mark.parametrize("path", LISTS)
async def test_one_wrong_value_of_several_is_named(tenant: Tenant, path: str) -> None:
    (problem,) = problems(await tenant.ask(f"{path}?sentiment[]=positive&sentiment[]=angry&sentiment=neutral"))
    assert problem["loc"][:2] == ["query", "sentiment"]
    assert '"angry"' in problem["msg"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("page", ["7", "100000", "9" * 19, "9" * 200])
async def test_a_page_beyond_the_end_is_empty(tenant: Tenant, path: str, page: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    answer = await tenant.answer(path, [("page", page)])
    assert answer == {"data": [], "current_page": int(page), "total_records": 1, "next_page": None}


@pytest.mark.parametrize("path", LISTS)
async def test_an_organization_without_calls_has_an_empty_page(tenant: Tenant, path: str) -> None:
    assert await tenant.answer(path) == {"data": [], "current_page": 0, "total_records": 0, "next_page": None}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("name", ["ptn_1' OR '1'='1", "%", "ptn_%", "\\", "\u00e9\U0001f600", "x" * 5000, "null", "[]"])
async def test_an_id_that_nothing_has_gives_an_empty_page(tenant: Tenant, path: str, name: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    end = "" if "v1" in path else "_id"
    for kind in ("partner", "invoice", "workflow"):
        assert (await tenant.answer(path, [(kind + end, name)]))["total_records"] == 0


@pytest.mark.parametrize("path", LISTS)
async def test_both_spellings_of_arrays_may_be_mixed(tenant: Tenant, path: str) -> None:
    await tenant.take("stuut-v1", [CALL | {"sentiment": "neutral"}, CALL | {"id": "call_2", "sentiment": "positive"}])
    for query in ("sentiment=neutral&sentiment=positive", "sentiment[]=neutral&sentiment=positive"):
        assert (await tenant.answer(f"{path}?{query}"))["total_records"] == 2
    for query in ("sentiment%5B%5D=neutral", "sentiment[]=neutral&sentiment[]=neutral", "&&sentiment=neutral&"):
        assert (await tenant.answer(f"{path}?{query}"))["total_records"] == 1


async def test_a_plus_in_an_offset_may_arrive_as_a_blank(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [CALL])
    for after, total in (("2026-01-01T01:00:00+01:00", 1), ("2026-01-01T01:00:00.000001+01:00", 0)):
        assert (await tenant.answer(f"/stuut/v2/calls?after={after}"))["total_records"] == total
        assert (await tenant.answer("/stuut/v2/calls", [("after", after)]))["total_records"] == total


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "call_id",
    [
        "call_unknown",
        "0199c000-0000-7000-8000-000000000000",
        "%20",
        "a%2Fb",
        "call_1%20",
        "CALL_1",
        "%F0%9F%98%80",
        "'",
    ],
)
async def test_an_unknown_call_is_not_found(tenant: Tenant, version: str, call_id: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    failure(await tenant.ask(f"/stuut/{version}/calls/{call_id}"), 404)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("call_id", ["%00", "call_1%00", "%ff", "%ed%a0%80", "x" * 5000])
async def test_an_impossible_id_is_not_found(tenant: Tenant, version: str, call_id: str) -> None:
    failure(await tenant.ask(f"/stuut/{version}/calls/{call_id}"), 404)


async def test_an_id_with_odd_characters_is_found(tenant: Tenant) -> None:
    ids = ["a b", "\u00e9\U0001f600", "100%", "it's", 'say "hi"', "a?b#c", "+1", "..."]
    await tenant.take("stuut-v1", [CALL | {"id": name} for name in ids])
    for name in ids:
        assert (await tenant.answer(f"/stuut/v1/calls/{quote(name, safe='')}"))["id"] == name


@pytest.mark.parametrize("path", ROUTES[2:])
async def test_one_call_takes_no_parameters(tenant: Tenant, path: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    (problem,) = problems(await tenant.ask(f"{path}?expand=all"))
    assert problem["loc"] == ["query", "expand"]


@pytest.mark.parametrize("path", ROUTES)
async def test_other_methods_are_refused(tenant: Tenant, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await tenant.client.request(method, path, headers={"Authorization": f"Bearer {tenant.key}"})
        assert "Allowed: GET" in failure(answer, 405)


async def test_a_path_that_is_not_served_is_answered_in_the_same_shape(tenant: Tenant) -> None:
    for path in ("/stuut/v1/cals", "/stuut/v3/calls", "/stuut/v1/calls/", "/stuut/v1/calls/a/b"):
        failure(await tenant.ask(path), 404)


def keys_that_do_not_work(tenant: Tenant) -> dict[str, dict[str, str]]:
    changed = tenant.key[:-1] + ("a" if tenant.key[-1] != "a" else "b")
    return {
        "none": {},
        "empty": {"Authorization": ""},
        "scheme only": {"Authorization": "Bearer"},
        "no scheme": {"Authorization": tenant.key},
        "another scheme": {"Authorization": f"Basic {tenant.key}"},
        "whippy's header": {"X-WHIPPY-KEY": tenant.key},
        "wrong checksum": {"Authorization": f"Bearer {changed}"},
        "cut": {"Authorization": f"Bearer {tenant.key[:-1]}"},
        "never issued": {"Authorization": f"Bearer {make_key(test=False).text}"},
        "never issued, test": {"Authorization": f"Bearer {make_key(test=True).text}"},
        "test for live": {"Authorization": "Bearer " + tenant.key.replace("sk_live_", "sk_test_")},
        "two keys": {"Authorization": f"Bearer {tenant.key} {tenant.key}"},
        "odd characters": {"Authorization": "Bearer \u00e9\u00ff"},
        "long": {"Authorization": "Bearer " + "x" * 9000},
    }


@pytest.mark.parametrize("path", ROUTES)
async def test_without_a_good_key_there_is_nothing(tenant: Tenant, path: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    for name, headers in keys_that_do_not_work(tenant).items():
        encoded = {key: value.encode("latin-1") for key, value in headers.items()}
        answer = await tenant.client.get(f"{path}?page=nonsense", headers=encoded)  # type: ignore[arg-type]
        assert answer.status_code == 401, name
        assert failure(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ROUTES)
async def test_owner_and_team_mate_see_what_a_stranger_does_not(app: Serving, tenant: Tenant, path: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    stranger = await app.tenant()
    mate = await issue_key(tenant.database, tenant.organization, name="team mate")
    assert (await tenant.ask(path)).status_code == (await tenant.ask(path, key=mate.text)).status_code == 200
    for key in (stranger.key, stranger.test_key, tenant.test_key):
        answer = await tenant.ask(path, key=key)
        if path in LISTS:
            assert answer.json() == {"data": [], "current_page": 0, "total_records": 0, "next_page": None}
        else:
            unknown = await tenant.ask(path.replace("call_1", "call_9"), key=key)
            assert failure(answer, 404).replace("call_1", "call_9") == failure(unknown, 404)


async def test_a_strangers_calls_and_records_never_mix_with_ours(app: Serving, tenant: Tenant) -> None:
    stranger = await app.tenant()
    mine, theirs = full_v1_call(1), full_v1_call(1)
    theirs["summary"] = theirs["partner"]["name"] = theirs["invoices"][0]["partner"]["name"] = "theirs"
    theirs["partner"]["modified_at"] = theirs["invoices"][0]["partner"]["modified_at"] = "2027-01-01T00:00:00Z"
    await tenant.take("stuut-v1", [mine])
    await stranger.take("stuut-v1", [theirs])
    path = f"/stuut/v1/calls/{mine['id']}"
    assert "theirs" not in (await tenant.ask(path)).text
    assert (await stranger.answer(path))["partner"]["name"] == "theirs"
    for other in (tenant, stranger):
        assert (await other.answer("/stuut/v1/calls", [("partner", mine["partner_id"])]))["total_records"] == 1


async def test_a_test_key_sees_the_sandbox_only(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [CALL])
    await tenant.take("stuut-v1", [CALL | {"id": "call_test"}], test=True)
    for path in LISTS:
        assert [call["id"] for call in (await tenant.answer(path))["data"]] == ["call_1"]
        test_page = await tenant.answer(path, key=tenant.test_key)
        assert [call["id"] for call in test_page["data"]] == ["call_test"]
    failure(await tenant.ask("/stuut/v1/calls/call_test"), 404)
    failure(await tenant.ask("/stuut/v1/calls/call_1", key=tenant.test_key), 404)


@pytest.mark.parametrize("path", ROUTES)
async def test_a_revoked_key_stops_working(tenant: Tenant, path: str) -> None:
    await tenant.take("stuut-v1", [CALL])
    key = await issue_key(tenant.database, tenant.organization)
    await revoke_key(tenant.database, key.id)
    failure(await tenant.ask(path, key=key.text), 401)
