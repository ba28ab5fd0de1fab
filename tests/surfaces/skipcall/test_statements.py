"""The number of SQL statements of an answer does not depend on how many calls it holds."""

from __future__ import annotations

from tests.surfaces.hearing import hearing
from tests.surfaces.serving import Tenant
from tests.surfaces.skipcall.examples import full_call, uuid_of

CALLS = "/skipcall/v1/calls"


async def test_a_page_of_1_and_of_100_calls_ask_the_same(tenant: Tenant) -> None:
    contacts = [{"id": uuid_of("person", number), "firstName": "A", "isUnknown": False} for number in range(120)]
    await tenant.take("skipcall", [full_call(number, contact=contacts[number]) for number in range(120)])
    # Linked records are asked for once.
    await tenant.answer(CALLS, [("limit", "100")])
    counted = {}
    for limit in ("1", "100"):
        async with hearing(tenant.database) as heard:
            answer = await tenant.answer(CALLS, [("limit", limit)])
        counted[limit] = [statement for statement in heard if "api_keys" not in statement]
        assert len(answer["data"]) == int(limit)
    assert counted["1"] == counted["100"]
    (page,) = counted["1"]
    assert page.startswith("SELECT p.total")


async def test_one_call_takes_one_statement_and_one_for_records_that_are_not_known(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call()])
    async with hearing(tenant.database) as heard:
        await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}")
        await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}")
    call, records, again = [statement for statement in heard if "api_keys" not in statement]
    assert "call_ids" in call
    assert "record_forms" in records
    assert again == call
