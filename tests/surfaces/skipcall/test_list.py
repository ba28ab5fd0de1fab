"""GET /v1/calls (inferred): each filter, alone and combined, answers what a plain reading of the same calls gives: the
same calls, newest first, the exact total; pages neither repeat nor skip. Deleted calls are in no list.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.skipcall.examples import full_call, uuid_of

CALLS = "/skipcall/v1/calls"
START = datetime(2026, 2, 27, tzinfo=UTC)
STATUSES = ("queued", "ringing", "in-progress", "completed", "completed", "busy", "no-answer", "odd")

Asked = dict[str, str]
Reading = Callable[[dict[str, Any], str], bool]


def text_of(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def made_calls(count: int) -> list[dict[str, Any]]:
    chance = random.Random(7)  # noqa: S311 - the same calls every time
    calls = []
    for number in range(count):
        created = START + timedelta(hours=chance.randrange(96), minutes=30 * chance.randrange(2))
        started = None if chance.random() < 0.2 else created + timedelta(seconds=chance.randrange(3))
        calls.append(
            full_call(
                number,
                callType=chance.choice(("CALL_SESSION", "DIRECT_CALL")),
                status=chance.choice(STATUSES),
                type=chance.choice(("inbound", "outbound")),
                createdAt=text_of(created),
                startedAt=text_of(started) if started else None,
                endedAt=None,
                sequenceId=chance.choice((None, uuid_of("seq", 1), uuid_of("seq", 2))),
                organizationMembershipId=chance.choice((None, uuid_of("member", 1), uuid_of("member", 2))),
                contact={
                    "id": uuid_of("person", chance.randrange(3)),
                    "firstName": "A",
                    "lastName": "B",
                    "isUnknown": False,
                },
                deletedAt=chance.choice((None, None, None, "2026-03-03T00:00:00.000Z")),
            )
        )
    return calls


def occurred(call: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(call["startedAt"] or call["createdAt"])


def before(call: dict[str, Any], value: str) -> bool:
    end = datetime.fromisoformat(value)
    return occurred(call) - timedelta(days=1) < end.replace(tzinfo=UTC) if len(value) == 10 else occurred(call) < end


def since(call: dict[str, Any], value: str) -> bool:
    start = datetime.fromisoformat(value)
    return occurred(call) >= (start.replace(tzinfo=UTC) if len(value) == 10 else start)


def of_group(call: dict[str, Any], word: str) -> bool:
    group = {"sequence": "CALL_SESSION", "direct": "DIRECT_CALL"}.get(word, word)
    return word == "all" or group in (call["callType"], call["type"])


READINGS: dict[str, tuple[Reading, tuple[str, ...]]] = {
    "callType": (of_group, ("CALL_SESSION", "DIRECT_CALL", "all", "sequence", "direct", "inbound", "outbound")),
    "type": (lambda call, word: call["type"] == word, ("inbound", "outbound")),
    "status": (lambda call, word: call["status"] == word, ("queued", "in-progress", "completed", "busy", "failed")),
    "startDate": (since, ("2026-02-28", "2026-03-01T10:30:00Z", "2026-03-01T12:30:00+02:00")),
    "endDate": (before, ("2026-02-28", "2026-03-01T10:30:00Z", "2026-02-27", "9999-12-31")),
    "sequenceId": (lambda call, value: call["sequenceId"] == value, (uuid_of("seq", 1), uuid_of("seq", 3))),
    "userMembershipId": (lambda call, value: call["organizationMembershipId"] == value, (uuid_of("member", 2),)),
    "contactId": (lambda call, value: call["contact"]["id"] == value, (uuid_of("person", 1),)),
}


def expected(calls: list[dict[str, Any]], asked: Asked) -> list[str]:
    found = [
        call
        for call in calls
        if call["deletedAt"] is None and all(READINGS[name][0](call, value) for name, value in asked.items())
    ]
    return [call["id"] for call in sorted(found, key=occurred, reverse=True)]


@pytest.fixture(scope="module")
async def full(app: Serving) -> tuple[Tenant, list[dict[str, Any]]]:
    """An organization with calls of which no two happened at the same moment, and the calls."""
    tenant = await app.tenant()
    by_moment = {occurred(call): call for call in made_calls(150)}
    calls = list(by_moment.values())
    assert await tenant.take("skipcall", calls) == ["created"] * len(calls)
    return tenant, calls


QUERIES = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, (_, values) in READINGS.items()})
SETTINGS = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


async def assert_page(full: tuple[Tenant, list[dict[str, Any]]], asked: Asked, page: int, limit: int) -> int:
    """Hold one page against a plain reading; how many calls the list has."""
    tenant, calls = full
    wanted = expected(calls, asked)
    answer = await tenant.answer(CALLS, [*asked.items(), ("limit", str(limit)), ("page", str(page))])
    assert [call["id"] for call in answer["data"]] == wanted[page * limit : (page + 1) * limit], asked
    pages = -(-len(wanted) // limit)
    assert answer["meta"] == {"page": page, "limit": limit, "total": len(wanted), "totalPages": pages}, asked
    return len(wanted)


async def test_each_filter_alone(full: tuple[Tenant, list[dict[str, Any]]]) -> None:
    alone = [{name: value} for name, (_, values) in READINGS.items() for value in values]
    found = [await assert_page(full, asked, 0, 100) for asked in [{}, *alone]]
    assert sum(map(bool, found)) > 20


@SETTINGS
@given(asked=QUERIES, page=st.integers(0, 6), limit=st.integers(1, 40))
async def test_filters_combined_as_plain_python_does(
    full: tuple[Tenant, list[dict[str, Any]]], asked: Asked, page: int, limit: int
) -> None:
    await assert_page(full, asked, page, limit)


async def test_pages_neither_repeat_nor_skip(full: tuple[Tenant, list[dict[str, Any]]]) -> None:
    tenant, calls = full
    wanted = expected(calls, {"type": "inbound"})
    seen = []
    for page in range(100):
        answer = await tenant.answer(CALLS, [("type", "inbound"), ("limit", "7"), ("page", str(page))])
        assert answer["meta"]["total"] == len(wanted)
        seen += [call["id"] for call in answer["data"]]
        if not answer["data"]:
            assert page == answer["meta"]["totalPages"]
            break
    assert seen == wanted


async def test_calls_of_one_moment_have_a_stable_order(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call(number) for number in range(30)])
    first = [call["id"] for call in (await tenant.answer(CALLS, [("limit", "100")]))["data"]]
    paged = []
    for page in range(3):
        answer = await tenant.answer(CALLS, [("limit", "10"), ("page", str(page))])
        paged += [call["id"] for call in answer["data"]]
    assert len(set(first)) == 30
    assert paged == first


async def test_a_page_far_beyond_the_end_is_empty(full: tuple[Tenant, list[dict[str, Any]]]) -> None:
    tenant, calls = full
    for page in (10_000, 10**30):
        answer = await tenant.answer(CALLS, [("page", str(page))])
        assert (answer["data"], answer["meta"]["total"]) == ([], len(expected(calls, {})))


async def test_the_default_page_has_twenty(full: tuple[Tenant, list[dict[str, Any]]]) -> None:
    tenant, calls = full
    answer = await tenant.answer(CALLS)
    assert [call["id"] for call in answer["data"]] == expected(calls, {})[:20]


@pytest.mark.parametrize(("value", "some"), [("", True), (",", True), (uuid_of("work"), False), ("a,b", False)])
async def test_workspaces_outside_the_scope_are_ignored_and_then_nothing_is_left(
    full: tuple[Tenant, list[dict[str, Any]]], value: str, some: bool
) -> None:
    answer = await full[0].answer(CALLS, [("workspaceIds", value)])
    assert bool(answer["data"]) is some
    assert bool(answer["meta"]["total"]) is some


async def test_a_deleted_call_answers_by_id_and_stands_in_no_list(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call(deletedAt="2026-02-20T09:30:00.000Z")])
    assert (await tenant.answer(CALLS))["meta"]["total"] == 0
    assert (await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}"))["deletedAt"] == "2026-02-20T09:30:00.000Z"


REFUSED = [
    ("limit", "0", "greater than or equal to 1"),
    ("limit", "101", "less than or equal to 100"),
    ("limit", "1.5", "a whole number is expected"),
    ("page", "-1", "greater than or equal to 0"),
    ("page", "x", 'a whole number is expected, and "x" was given'),
    ("callType", "SESSION", '"SESSION" is not one of CALL_SESSION'),
    ("type", "Inbound", 'Did you mean "inbound"?'),
    ("status", "complete", 'Did you mean "completed"?'),
    ("startDate", "2026-02-30", "there is no such day"),
    ("startDate", "2026-02-27T10:00:00", "it has no time zone"),
    ("endDate", "soon", "a day such as 2026-03-12 or a time with a zone is expected"),
    ("contactID", "x", 'Did you mean "contactId"?'),
    ("contactId", "", "at least 1 character"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED)
async def test_what_is_not_allowed_is_refused(tenant: Tenant, name: str, value: str, sentence: str) -> None:
    answer = await tenant.ask(CALLS, [(name, value)])
    assert answer.status_code == 400
    (message,) = answer.json()["message"]
    assert name in message
    assert sentence in message


async def test_every_mistake_is_named_at_once(tenant: Tenant) -> None:
    answer = await tenant.ask(CALLS, [("limit", "0"), ("satus", "x"), ("page", "1"), ("page", "2")])
    assert len(answer.json()["message"]) == 3
