"""The number of SQL statements of an answer does not depend on how many calls it holds."""

from __future__ import annotations

from tests.surfaces.hearing import hearing
from tests.surfaces.serving import Tenant
from tests.surfaces.whippy.asking import CALLS, search
from tests.surfaces.whippy.examples import full_call, uuid_of

ABOUT_TIME = ("BEGIN", "COMMIT", "SELECT set_config('statement_timeout'")


async def test_a_page_of_1_and_of_200_calls_ask_the_same(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call(number) for number in range(220)])
    await search(tenant)
    counted = {}
    # Which facets a filter means is asked once.
    await search(tenant, {"direction": "OUTBOUND", "channel_id": uuid_of("channl")})
    for limit in (1, 200):
        async with hearing(tenant.database) as heard:
            answer = await search(tenant, {"direction": "OUTBOUND", "channel_id": uuid_of("channl")}, limit=limit)
        counted[limit] = [statement for statement in heard if "api_keys" not in statement]
        assert (len(answer["data"]), answer["total"]) == (limit, 220)
    assert counted[1] == counted[200]
    (page,) = [statement for statement in counted[1] if not statement.startswith(ABOUT_TIME)]
    assert page.startswith("WITH page AS")


async def test_one_call_takes_one_statement(tenant: Tenant) -> None:
    await tenant.take("whippy", [full_call()])
    async with hearing(tenant.database) as heard:
        await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}")
    (call,) = [statement for statement in heard if "api_keys" not in statement]
    assert "call_ids" in call
