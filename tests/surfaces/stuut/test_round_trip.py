"""Nothing is lost: a call imported from Stuut comes back from the same version with every key, every value and the
order of both, at every depth; keys that nobody documents are kept, and not shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Tenant
from tests.surfaces.stuut.examples import V1, V2, Table, documented, full_v1_call, full_v2_call

from calldex.core.jsonbytes import decode

Make = Callable[..., dict[str, Any]]
VERSIONS = [
    pytest.param("stuut-v1", "/stuut/v1/calls", V1, full_v1_call, id="v1"),
    pytest.param("stuut-v2", "/stuut/v2/calls", V2, full_v2_call, id="v2"),
]


def test_the_examples_have_the_documented_numbers_of_keys() -> None:
    counts = {name: len(keys) for name, keys in V1.items()}
    assert (counts["Call"], counts["User"], counts["Classification"], counts["Task"]) == (31, 17, 15, 18)
    assert (counts["Invoice"], counts["Partner"], counts["LinkedIntegration"], counts["Email"]) == (59, 51, 24, 37)
    assert (counts["Payment"], counts["Contact"], counts["Integration"], counts["LastSync"]) == (38, 27, 20, 13)
    assert len(full_v1_call()["partner"]) == 49
    assert len(V2["Call"]) == 20 + 3
    assert len(V2["Classification"]) == 4 + 1
    assert (len(V2["Invoice"]), len(V2["Partner"]), len(V2["User"])) == (16, 13, 9)


@pytest.mark.parametrize(("form", "path", "table", "make"), VERSIONS)
async def test_every_key_and_value_comes_back(tenant: Tenant, form: str, path: str, table: Table, make: Make) -> None:
    calls = [make(seed) for seed in (1, 2, 3)]
    assert await tenant.take(form, calls) == ["created"] * 3
    page = await tenant.answer(path)
    assert list(page) == ["data", "current_page", "total_records", "next_page"]
    assert (page["current_page"], page["total_records"], page["next_page"]) == (0, 3, None)
    answered = {call["id"]: call for call in page["data"]}
    for call in calls:
        assert differences(call, answered[call["id"]]) == []
        assert differences(call, await tenant.answer(f"{path}/{call['id']}")) == []
        assert documented(table, "Call", call) == call


@pytest.mark.parametrize(("form", "path", "table", "make"), VERSIONS)
async def test_unknown_keys_are_kept_at_every_depth_and_not_shown(
    tenant: Tenant, form: str, path: str, table: Table, make: Make
) -> None:
    call = make(4, unknown=True)
    await tenant.take(form, [call])
    assert differences(documented(table, "Call", call), await tenant.answer(f"{path}/{call['id']}")) == []
    given = _unknown_values(call)
    assert len(given) > 10
    assert await _kept_values(tenant) >= given


def _unknown_values(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {entry for key, entry in value.items() if key == "zz_unknown"}
        return own.union(*(_unknown_values(entry) for entry in value.values()))
    return set().union(*(_unknown_values(entry) for entry in value)) if isinstance(value, list) else set()


async def _kept_values(tenant: Tenant) -> set[str]:
    organization = tenant.organization.id
    async with tenant.database.pool.acquire() as session:
        rows = [
            *await session.fetch("SELECT body FROM records WHERE organization_id = $1", organization),
            *await session.fetch("SELECT kept FROM calls WHERE organization_id = $1", organization),
            *await session.fetch("SELECT classifications FROM calls WHERE organization_id = $1", organization),
            *await session.fetch("SELECT tasks FROM calls WHERE organization_id = $1", organization),
            *await session.fetch("SELECT display_tasks FROM calls WHERE organization_id = $1", organization),
        ]
    return set().union(*(_unknown_values(decode(row[0])) for row in rows if row[0] is not None))


@pytest.mark.parametrize(("form", "path", "table", "make"), VERSIONS)
async def test_nulls_and_empty_arrays_come_back_as_they_are(
    tenant: Tenant, form: str, path: str, table: Table, make: Make
) -> None:
    required = {"id", "direction", "to_number", "object", "created_at", "status"}
    given = make(5)
    nulls = {key: value if key in required else None for key, value in given.items()}
    empty = make(6) | {key: [] for key, kind in table["Call"].items() if kind.endswith("[]")}
    if form == "stuut-v1":
        empty["invoices"] = [
            {key: [] if kind.endswith("[]") else None for key, kind in V1["Invoice"].items()} | {"id": "inv_empty"}
        ]
        empty["classifications"] = [
            {key: [] if kind.endswith("[]") else None for key, kind in V1["Classification"].items()}
        ]
    await tenant.take(form, [nulls, empty])
    for call in (nulls, empty):
        assert differences(call, await tenant.answer(f"{path}/{call['id']}")) == []


async def test_what_was_not_given_is_null_or_an_empty_array(tenant: Tenant) -> None:
    least = {
        "id": "call_least",
        "direction": "inbound",
        "to_number": "+12025550100",
        "created_at": "2026-01-01T00:00:00Z",
    }
    await tenant.take("stuut-v1", [least])
    expected: dict[str, Any] = dict.fromkeys(V1["Call"])
    expected |= least | {"object": "call", "status": "queued", "classifications": [], "invoices": []}
    assert differences(expected, await tenant.answer("/stuut/v1/calls/call_least")) == []
    expected = dict.fromkeys(V2["Call"])
    del least["to_number"], least["direction"]
    await tenant.take("stuut-v2", [least | {"id": "call_bare"}])
    answered = await tenant.answer("/stuut/v2/calls/call_bare")
    expected |= least | {"id": "call_bare", "object": "call", "status": "queued"}
    expected |= {key: [] for key in ["classifications", "invoices", "tasks", "display_tasks"]}
    assert differences(expected, answered) == []


async def test_odd_values_keep_their_digits_and_their_order(tenant: Tenant) -> None:
    call = full_v1_call(7)
    call["transcript"] = {
        "b": [Decimal("1077.330"), Decimal("0.10"), 0, -1, 12345678901234567890],
        "a": {"z": 1, "b": 2},
    }
    call["recording_url"] = [{"url": "https://example.com/a?b=c&d=\u00e9"}, None]
    call["summary"] = "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") + "\u0001r\u0001 \u2028 \x7f"
    call["invoices"][0]["amount_due"] = Decimal("99999999999999999999.99")
    call["invoices"][0]["calls"] = [{"id": "call_other", "nested": {"kept": "as given"}}]
    call["invoices"][0]["custom_fields"] = {"\u00fcber": {"2": 2, "1": 1}, "": None}
    await tenant.take("stuut-v1", [call])
    assert differences(call, await tenant.answer(f"/stuut/v1/calls/{call['id']}")) == []


async def test_instants_keep_their_microseconds_and_come_out_in_utc(tenant: Tenant) -> None:
    call = full_v1_call(8)
    call["created_at"], call["start_time"] = "2026-03-29T02:30:00.000001+02:00", "2026-02-28T23:59:59.999999-05:30"
    call["end_time"] = "1999-12-31T23:59:59.5Z"
    await tenant.take("stuut-v1", [call])
    text = (await tenant.ask(f"/stuut/v1/calls/{call['id']}")).text
    answered = json.loads(text)
    assert answered["created_at"] == "2026-03-29T00:30:00.000001Z"
    assert answered["start_time"] == "2026-03-01T05:29:59.999999Z"
    assert answered["end_time"] == "1999-12-31T23:59:59.500000Z"


async def test_a_partner_has_49_keys_at_the_call_and_51_inside_its_invoice(tenant: Tenant) -> None:
    call = full_v1_call(9)
    await tenant.take("stuut-v1", [call])
    answered = await tenant.answer(f"/stuut/v1/calls/{call['id']}")
    assert answered["partner"]["id"] == answered["invoices"][0]["partner"]["id"]
    assert (len(answered["partner"]), len(answered["invoices"][0]["partner"])) == (49, 51)
