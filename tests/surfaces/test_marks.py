"""What a filter means in facets is remembered by what facets can tell of it, within a budget of bytes."""

from __future__ import annotations

from tests.surfaces.serving import Serving, Tenant
from tests.surfaces.stuut.examples import full_v1_call

from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns
from calldex.store.facets import RememberedMarks

_COLUMNS = Columns("duration_ms")


async def _filled(app: Serving) -> Tenant:
    tenant = await app.tenant()
    await tenant.take("stuut-v1", [full_v1_call(seed) for seed in range(1, 40)])
    return tenant


async def test_ranges_that_divide_the_same_classes_are_remembered_as_one(app: Serving) -> None:
    tenant = await _filled(app)
    tenant.database.forget()
    for least in range(10_001, 10_061):
        asked = CallFilter(min_duration_ms=least)
        await list_calls(tenant.database, tenant.organization.id, asked, Window(5), _COLUMNS)
    assert len(tenant.database.marks.marks) == 1


async def test_the_budget_holds_whatever_is_asked(app: Serving) -> None:
    tenant = await _filled(app)
    marks = RememberedMarks(budget=20_000)
    async with tenant.database.session() as session:
        for number in range(100):
            asked = CallFilter(languages=(f"en-x-{number}",))
            found = await marks.of(session, tenant.organization.id, asked)
            assert found.told.filter == asked
            assert marks.size <= marks.budget
            assert marks.size == sum(one.size for one in marks.marks.values())
    assert 0 < len(marks.marks) < 100
    marks.clear()
    assert (len(marks.marks), marks.size) == (0, 0)
