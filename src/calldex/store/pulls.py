"""How far pulls have come, and that nobody else pulls the same at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class PullName:
    """What tells one pull of an organization from another: the API, its address, and the account there."""

    form: str
    url: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class PullWalk:
    """A walk under way: when it began, since when it asks for calls, the next place, the calls behind it."""

    started_at: datetime
    since: datetime | None
    offset: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class PullState:
    """What is kept of a pull. ``walk`` is None between two walks."""

    seen_until: datetime | None = None
    walk: PullWalk | None = None


async def hold_pull(session: Session, organization_id: int, name: PullName) -> bool:
    """Claim a pull for as long as the connection lives; False when somebody else has it."""
    text = f"calldex pull {organization_id} {name.form} {name.url} {name.account}"
    return bool(await session.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", text))


async def release_pulls(session: Session) -> None:
    """Give up every claim of the connection, which goes back to its pool."""
    await session.execute("SELECT pg_advisory_unlock_all()")


async def load_pull(session: Session, organization_id: int, name: PullName) -> PullState:
    """How far the pull has come; nowhere, when it never ran."""
    row = await session.fetchrow(
        "SELECT seen_until, walk_started_at, walk_since, walk_offset, walk_calls FROM pulls"
        " WHERE organization_id = $1 AND form = $2 AND url = $3 AND account = $4",
        organization_id,
        name.form,
        name.url,
        name.account,
    )
    if row is None:
        return PullState()
    started_at = row["walk_started_at"]
    if started_at is None:
        return PullState(row["seen_until"])
    return PullState(
        row["seen_until"], PullWalk(started_at, row["walk_since"], row["walk_offset"] or 0, row["walk_calls"] or 0)
    )


async def keep_walk(session: Session, organization_id: int, name: PullName, walk: PullWalk) -> None:
    """Keep how far a walk has come."""
    await session.execute(
        "INSERT INTO pulls"
        " (organization_id, form, url, account, walk_started_at, walk_since, walk_offset, walk_calls)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (organization_id, form, url, account) DO UPDATE SET"
        " walk_started_at = excluded.walk_started_at, walk_since = excluded.walk_since,"
        " walk_offset = excluded.walk_offset, walk_calls = excluded.walk_calls",
        organization_id,
        name.form,
        name.url,
        name.account,
        walk.started_at,
        walk.since,
        walk.offset,
        walk.calls,
    )


async def end_walk(session: Session, organization_id: int, name: PullName, seen_until: datetime | None) -> None:
    """Keep that a walk came to its end; with ``seen_until``, that everything before it has been seen."""
    await session.execute(
        "INSERT INTO pulls (organization_id, form, url, account, seen_until, finished_at)"
        " VALUES ($1, $2, $3, $4, $5, now())"
        " ON CONFLICT (organization_id, form, url, account) DO UPDATE SET"
        " seen_until = coalesce(greatest(excluded.seen_until, pulls.seen_until), pulls.seen_until),"
        " walk_started_at = NULL, walk_since = NULL, walk_offset = NULL, walk_calls = NULL,"
        " finished_at = excluded.finished_at",
        organization_id,
        name.form,
        name.url,
        name.account,
        seen_until,
    )
