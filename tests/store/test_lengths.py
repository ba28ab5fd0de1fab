"""Classes of durations: the program and the database draw the same bounds, and what a range takes of each class, whole,
in part or not at all, is what a plain comparison of any duration in it says.
"""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldex.core.facets import LENGTH_BOUNDS_MS, told_by_facets
from calldex.core.filters import CallFilter
from calldex.store.database import Database

_NEAR = st.sampled_from([bound + moved for bound in LENGTH_BOUNDS_MS for moved in (-1, 0, 1)])
_DURATIONS = _NEAR | st.integers(0, 2**63 - 1) | st.integers(0, 700_000)


async def test_the_database_knows_the_same_classes(database: Database) -> None:
    durations = [bound + moved for bound in (0, *LENGTH_BOUNDS_MS, 10**12) for moved in (-1, 0, 1)]
    async with database.session() as session:
        rows = await session.fetch("SELECT d, call_length(d) FROM unnest($1::bigint[]) AS d", durations)
        assert await session.fetchval("SELECT call_length(NULL)") is None
    assert [row[0] for row in rows] == durations
    assert [row[1] for row in rows] == [bisect_right(LENGTH_BOUNDS_MS, duration) for duration in durations]
    assert {row[1] for row in rows} == set(range(len(LENGTH_BOUNDS_MS) + 1))


@given(low=st.none() | _DURATIONS, high=st.none() | _DURATIONS, duration=_DURATIONS)
def test_a_range_takes_of_a_class_what_it_says(low: int | None, high: int | None, duration: int) -> None:
    if low is None and high is None:
        low = 0
    lengths = told_by_facets(CallFilter(min_duration_ms=low, max_duration_ms=high), frozenset()).lengths
    assert lengths is not None
    assert set(lengths.whole).isdisjoint(lengths.part)
    fits = (low is None or duration >= low) and (high is None or duration <= high)
    number = bisect_right(LENGTH_BOUNDS_MS, duration)
    if number in lengths.whole:
        assert fits
    elif number not in lengths.part:
        assert not fits


@pytest.mark.parametrize(
    ("low", "high", "whole", "part"),
    [
        (1, None, (1, 2, 3, 4, 5, 6, 7), ()),
        (10_000, 59_999, (2, 3), ()),
        (10_001, 60_000, (3,), (2, 4)),
        (None, 299_999, (0, 1, 2, 3, 4, 5), ()),
        (15_000, 20_000, (), (2,)),
        (600_000, None, (7,), ()),
        (20_000, 10_000, (), (2,)),
    ],
)
def test_a_range_on_the_bounds_cuts_no_class(
    low: int | None, high: int | None, whole: tuple[int, ...], part: tuple[int, ...]
) -> None:
    lengths = told_by_facets(CallFilter(min_duration_ms=low, max_duration_ms=high), frozenset()).lengths
    assert lengths is not None
    assert (lengths.whole, lengths.part) == (whole, part)
