"""A list may change between any two pages: calls arrive, also in its middle, and go away. Whatever was there from the
beginning to the end is seen, and the walk ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from calldex.ingest.pull.apis import APIS
from calldex.ingest.pull.asking import Page
from calldex.ingest.pull.walking import Place, Taken, Walk, walk_calls

Change = tuple[str, int]
CHANGES = st.lists(
    st.lists(st.tuples(st.sampled_from(["arrive", "arrive on top", "go away"]), st.integers(0, 99)), max_size=3),
    max_size=12,
)


@dataclass
class Changing:
    """A list, newest first, that changes after each page that was asked for."""

    calls: list[int]
    changes: list[list[Change]]
    stored: set[bytes] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)
    asked: int = 0
    next_call: int = 1000

    async def fetch(self, offset: int, limit: int, _since: datetime | None) -> Page:
        self.asked += 1
        part = self.calls[offset : offset + limit]
        page = Page([b"%d" % one for one in part], len(self.calls), offset + limit >= len(self.calls))
        for change, place in self.changes.pop(0) if self.changes else ():
            self._change(change, place % (len(self.calls) + 1))
        return page

    def _change(self, change: str, place: int) -> None:
        if change == "go away":
            del self.calls[place : place + 1]
        else:
            self.calls.insert(0 if change == "arrive on top" else place, self.next_call)
            self.next_call += 1

    async def take(self, calls: list[bytes], _offset: int) -> Taken:
        new = [call for call in calls if call not in self.stored]
        self.stored.update(new)
        return Taken(len(new), 0, len(calls) - len(new))

    async def keep(self, place: Place) -> None:
        self.places.append(place)


@given(st.integers(0, 60), CHANGES, st.sampled_from(["stuut-v1", "whippy"]), st.integers(3, 25))
async def test_arrivals_hide_nothing(size: int, changes: list[list[Change]], api: str, page_size: int) -> None:
    arrivals = [[one for one in several if one[0] != "go away"] for several in changes]
    there = Changing(list(range(size)), arrivals)
    assert await walk_calls(Walk(APIS[api], page_size), there.fetch, there.take, there.keep)
    assert {b"%d" % one for one in range(size)} <= there.stored
    assert there.asked < 400


@given(st.integers(0, 60), CHANGES, st.sampled_from(["stuut-v1", "whippy"]), st.integers(3, 25))
async def test_departures_hide_nothing(size: int, changes: list[list[Change]], api: str, page_size: int) -> None:
    departures = [[one for one in several if one[0] == "go away"] for several in changes]
    there = Changing(list(range(size)), departures)
    assert await walk_calls(Walk(APIS[api], page_size), there.fetch, there.take, there.keep)
    assert {b"%d" % one for one in there.calls if one < 1000} <= there.stored
    assert there.asked < 400


@given(st.integers(1, 60), CHANGES, st.sampled_from(["stuut-v1", "whippy"]), st.integers(3, 25), st.integers(0, 10))
async def test_an_interrupted_walk_is_completed(
    size: int, changes: list[list[Change]], api: str, page_size: int, when: int
) -> None:
    arrivals = [[("arrive on top", place) for _, place in several] for several in changes]
    there = Changing(list(range(size)), arrivals)

    async def fetch(offset: int, limit: int, since: datetime | None) -> Page:
        if there.asked == when:
            there.asked += 1
            raise ConnectionError
        return await there.fetch(offset, limit, since)

    walk = Walk(APIS[api], page_size)
    try:
        await walk_calls(walk, fetch, there.take, there.keep)
    except ConnectionError:
        at = there.places[-1] if there.places else Place(0, 0, None)
        walk = replace(walk, offset=at.offset, calls=at.calls)
        assert await walk_calls(walk, there.fetch, there.take, there.keep)
    assert {b"%d" % one for one in range(size)} <= there.stored


@given(CHANGES)
async def test_any_change_ends(changes: list[list[Change]]) -> None:
    there = Changing(list(range(40)), changes)
    assert await walk_calls(Walk(APIS["skipcall"], 4), there.fetch, there.take, there.keep)
    assert there.asked < 400
