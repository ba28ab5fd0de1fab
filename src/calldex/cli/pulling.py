"""Running a pull: pages through the same import as files, the place kept after each page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from calldex.actions.keep_pull_position import finish_pull, holding_pull, keep_pull_position
from calldex.cli.importing import Import, Rejects, Tally
from calldex.cli.read_ahead import ReadAhead
from calldex.ingest.documents import Piece
from calldex.ingest.pull.fetching import OnWait, Target, make_client, page_fetcher
from calldex.ingest.pull.waiting import Patience
from calldex.ingest.pull.walking import Place, Taken, Walk, walk_calls
from calldex.store.pulls import PullName, PullState, PullWalk

if TYPE_CHECKING:
    from calldex.app.formats import CallFormat
    from calldex.store.database import Database

OVERLAP: Final = timedelta(hours=48)
"""So far before the last pull the next one looks back, because what was found out about a call comes late."""


PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What to pull, and how."""

    target: Target
    account: str = ""
    since: datetime | None = None
    full: bool = False
    overlap: timedelta = OVERLAP
    stop_after_unchanged: int = 0
    page_size: int | None = None
    timeout: float = 60.0
    patience: Patience = PATIENCE


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did. ``since`` is the beginning of its window, ``resumed`` whether it went on with an old walk."""

    tally: Tally
    reasons: list[str]
    since: datetime | None
    resumed: bool
    whole: bool


OnPlace = Callable[[int, int | None], None]
"""Hears how many calls have been walked, and how many the list has."""


async def run_pull(
    database: Database,
    organization_id: int,
    pull: Pull,
    call_format: CallFormat,
    rejects: Rejects,
    *,
    on_place: OnPlace = lambda _calls, _total: None,
    on_wait: OnWait = lambda _seconds, _reason: None,
) -> Pulled:
    """Pull once, to the end of the list. What an earlier pull did not finish is gone on with."""
    target = pull.target
    name = PullName(target.api.form, target.url, pull.account)
    # A page comes from the network much later than the one before is written, so nothing is read ahead.
    running = Import(database, organization_id, call_format, rejects, ReadAhead(call_format))
    async with (
        holding_pull(database, organization_id, name) as state,
        make_client(target, timeout=pull.timeout) as client,
    ):
        kept, resumed = _walk_to_do(pull, state)
        walk = Walk(
            target.api,
            pull.page_size or target.api.page_size,
            since=kept.since,
            stop_after_unchanged=pull.stop_after_unchanged,
            offset=kept.offset,
            calls=kept.calls,
        )

        async def take(calls: list[bytes], offset: int) -> Taken:
            before = replace(running.tally)
            pieces = (Piece("index", number, raw) for number, raw in enumerate(calls))
            await running.take(f"{target.api.form} from {offset:,}", pieces)
            tally = running.tally
            on_place(tally.read, None)
            return Taken(
                tally.created - before.created, tally.updated - before.updated, tally.unchanged - before.unchanged
            )

        async def keep(place: Place) -> None:
            on_place(place.calls, place.total)
            position = replace(kept, offset=place.offset, calls=place.calls)
            await keep_pull_position(database, organization_id, name, position)

        fetch = page_fetcher(client, target, pull.patience, on_wait=on_wait)
        await keep_pull_position(database, organization_id, name, kept)
        whole = await walk_calls(walk, fetch, take, keep)
        await finish_pull(database, organization_id, name, kept.started_at if _covers(pull, state, kept) else None)
    return Pulled(running.tally, running.first_reasons, kept.since, resumed, whole)


def _walk_to_do(pull: Pull, state: PullState) -> tuple[PullWalk, bool]:
    """The walk that was interrupted, if it asks for no less than this pull; else a new one."""
    since = _since(pull, state)
    interrupted = state.walk
    if interrupted is not None and not pull.full and _reaches(interrupted.since, since):
        return interrupted, interrupted.offset > 0
    return PullWalk(datetime.now(UTC), since), False


def _since(pull: Pull, state: PullState) -> datetime | None:
    if pull.since is not None or pull.full or not pull.target.api.windowed or state.seen_until is None:
        return pull.since
    return state.seen_until - pull.overlap


def _reaches(one: datetime | None, other: datetime | None) -> bool:
    return one is None or (other is not None and one <= other)


def _covers(pull: Pull, state: PullState, walked: PullWalk) -> bool:
    """Whether everything before the walk has been seen once it ends: it left no gap behind an earlier pull.

    The first pull begins where a person wants it to begin.
    """
    if walked.since is None or not pull.target.api.windowed or state.seen_until is None:
        return True
    return walked.since <= state.seen_until
