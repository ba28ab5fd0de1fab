"""Walking a list of calls that changes while it is walked.

The lists are newest first. A call that arrives pushes all others back, so pages overlap: what was seen is passed
over. A call that goes away pulls all others forward, so a page may have lost calls to the one before: the walk
steps back when it notices. In the end it looks at the top again, for what has arrived meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final

from calldex.ingest.pull.asking import Api, Page
from calldex.ingest.pull.fetching import FetchPage

OVERLAP: Final = 10
"""Where offsets are free, so many calls of the page before are asked for again."""

_REMEMBERED: Final = 20_000
_MOST_STEPS_BACK: Final = 50
_MOST_WALKS: Final = 3
_MOST_NEW_PAGES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the calls of a page."""

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: the next offset, how many different calls lie behind it, how many the list has."""

    offset: int
    calls: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Walk:
    """What to walk: since a time, in pages of a size, from a place on that was kept.

    With ``stop_after_unchanged`` the walk ends after so many calls in a row that were known as they are; the
    calls behind them are left out.
    """

    api: Api
    page_size: int
    since: datetime | None = None
    stop_after_unchanged: int = 0
    offset: int = 0
    calls: int = 0


TakePage = Callable[[list[bytes], int], Awaitable[Taken]]
"""Writes the calls of the page at an offset."""

KeepPlace = Callable[[Place], Awaitable[None]]
"""Hears where the walk is, after everything before that place was taken."""


async def walk_calls(walk: Walk, fetch: FetchPage, take: TakePage, keep: KeepPlace) -> bool:
    """Walk the whole list. True when it was walked to its end, False when it stopped early at known calls."""
    resumed = walk.offset > 0
    for attempt in range(1, _MOST_WALKS + 1):
        seen = _Seen()
        down = await _walk_down(walk, seen, fetch, take, keep)
        if down.stopped:
            return False
        if down.pages > 1 or resumed:
            await _look_at_top(walk, seen, fetch, take)
        if down.total is None or down.calls >= down.total or attempt == _MOST_WALKS:
            break
        # The list says that it has more calls than were seen: one must have slipped through between two pages.
        walk = replace(walk, offset=0, calls=0)
    return True


class _Seen:
    """The latest calls, each as it was. A call that has changed since is not seen."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def fresh(self, calls: list[bytes]) -> list[bytes]:
        found = []
        for call in calls:
            digest = blake2b(call, digest_size=16).digest()
            if digest not in self._digests:
                self._digests[digest] = None
                found.append(call)
        while len(self._digests) > _REMEMBERED:
            self._digests.popitem(last=False)
        return found


@dataclass(slots=True)
class _Down:
    calls: int
    total: int | None = None
    pages: int = 0
    stopped: bool = False


async def _walk_down(walk: Walk, seen: _Seen, fetch: FetchPage, take: TakePage, keep: KeepPlace) -> _Down:
    size = walk.page_size
    down = _Down(walk.calls)
    offset = _aligned(walk, walk.offset)
    previous: int | None = None
    known_in_a_row = steps_back = 0
    while True:
        page = await fetch(offset, size, walk.since if walk.api.windowed else None)
        fresh = seen.fresh(page.calls)
        taken = await take(fresh, offset)
        down.pages += 1
        down.calls += len(fresh)
        down.total = page.total
        lost = _may_have_lost(walk, page, fresh, previous, first=down.pages == 1)
        previous = page.total
        if lost and offset > 0 and steps_back < _MOST_STEPS_BACK:
            steps_back += 1
            offset = max(0, offset - size)
            continue
        unbroken = fresh and not taken.new and not taken.changed
        known_in_a_row = known_in_a_row + taken.unchanged if unbroken or not fresh else 0
        if walk.stop_after_unchanged and known_in_a_row >= walk.stop_after_unchanged:
            down.stopped = True
            return down
        if page.last or _too_old(walk, page):
            if not page.last:
                # What is older than the time that was asked for is not counted.
                down.total = None
            return down
        offset += max(1, len(page.calls) - OVERLAP) if walk.api.any_offset and len(page.calls) > 2 * OVERLAP else size
        await keep(Place(offset, down.calls, page.total))


def _aligned(walk: Walk, offset: int) -> int:
    """Where to go on after an interruption: a page earlier, since calls may have gone away meanwhile."""
    if offset <= 0:
        return 0
    before = max(0, offset - walk.page_size)
    return before if walk.api.any_offset else before // walk.page_size * walk.page_size


def _may_have_lost(walk: Walk, page: Page, fresh: list[bytes], previous: int | None, *, first: bool) -> bool:
    """Whether calls may have moved to the page before this one, behind our back."""
    if first:
        return False
    if previous is not None and page.total is not None and page.total < previous:
        return True
    full_overlap = walk.api.any_offset and walk.page_size > 2 * OVERLAP
    return full_overlap and bool(page.calls) and len(fresh) == len(page.calls)


def _too_old(walk: Walk, page: Page) -> bool:
    """Whether a page of a list without a window lies wholly before the time that was asked for."""
    if walk.since is None or walk.api.windowed or not page.calls:
        return False
    moments = [walk.api.moment(call) for call in page.calls]
    return all(moment is not None and moment < walk.since for moment in moments)


async def _look_at_top(walk: Walk, seen: _Seen, fetch: FetchPage, take: TakePage) -> None:
    """Take what has arrived during the walk: from the top down to the first page that brings nothing."""
    for number in range(_MOST_NEW_PAGES):
        offset = number * walk.page_size
        page = await fetch(offset, walk.page_size, walk.since if walk.api.windowed else None)
        taken = await take(seen.fresh(page.calls), offset)
        if page.last or not (taken.new or taken.changed):
            return
