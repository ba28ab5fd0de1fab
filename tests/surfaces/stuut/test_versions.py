"""Versions: what is newer wins key by key, an older copy never overwrites a newer one, a key that is absent removes
nothing and a null that is given does; for calls and for linked records at any depth. The two versions of the API
complete each other, and the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.stuut.examples import V1, documented, full_v1_call, full_v2_call

Body = dict[str, Any]


def at(version: int) -> str:
    return f"2026-05-01T00:00:{version:02d}Z"


async def both_answers(tenant: Tenant, call_id: str) -> tuple[Body, Body]:
    return await tenant.answer(f"/stuut/v1/calls/{call_id}"), await tenant.answer(f"/stuut/v2/calls/{call_id}")


def changed(body: Body) -> Body:
    """A copy in which every number, flag and text of the object's own says something else; ids and times stay."""
    return {key: value if key in ("id", "object") else _changed(value) for key, value in body.items()}


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"changed {value}" if isinstance(value, str) and not value.startswith("20") else value


async def test_an_older_copy_changes_nothing(tenant: Tenant) -> None:
    newer = full_v1_call(1) | {"modified_at": at(5)}
    older = full_v1_call(2) | {key: newer[key] for key in ("id", "partner", "partner_id", "approver", "approver_id")}
    older |= {"modified_at": at(4), "invoices": newer["invoices"], "workflow": None, "classifications": []}
    assert await tenant.take("stuut-v1", [newer]) == ["created"]
    assert await tenant.take("stuut-v1", [older]) == ["unchanged"]
    assert differences(newer, await tenant.answer(f"/stuut/v1/calls/{newer['id']}")) == []


async def test_a_newer_copy_replaces_an_older_one(tenant: Tenant) -> None:
    older, newer = full_v1_call(1) | {"modified_at": at(4)}, full_v1_call(2) | {"modified_at": at(5)}
    newer["id"] = older["id"]
    assert await tenant.take("stuut-v1", [older]) == ["created"]
    assert await tenant.take("stuut-v1", [newer]) == ["updated"]
    answered = await tenant.answer(f"/stuut/v1/calls/{newer['id']}")
    assert differences(newer, answered) == []


@pytest.mark.parametrize("form", ["stuut-v1", "stuut-v2"])
async def test_importing_twice_changes_nothing(tenant: Tenant, form: str) -> None:
    make = full_v1_call if form == "stuut-v1" else full_v2_call
    calls = [make(seed, unknown=True) for seed in (1, 2)]
    assert await tenant.take(form, calls) == ["created", "created"]
    assert await tenant.take(form, calls) == ["unchanged", "unchanged"]
    tenant.importing.clear()
    assert await tenant.take(form, calls) == ["unchanged", "unchanged"]
    assert await tenant.take(form, [*calls, *calls]) == ["unchanged"] * 4


async def test_the_same_call_twice_in_one_batch_is_created_once(tenant: Tenant) -> None:
    call = full_v1_call(1)
    assert await tenant.take("stuut-v1", [call, call]) == ["created", "unchanged"]
    assert (await tenant.answer("/stuut/v1/calls"))["total_records"] == 1


NESTED = {
    "approver": ("approver",),
    "assignee of a task": ("classifications", 0, "tasks", 1, "assignee"),
    "invoice": ("invoices", 1),
    "assignee of an invoice": ("invoices", 1, "assignee"),
    "author of an e-mail": ("invoices", 1, "emails", 0, "author"),
    "integration of an invoice": ("invoices", 1, "linked_integration"),
    "partner inside an invoice": ("invoices", 1, "partner"),
    "assignee of a partner inside an invoice": ("invoices", 1, "partner", "assignee"),
    "integration of a partner inside an invoice": ("invoices", 1, "partner", "linked_integration"),
    "workflow": ("workflow",),
}


def inside(call: Body, path: Sequence[str | int]) -> Body:
    found: Any = call
    for step in path:
        found = found[step]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("path", NESTED.values(), ids=NESTED.keys())
async def test_a_linked_record_has_its_own_version_at_every_depth(tenant: Tenant, path: tuple[str | int, ...]) -> None:
    call = full_v1_call(3) | {"modified_at": at(5)}
    inside(call, path)["modified_at"] = at(5)
    await tenant.take("stuut-v1", [call])

    older = deepcopy(call) | {"modified_at": at(6)}
    inside(older, path).update(changed(inside(older, path)) | {"modified_at": at(4)})
    await tenant.take("stuut-v1", [older])
    expected = deepcopy(call) | {"modified_at": at(6)}
    assert differences(expected, await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []

    newer = deepcopy(call) | {"modified_at": at(3)}
    inside(newer, path).update(changed(inside(newer, path)) | {"modified_at": at(7)})
    assert await tenant.take("stuut-v1", [newer]) == ["updated"]
    inside(expected, path).update(inside(newer, path))
    assert differences(expected, await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []


async def test_what_is_absent_removes_nothing_and_a_null_does(tenant: Tenant) -> None:
    call = full_v1_call(4) | {"modified_at": at(1)}
    await tenant.take("stuut-v1", [call])
    least = {key: call[key] for key in ("id", "direction", "to_number", "created_at")} | {"modified_at": at(2)}
    partner = {"id": call["partner"]["id"], "modified_at": at(2), "email": None, "contacts": []}
    await tenant.take("stuut-v1", [least | {"summary": None, "workflow": None, "partner": partner}])
    expected = deepcopy(call) | {"modified_at": at(2), "summary": None, "workflow": None}
    for there in (expected["partner"], expected["invoices"][0]["partner"]):
        there.update(modified_at=at(2), email=None, contacts=[])
    assert differences(expected, await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []


async def test_a_null_that_is_older_removes_nothing(tenant: Tenant) -> None:
    call = full_v1_call(4) | {"modified_at": at(3)}
    await tenant.take("stuut-v1", [call])
    nulls = dict.fromkeys(call) | {key: call[key] for key in ("id", "direction", "to_number", "created_at")}
    assert await tenant.take("stuut-v1", [nulls | {"modified_at": at(2)}]) == ["unchanged"]
    assert differences(call, await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []


@pytest.mark.parametrize("name", ["partner", "approver"])
async def test_a_record_that_is_gone_takes_its_id_with_it(tenant: Tenant, name: str) -> None:
    v1 = full_v1_call(5) | {"modified_at": at(1)}
    await tenant.take("stuut-v1", [v1])
    await tenant.take("stuut-v2", [{"id": v1["id"], "modified_at": at(2), name: None}])
    one, two = await both_answers(tenant, v1["id"])
    assert (one[name], one[f"{name}_id"], two[name]) == (None, None, None)


async def test_a_newer_partner_shows_through_all_its_calls_and_inside_their_invoices(tenant: Tenant) -> None:
    first = full_v1_call(6)
    partner = first["invoices"][0]["partner"]
    second = full_v1_call(7)
    second["partner"], second["partner_id"] = first["partner"], partner["id"]
    second["invoices"][1]["partner"] = partner
    await tenant.take("stuut-v1", [first, second])
    third = full_v1_call(8)
    newer = changed(partner) | {"modified_at": "2027-01-01T00:00:00Z", "name": "Renamed \u00e9"}
    third["invoices"][0]["partner"] = newer
    third["partner"] = {key: newer[key] for key in first["partner"]}
    await tenant.take("stuut-v1", [third])
    one, two = [await tenant.answer(f"/stuut/v1/calls/{call['id']}") for call in (first, second)]
    at_call = documented(V1, "Partner", newer)
    in_invoice = documented(V1, "Partner", newer, inside_invoice=True)
    for shown in (one["partner"], two["partner"]):
        assert differences(at_call, shown) == []
    for shown in (one["invoices"][0]["partner"], two["invoices"][1]["partner"]):
        assert differences(in_invoice, shown) == []
    assert (await tenant.answer(f"/stuut/v2/calls/{first['id']}"))["partner"]["name"] == "Renamed \u00e9"


@pytest.mark.parametrize("v1_first", [True, False])
async def test_two_versions_of_one_call_complete_each_other(tenant: Tenant, v1_first: bool) -> None:
    v1, v2 = twins(9)
    for form, call in (("stuut-v1", v1), ("stuut-v2", v2)) if v1_first else (("stuut-v2", v2), ("stuut-v1", v1)):
        await tenant.take(form, [call])
    one, two = await both_answers(tenant, v1["id"])
    assert differences(v1, one) == []
    assert differences(v2, two) == []
    assert await tenant.take("stuut-v1", [v1]) == ["unchanged"]
    assert await tenant.take("stuut-v2", [v2]) == ["unchanged"]


async def test_a_newer_value_replaces_one_that_only_looks_like_it(tenant: Tenant) -> None:
    pairs: list[tuple[Any, Any]] = [
        ({"a": 7}, {"a": "7"}),
        ({"a": "7"}, {"a": 7}),
        ([1, 0], [True, False]),
        ({"a": None}, {"a": False}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ("1.0", "1.00"),
        ("2026", "2026-01-01"),
        ([], {}),
        ("", None),
    ]
    for number, (older, newer) in enumerate(pairs):
        call = {"id": f"call_{number}", "created_at": at(0), "direction": "inbound", "to_number": "1"}
        for version, value in enumerate((older, newer)):
            partner = {"id": f"ptn_{number}", "modified_at": at(version), "custom_fields": value}
            outcome = await tenant.take(
                "stuut-v1", [call | {"transcript": value, "partner": partner, "modified_at": at(version)}]
            )
            assert outcome == ["updated" if version else "created"]
        answered = await tenant.answer(f"/stuut/v1/calls/call_{number}")
        assert differences(newer, answered["transcript"]) == []
        assert differences(newer, answered["partner"]["custom_fields"]) == []


def twins(seed: int) -> tuple[Body, Body]:
    """One call as both versions answer it: where they share a key, they say the same."""
    v1, v2 = full_v1_call(seed), full_v2_call(seed)
    v1["invoices"][1]["partner"] = deepcopy(v1["invoices"][0]["partner"])
    tasks = [task for entry in v1["classifications"] for task in entry["tasks"]]
    v2 |= {key: v1[key] for key in v2 if key in v1 and not isinstance(v1[key], dict | list)}
    v2["approver"] = _twin(v1["approver"], v2["approver"])
    v2["partner"] = _twin(v1["partner"], v2["partner"])
    v2["workflow"] = _twin(v1["workflow"], v2["workflow"])
    v2["classifications"] = [_twin(*pair) for pair in zip(v1["classifications"], v2["classifications"], strict=True)]
    v2["tasks"] = [_twin(task, dict.fromkeys(v2["tasks"][0])) for task in tasks]
    v2["display_tasks"] = v2["tasks"][1:3]
    v2["invoices"] = [_twin(*pair) for pair in zip(v1["invoices"], v2["invoices"], strict=True)]
    for invoice in v2["invoices"]:
        invoice["partner"] = v2["partner"]
    return v1, v2


def _twin(one: Body, two: Body) -> Body:
    """The second body, saying what the first one says; amounts as text with the same digits."""
    twin = {key: one.get(key, value) for key, value in two.items()}
    return {key: str(one[key]) if key in one and "amount" in key else value for key, value in twin.items()}


WORDS = st.sampled_from(["one", "two", None])
VERSIONS = st.integers(1, 9)
USER = st.fixed_dictionaries({}, optional={"name": WORDS, "email": WORDS})
PARTNER = st.fixed_dictionaries(
    {},
    optional={"name": WORDS, "email": WORDS, "phone": WORDS, "account_number": WORDS, "business_unit_id": WORDS},
)
INVOICE = st.fixed_dictionaries({}, optional={"number": WORDS, "order_number": WORDS})
CALL = st.fixed_dictionaries(
    {},
    optional={
        "call_reason": WORDS,
        "summary": WORDS,
        "provider": WORDS,
        "sentiment": st.sampled_from(["positive", None]),
        "in_voicemail": st.booleans() | st.none(),
        "end_time": st.sampled_from(["2026-01-01T00:00:00Z", None]),
        "workflow": st.sampled_from([None, "otwfl_a", "otwfl_b"]).map(lambda name: name and {"id": name}),
        "invoices": st.lists(st.sampled_from(["inv_a", "inv_b"]), unique=True),
        "approver": st.none() | st.just("approver"),
    },
)
COPY = st.tuples(st.sampled_from(["stuut-v1", "stuut-v2"]), CALL, PARTNER, INVOICE, USER)


def _copy(version: int, drawn: tuple[str, Body, Body, Body, Body]) -> tuple[str, Body]:
    """A copy of the one call; everything in it is of the same version, but each says other keys."""
    form, call, partner, invoice, user = drawn
    stamp = {"modified_at": at(version)}
    partner = {"id": "ptn_a"} | partner | stamp
    made: Body = {"id": "call_a", "created_at": at(0), "direction": "inbound", "to_number": "1"} | call | stamp
    if "approver" in made:
        made["approver"] = made["approver"] and {"id": "user_a"} | user | stamp
    if "invoices" in made:
        made["invoices"] = [{"id": name, "partner": partner} | invoice | stamp for name in made["invoices"]]
    else:
        made["partner"] = partner
    return form, made


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_any_order_of_arrival_ends_the_same(app: Serving, data: st.DataObject) -> None:
    versions = data.draw(st.lists(VERSIONS, unique=True, min_size=2, max_size=5))
    copies = [_copy(version, data.draw(COPY)) for version in sorted(versions)]
    ends = []
    for order in (copies, data.draw(st.permutations(copies)), [*data.draw(st.permutations(copies)), *copies[::-1]]):
        tenant = await app.tenant()
        for form, call in order:
            await tenant.take(form, [call])
        ends.append(await both_answers(tenant, "call_a"))
    assert ends[0] == ends[1] == ends[2]


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_a_batch_writes_what_its_calls_one_by_one_would(app: Serving, data: st.DataObject) -> None:
    versions = data.draw(st.lists(VERSIONS, unique=True, min_size=2, max_size=5))
    copies = [_copy(version, data.draw(COPY))[1] for version in versions]
    whole, single = await app.tenant(), await app.tenant()
    outcomes = await whole.take("stuut-v1", copies)
    assert outcomes == [(await single.take("stuut-v1", [copy]))[0] for copy in copies]
    assert await both_answers(whole, "call_a") == await both_answers(single, "call_a")
