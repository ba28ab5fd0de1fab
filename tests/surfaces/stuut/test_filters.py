"""Every filter of both versions, alone and combined, against a reading of the same calls in plain Python: the same
calls in the same order, the same total; walking the pages neither repeats a call nor skips one.

Many calls share their instant. Among those the larger UUID comes first, which for typed ids is the larger id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.stuut.examples import instant_text, uuid7

from calldex.core.ids import typed_id

V1_WORDS = [
    "payment_inquiry",
    "payment_promise",
    "account_inquiry",
    "invoice_inquiry",
    "refund_request",
    "cancellation_request",
    "support_request",
    "complaint",
    "feedback",
    "wrong_contact",
    "message_forwarding_request",
    "cc_inclusion_request",
    "not_available",
    "contact_inquiry",
    "other",
]
V2_WORDS = [*V1_WORDS[:-1], "dispute", "resolution", "delivery_failure", "payment_processing_request", "other"]
SENTIMENTS = ["positive", "negative", "neutral", "unknown"]
START = datetime(2026, 4, 1, 8, tzinfo=UTC)
MOMENTS = [START + timedelta(minutes=7 * number, microseconds=number % 4) for number in range(40)]
PARTNERS = [typed_id("ptn", uuid7(START, number)) for number in range(6)] + ["ptn_abc123"]
INVOICES = [typed_id("inv", uuid7(START, number)) for number in range(9)] + ["inv_abc123"]
WORKFLOWS = [typed_id("otwfl", uuid7(START, number)) for number in range(3)] + ["otwfl_abc123"]
UNIT_OF = {partner: f"bu_{place % 3}" if place < 5 else None for place, partner in enumerate(PARTNERS)}

Query = dict[str, Any]
SETTINGS = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@dataclass
class Expected:
    """A call as this test understands it."""

    id: str
    uuid: UUID
    occurred_at: datetime
    direction: str | None
    sentiment: str | None
    words: set[str]
    partner: str | None
    invoices: set[str]
    workflow: str | None


@dataclass
class Filled:
    """An organization with calls, and what its lists must hold, in order."""

    tenant: Tenant
    calls: list[Expected]


def _sometimes(random: Random, values: Sequence[Any], share: float = 0.7) -> Any:
    return random.choice(values) if random.random() < share else None


def _made(random: Random, number: int) -> tuple[str, dict[str, Any], Expected]:
    started, created = _sometimes(random, MOMENTS), random.choice(MOMENTS)
    uuid = uuid7(random.choice(MOMENTS), random.getrandbits(62))
    words = random.sample(V2_WORDS, random.randrange(4))
    partner, workflow = _sometimes(random, PARTNERS), _sometimes(random, WORKFLOWS, 0.5)
    expected = Expected(
        typed_id("call", uuid) if number % 3 else str(uuid),
        uuid,
        started or created,
        random.choice(["inbound", "outbound"]),
        _sometimes(random, SENTIMENTS),
        set(words),
        partner,
        set(random.sample(INVOICES, random.randrange(3))),
        workflow,
    )
    call: dict[str, Any] = {
        "id": expected.id,
        "created_at": instant_text(created, number),
        "start_time": started and instant_text(started, number),
        "direction": expected.direction,
        "sentiment": expected.sentiment,
        "to_number": "+12025550100",
        "classifications": [{"classification": word} for word in [*words, *words[:1]]],
        "invoices": [{"id": invoice} for invoice in sorted(expected.invoices)],
        "workflow": workflow and {"id": workflow},
    }
    if number % 2:
        call["partner_id"] = partner
        if number % 4 == 1:
            call["partner"] = partner and {"id": partner}
        return "stuut-v1", call, expected
    call["partner"] = partner and {"id": partner, "business_unit_id": UNIT_OF[partner]}
    if number % 10 == 0:
        # As the v2 page prints it: a call without its direction is outbound when a workflow ran it.
        del call["direction"]
        call["workflow_run"] = {"id": f"wfr_{number}"} if number % 20 else None
        expected.direction = "outbound" if number % 20 else None
    return "stuut-v2", call, expected


def _deleted(call_id: str) -> dict[str, Any]:
    moment = "2026-06-01T00:00:00.000Z"
    return {"id": call_id, "updatedAt": moment, "deletedAt": moment}


@pytest.fixture(scope="module")
async def filled(app: Serving) -> Filled:
    random = Random(20261121)  # noqa: S311 - the same calls in every run
    tenant, stranger = await app.tenant(), await app.tenant()
    made = [_made(random, number) for number in range(360)]
    for form in ("stuut-v1", "stuut-v2"):
        outcomes = await tenant.take(form, [call for name, call, _ in made if name == form])
        assert set(outcomes) == {"created"}
    await stranger.take("stuut-v1", [call | {"id": f"call_x{place}"} for place, (_, call, _) in enumerate(made[1::2])])
    calls = sorted((expected for *_, expected in made), key=lambda call: (call.occurred_at, call.uuid), reverse=True)
    deleted = {call.id for call in [call for call in calls if call.id == str(call.uuid)][::9]}
    assert len(deleted) > 5
    assert set(await tenant.take("skipcall", map(_deleted, deleted))) == {"updated"}
    return Filled(tenant, [call for call in calls if call.id not in deleted])


def _several(words: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=4)


def _query(limits: int, **filters: st.SearchStrategy[Any]) -> st.SearchStrategy[Query]:
    window = {"page": st.integers(0, 12), "limit": st.integers(1, limits) | st.integers(3, 40)}
    return st.fixed_dictionaries({}, optional=window | filters)


V1_QUERIES = _query(
    200,
    classification=_several(V1_WORDS),
    direction=st.sampled_from(["inbound", "outbound"]),
    invoice=st.sampled_from([*INVOICES, "inv_unknown"]),
    partner=st.sampled_from([*PARTNERS, "ptn_unknown"]),
    sentiment=_several(SENTIMENTS),
    workflow=st.sampled_from(WORKFLOWS),
)
V2_QUERIES = _query(
    500,
    classification=_several(V2_WORDS),
    direction=st.sampled_from(["inbound", "outbound"]),
    invoice_id=st.sampled_from(INVOICES),
    partner_id=st.sampled_from(PARTNERS),
    sentiment=_several(SENTIMENTS),
    workflow_id=st.sampled_from([*WORKFLOWS, "otwfl_unknown"]),
    business_unit_id__in=_several(["bu_0", "bu_1", "bu_2", "bu_unknown"]),
    before=st.sampled_from(MOMENTS) | st.sampled_from(MOMENTS).map(lambda moment: moment + timedelta(microseconds=1)),
    after=st.sampled_from(MOMENTS) | st.sampled_from(MOMENTS).map(lambda moment: moment - timedelta(microseconds=1)),
)


def _matches(call: Expected, query: Query) -> bool:
    unit = UNIT_OF[call.partner] if call.partner else None
    checks: dict[str, Callable[[Any], bool]] = {
        "classification": lambda words: bool(call.words & set(words)),
        "direction": lambda word: call.direction == word,
        "sentiment": lambda words: call.sentiment in words,
        "business_unit_id__in": lambda units: unit in units,
        "before": lambda moment: call.occurred_at < moment,
        "after": lambda moment: call.occurred_at >= moment,
    }
    for name, wanted in query.items():
        bare = name.removesuffix("_id")
        if name in checks:
            if not checks[name](wanted):
                return False
        elif (bare == "invoice" and wanted not in call.invoices) or (
            bare in ("partner", "workflow") and getattr(call, bare) != wanted
        ):
            return False
    return True


def _pairs(query: Query, *, brackets: bool) -> list[tuple[str, str]]:
    pairs = []
    for name, value in query.items():
        if isinstance(value, list):
            pairs += [(f"{name}[]" if brackets else name, word) for word in value]
        else:
            pairs.append((name, instant_text(value, 1) if isinstance(value, datetime) else str(value)))
    return pairs


async def _compare(filled: Filled, path: str, query: Query, default_limit: int, *, brackets: bool) -> None:
    wanted = [call.id for call in filled.calls if _matches(call, query)]
    page, limit = query.get("page", 0), query.get("limit", default_limit)
    answer = await filled.tenant.answer(path, _pairs(query, brackets=brackets))
    assert [call["id"] for call in answer["data"]] == wanted[page * limit : (page + 1) * limit]
    assert answer["total_records"] == len(wanted)
    assert answer["current_page"] == page
    assert answer["next_page"] == (page + 1 if (page + 1) * limit < len(wanted) else None)
    if len(wanted) > 8 * limit:
        return
    walked: list[str] = []
    next_page: int | None = 0
    while next_page is not None:
        answer = await filled.tenant.answer(path, _pairs(query | {"page": next_page}, brackets=brackets))
        walked += [call["id"] for call in answer["data"]]
        next_page = answer["next_page"]
    assert walked == wanted


@SETTINGS
@given(query=V1_QUERIES, brackets=st.booleans())
async def test_v1_filters_and_pages_as_plain_python_does(filled: Filled, query: Query, brackets: bool) -> None:
    await _compare(filled, "/stuut/v1/calls", query, 50, brackets=brackets)


@SETTINGS
@given(query=V2_QUERIES, brackets=st.booleans())
async def test_v2_filters_and_pages_as_plain_python_does(filled: Filled, query: Query, brackets: bool) -> None:
    await _compare(filled, "/stuut/v2/calls", query, 100, brackets=brackets)


@pytest.mark.parametrize("path", ["/stuut/v1/calls", "/stuut/v2/calls"])
async def test_each_filter_alone(filled: Filled, path: str) -> None:
    end = "" if "v1" in path else "_id"
    alone: list[Query] = [{"direction": word} for word in ("inbound", "outbound")]
    alone += [{"sentiment": [word]} for word in SENTIMENTS]
    alone += [{"classification": [word]} for word in (V1_WORDS if "v1" in path else V2_WORDS)]
    for name, values in (("partner", PARTNERS), ("invoice", INVOICES), ("workflow", WORKFLOWS)):
        alone += [{name + end: value} for value in values]
    if end:
        alone += [{"business_unit_id__in": [unit]} for unit in ("bu_0", "bu_1", "bu_2")]
        alone += [{name: MOMENTS[20]} for name in ("before", "after")]
    for query in alone:
        assert any(_matches(call, query) for call in filled.calls)
        assert not all(_matches(call, query) for call in filled.calls)
        await _compare(filled, path, query | {"limit": 100}, 100, brackets=False)


async def test_the_window_of_v2_is_half_open(filled: Filled) -> None:
    moment = next(call.occurred_at for call in filled.calls if call.occurred_at.microsecond == 3)
    at = [call.id for call in filled.calls if call.occurred_at == moment]
    window = [("after", instant_text(moment)), ("before", instant_text(moment + timedelta(microseconds=1)))]
    answer = await filled.tenant.answer("/stuut/v2/calls", window)
    assert [call["id"] for call in answer["data"]] == at
    window = [("after", instant_text(moment)), ("before", instant_text(moment))]
    assert (await filled.tenant.answer("/stuut/v2/calls", window))["total_records"] == 0


@pytest.mark.parametrize("path", ["/stuut/v1/calls", "/stuut/v2/calls"])
async def test_a_call_is_found_by_its_own_id_its_typed_id_and_its_uuid(filled: Filled, path: str) -> None:
    for call in filled.calls[:6]:
        for spelling in (call.id, typed_id("call", call.uuid), str(call.uuid), str(call.uuid).upper()):
            assert (await filled.tenant.answer(f"{path}/{spelling}"))["id"] == call.id


@pytest.mark.parametrize("path", ["/stuut/v1/calls", "/stuut/v2/calls"])
async def test_a_deleted_call_is_gone(tenant: Tenant, path: str) -> None:
    uuid = uuid7(START, 1)
    call = {"id": str(uuid), "created_at": instant_text(START), "direction": "inbound", "to_number": "1"}
    await tenant.take("stuut-v1", [call])
    assert (await tenant.ask(f"{path}/{uuid}")).status_code == 200
    await tenant.take("skipcall", [_deleted(str(uuid))])
    assert (await tenant.ask(f"{path}/{uuid}")).status_code == 404
    assert (await tenant.answer(path))["total_records"] == 0
