"""The door lets in as many as there are connections, whatever order people come, leave and give up in, and loses no
place. The wait for a connection is part of the time that a search is allowed.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.errors import DeadlineExceeded, Overloaded
from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import list_calls
from calldex.store.calls import Columns
from calldex.store.database import Database
from calldex.store.door import WAITING_PER_CONNECTION, Door

STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 6), st.booleans()), max_size=40)


async def visited(connections: int, steps: list[tuple[int, int, int, bool]]) -> tuple[int, int]:
    """How many were inside at once at most, and how many places are free in the end."""
    patient = Door(connections)
    hurried = patient.bounded(60)
    inside = most = 0

    async def visit(times: int, turns: int, *, is_patient: bool) -> None:
        nonlocal inside, most
        door = patient if is_patient else hurried
        for _ in range(times):
            await door.enter()
            try:
                inside += 1
                most = max(most, inside)
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                inside -= 1
                door.leave()

    tasks = []
    for times, turns, pause, is_patient in steps:
        tasks.append(asyncio.create_task(visit(times, turns, is_patient=is_patient)))
        for _ in range(pause):
            await asyncio.sleep(0)
        if pause == 5:
            tasks[len(tasks) // 2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    free = 0
    while not patient.full:
        await patient.enter()
        free += 1
    assert (patient.waits.now, hurried.waits.now) == (0, 0)
    return most, free


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 3), STEPS)
def test_no_place_is_lost_or_given_twice(connections: int, steps: list[tuple[int, int, int, bool]]) -> None:
    most, free = asyncio.run(visited(connections, steps))
    assert most <= connections
    assert free == connections


async def test_who_was_inside_goes_before_who_comes_and_is_not_refused() -> None:
    door = Door(1).bounded(60)
    order: list[str] = []

    async def come(name: str, times: int) -> None:
        for number in range(times):
            await door.enter()
            order.append(f"{name}{number}")
            await asyncio.sleep(0)
            door.leave()

    await door.enter()
    tasks = [asyncio.create_task(come("first", 2))]
    tasks += [asyncio.create_task(come("other", 1)) for _ in range(WAITING_PER_CONNECTION + 1)]
    await asyncio.sleep(0)
    door.leave()
    refused = [one for one in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(one, Overloaded)]
    assert order[0] == "first0"
    assert "first1" in order[1:3]
    assert (len(refused), door.waits.refused, door.waits.now) == (2, 2, 0)


async def test_without_a_wait_a_full_door_refuses_at_once_and_lets_in_when_there_is_room() -> None:
    door = Door(1).bounded(0)
    await door.enter()
    with pytest.raises(Overloaded) as refused:
        await door.enter()
    assert 1 <= refused.value.retry_after <= 3
    door.leave()
    await door.enter()
    assert (door.waits.refused, door.waits.now, door.full) == (1, 0, True)


async def test_the_wait_for_a_connection_is_part_of_the_allowed_time(database: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(database.pool.get_max_size()):
            await stack.enter_async_context(database.session())
        asked = asyncio.create_task(
            list_calls(database, 1, CallFilter(), Window(10, 0), Columns("direction"), deadline_ms=100)
        )
        await asyncio.sleep(0.3)
    with pytest.raises(DeadlineExceeded):
        await asked
