"""POST /v1/calls/search (seed) and GET /v1/calls (inferred): each of the 17 filters, alone and combined, answers what a
plain reading of the same calls gives: the same calls, newest first, the exact total. One value or an array of them,
null and the empty array are no filter; pages neither repeat nor skip.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.whippy.asking import CALLS, search
from tests.surfaces.whippy.examples import full_call, uuid_of

START = datetime(2026, 3, 12, tzinfo=UTC)
STATUSES = (
    "pending",
    "queued",
    "call_in_progress",
    "call_completed",
    "call_completed.agent_hangup",
    "call_completed.voicemail_reached",
    "call_failed.dial_busy",
    "call_completed_oddly",
)
NUMBERS = ("+12025550120", "+1 (202) 555-0161", "sip:desk@pbx.example", None)
SPELT = {"+12025550120": ("+12025550120", "1-202-555-0120"), "+1 (202) 555-0161": ("+12025550161", "0012025550161")}

Call = dict[str, Any]
Reading = Callable[[Call, list[Any]], bool]


def text_of(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def made_calls(count: int) -> list[Call]:
    chance = random.Random(11)  # noqa: S311 - the same calls every time
    moments = chance.sample(range(count * 4), count)
    return [
        full_call(
            number,
            delivery_status=chance.choice(STATUSES),
            direction=chance.choice(("INBOUND", "OUTBOUND", None)),
            mode=chance.choice(("ai", "manual", "AI", "Übung", None)),
            language=chance.choice(("en", "es", "EN", None)),
            caller=chance.choice(NUMBERS),
            to=chance.choice(NUMBERS),
            created_at=text_of(START + timedelta(minutes=moments[number])),
            conversation_id=uuid_of("conver", number % 5),
            contact_id=chance.choice((uuid_of("person", 1), uuid_of("person", 2), None)),
            channel_id=uuid_of("channl", chance.randrange(2)),
            metadata={
                "duration": chance.choice((0, 1000, 21350, 60000, None)),
                "agent_id": chance.choice((uuid_of("agent", 1), uuid_of("agent", 2), None)),
                "agent_version_id": uuid_of("avers", chance.randrange(3)),
                "analysis": chance.choice(
                    (
                        None,
                        {"call_completion_rating": "Complete", "in_voicemail": True},
                        {"call_completion_rating": "Partial", "in_voicemail": False},
                    )
                ),
            },
        )
        for number in range(count)
    ]


def folded(given: str | None, values: list[Any]) -> bool:
    return given is not None and given.lower() in {value.lower() for value in values}


def of_status(call: Call, values: list[str]) -> bool:
    word = call["delivery_status"]
    return any(word == value or ("." not in value and word.startswith(f"{value}.")) for value in values)


def to_voicemail(call: Call) -> bool:
    return bool((call["metadata"]["analysis"] or {}).get("in_voicemail")) or call["delivery_status"].endswith(
        ".voicemail_reached"
    )


def of_number(given: str | None, values: list[str]) -> bool:
    return given is not None and any(value == given or value in SPELT.get(given, ()) for value in values)


def created(call: Call) -> datetime:
    return datetime.fromisoformat(call["created_at"])


def lasting(call: Call, bound: int, sign: int) -> bool:
    duration = call["metadata"]["duration"]
    return duration is not None and (duration - bound) * sign >= 0


def moment(minutes: int) -> str:
    return text_of(START + timedelta(minutes=minutes))


READINGS: dict[str, tuple[Reading, tuple[Any, ...]]] = {
    "after": (lambda call, values: created(call) >= datetime.fromisoformat(values[0]), (moment(100), moment(300))),
    "before": (lambda call, values: created(call) <= datetime.fromisoformat(values[0]), (moment(400), moment(150))),
    "from": (lambda call, values: of_number(call["from"], values), ("1-202-555-0120", "sip:desk@pbx.example")),
    "to": (lambda call, values: of_number(call["to"], values), ("0012025550161", "+12025550120", "+12025550199")),
    "direction": (lambda call, values: folded(call["direction"], values), ("INBOUND", "outbound", "Outbound")),
    "delivery_status": (of_status, ("call_completed", "call_completed.agent_hangup", "pending", "call_fail%", "x")),
    "mode": (lambda call, values: folded(call["mode"], values), ("ai", "MANUAL", "robot", "Übung")),
    "language": (lambda call, values: folded(call["language"], values), ("en", "ES")),
    "call_completion_rating": (
        lambda call, values: folded((call["metadata"]["analysis"] or {}).get("call_completion_rating"), values),
        ("complete", "Partial", "Incomplete"),
    ),
    "voicemail": (lambda call, values: to_voicemail(call) is values[0], (True, False)),
    "min_duration": (lambda call, values: lasting(call, values[0], 1), (0, 1000, 10**25)),
    "max_duration": (lambda call, values: lasting(call, values[0], -1), (60000, 21350, 10**25)),
    "agent_id": (lambda call, values: call["metadata"]["agent_id"] in values, (uuid_of("agent", 1),)),
    "agent_version_id": (
        lambda call, values: call["metadata"]["agent_version_id"] in values,
        (uuid_of("avers", 0), uuid_of("avers", 1), uuid_of("avers", 9)),
    ),
    "contact_id": (lambda call, values: call["contact_id"] in values, (uuid_of("person", 1), uuid_of("person", 2))),
    "conversation_id": (
        lambda call, values: call["conversation_id"] in values,
        (uuid_of("conver", 3), uuid_of("conver", 4)),
    ),
    "channel_id": (lambda call, values: call["channel_id"] in values, (uuid_of("channl", 1),)),
}
SINGLE = ("after", "before", "voicemail", "min_duration", "max_duration")


def expected(calls: list[Call], asked: dict[str, Any]) -> list[str]:
    found = [
        call
        for call in calls
        if all(
            value in (None, []) or READINGS[name][0](call, value if isinstance(value, list) else [value])
            for name, value in asked.items()
        )
    ]
    return [call["id"] for call in sorted(found, key=created, reverse=True)]


def _asked(name: str) -> st.SearchStrategy[Any]:
    """One value of a filter, several where it takes several, or a null."""
    one = st.sampled_from(READINGS[name][1])
    return st.none() | (one if name in SINGLE else one | st.lists(one, max_size=3))


def _possible(asked: dict[str, Any]) -> bool:
    least, most = asked.get("min_duration"), asked.get("max_duration")
    return least is None or most is None or least <= most


BODIES = st.fixed_dictionaries({}, optional={name: _asked(name) for name in READINGS}).filter(_possible)
SETTINGS = settings(
    max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def alone() -> list[dict[str, Any]]:
    one = [{name: value} for name, (_, values) in READINGS.items() for value in values]
    none: list[dict[str, Any]] = [{name: None} for name in READINGS]
    none += [{name: []} for name in READINGS if name not in SINGLE]
    return [{}, *one, *none, *({name: list(READINGS[name][1])} for name in READINGS if name not in SINGLE)]


@pytest.fixture(scope="module")
async def full(app: Serving) -> tuple[Tenant, list[Call]]:
    """An organization with calls of which no two were created at the same moment, and the calls."""
    tenant = await app.tenant()
    calls = made_calls(160)
    assert await tenant.take("whippy", calls) == ["created"] * len(calls)
    return tenant, calls


async def test_each_filter_alone(full: tuple[Tenant, list[Call]]) -> None:
    tenant, calls = full
    found_some = 0
    for asked in alone():
        wanted = expected(calls, asked)
        answer = await search(tenant, asked, limit=500)
        assert [call["id"] for call in answer["data"]] == wanted, asked
        assert answer["total"] == len(wanted), asked
        found_some += 0 < len(wanted) < len(calls)
    assert found_some > 40


@SETTINGS
@given(asked=BODIES, limit=st.integers(1, 60), offset=st.integers(0, 170))
async def test_filters_combined_as_plain_python_does(
    full: tuple[Tenant, list[Call]], asked: dict[str, Any], limit: int, offset: int
) -> None:
    tenant, calls = full
    wanted = expected(calls, asked)
    answer = await search(tenant, asked, limit=limit, offset=offset)
    assert [call["id"] for call in answer["data"]] == wanted[offset : offset + limit]
    assert answer["total"] == len(wanted)


@SETTINGS
@given(asked=BODIES, brackets=st.booleans())
async def test_the_list_takes_the_same_filters_as_a_query(
    full: tuple[Tenant, list[Call]], asked: dict[str, Any], brackets: bool
) -> None:
    tenant, calls = full
    pairs = [("limit", "500")]
    for name, value in asked.items():
        ending = "[]" if brackets and name not in SINGLE else ""
        several = value if isinstance(value, list) else [value]
        pairs += [
            (name + ending, str(one).lower() if isinstance(one, bool) else str(one))
            for one in several
            if one is not None
        ]
    answer = await tenant.answer(CALLS, pairs)
    assert [call["id"] for call in answer["data"]] == expected(calls, asked)
    assert answer["total"] == len(expected(calls, asked))


async def test_the_window_includes_both_ends(full: tuple[Tenant, list[Call]]) -> None:
    tenant, calls = full
    moments = sorted(created(call) for call in calls)
    answer = await search(tenant, {"after": text_of(moments[3]), "before": text_of(moments[5])})
    assert answer["total"] == 3
    local = moments[3].astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    assert (await search(tenant, {"after": local, "before": local}))["total"] == 1


async def test_pages_neither_repeat_nor_skip(full: tuple[Tenant, list[Call]]) -> None:
    tenant, calls = full
    wanted = expected(calls, {"direction": "INBOUND"})
    seen: list[str] = []
    while True:
        answer = await search(tenant, {"direction": "INBOUND"}, limit=7, offset=len(seen))
        assert answer["total"] == len(wanted)
        if not answer["data"]:
            break
        seen += [call["id"] for call in answer["data"]]
    assert seen == wanted


async def test_the_default_limit_is_fifty_and_any_offset_can_be_asked_for(full: tuple[Tenant, list[Call]]) -> None:
    tenant, calls = full
    assert [call["id"] for call in (await search(tenant))["data"]] == expected(calls, {})[:50]
    for offset in (160, 10**30):
        assert await search(tenant, offset=offset) == {"data": [], "total": 160}


@pytest.mark.parametrize("body", [None, b"", b"null", b"{}", b" \n"], ids=repr)
async def test_without_a_body_there_is_no_filter(full: tuple[Tenant, list[Call]], body: bytes | None) -> None:
    assert (await search(full[0], body))["total"] == 160


async def test_deleted_calls_are_gone(tenant: Tenant) -> None:
    call = full_call()
    await tenant.take("whippy", [call])
    deleted = {"id": call["id"], "updatedAt": "2026-04-01T00:00:00Z", "deletedAt": "2026-04-01T00:00:00Z"}
    await tenant.take("skipcall", [deleted])
    assert await search(tenant) == {"data": [], "total": 0}
    assert (await tenant.ask(f"{CALLS}/{call['id']}")).status_code == 404
