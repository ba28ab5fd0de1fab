"""Sign-ins: who is signed in where, and how often a sign-in failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.people import Person

if TYPE_CHECKING:
    from calldex.store.database import Session

IDLE_HOURS: Final = 12
"""A sign-in ends when nothing was asked for so long."""

LONGEST_DAYS: Final = 7
"""A sign-in ends after so many days in any case."""

_SEEN_EVERY_SECONDS: Final = 60
"""How exactly it is known when somebody was seen last; more exactly would be a write with each page."""

_TRY_MINUTES: Final = 15


async def insert_sign_in(
    session: Session, organization_id: int, user_id: UUID, token_hash: bytes, time_zone: str
) -> None:
    """Write a new sign-in, and take away those of the user that have ended."""
    await session.execute(
        "DELETE FROM sign_ins WHERE organization_id = $1 AND user_id = $2"
        " AND (seen_at < now() - make_interval(hours => $3) OR created_at < now() - make_interval(days => $4))",
        organization_id,
        user_id,
        IDLE_HOURS,
        LONGEST_DAYS,
    )
    await session.execute(
        "INSERT INTO sign_ins (organization_id, token_hash, user_id, time_zone) VALUES ($1, $2, $3, $4)",
        organization_id,
        token_hash,
        user_id,
        time_zone,
    )
    await session.execute(
        "UPDATE users SET signed_in_at = now() WHERE organization_id = $1 AND id = $2", organization_id, user_id
    )


async def find_person(session: Session, token_hash: bytes) -> Person | None:
    """Who is signed in by this token, as they are at this moment. One statement, and a second one once a minute."""
    row = await session.fetchrow(
        "SELECT s.organization_id, o.public_id, coalesce(live.name, o.name), live.id IS NOT NULL, u.id, u.email,"
        " u.name, u.role, coalesce(p.viewers_hear, true), u.preferences, s.time_zone,"
        " s.seen_at < now() - make_interval(secs => $4)"
        " FROM sign_ins s JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id"
        " JOIN organizations o ON o.id = s.organization_id LEFT JOIN organizations live ON live.id = o.sandbox_of"
        # A sandbox has no settings of its own.
        " LEFT JOIN organization_settings p ON p.organization_id = coalesce(live.id, o.id)"
        " WHERE s.token_hash = $1 AND u.disabled_at IS NULL AND s.seen_at > now() - make_interval(hours => $2)"
        " AND s.created_at > now() - make_interval(days => $3)",
        token_hash,
        IDLE_HOURS,
        LONGEST_DAYS,
        _SEEN_EVERY_SECONDS,
    )
    if row is None:
        return None
    *facts, stale = row
    if stale:
        await session.execute(
            "UPDATE sign_ins SET seen_at = now() WHERE organization_id = $1 AND token_hash = $2", row[0], token_hash
        )
    return Person(*facts)


async def delete_sign_in(session: Session, organization_id: int, token_hash: bytes) -> None:
    await session.execute(
        "DELETE FROM sign_ins WHERE organization_id = $1 AND token_hash = $2", organization_id, token_hash
    )


async def delete_sign_ins_of(
    session: Session, organization_id: int, user_id: UUID, *, but: bytes | None = None
) -> None:
    """Sign a user out everywhere, but for the one sign-in that asks for it."""
    await session.execute(
        "DELETE FROM sign_ins WHERE organization_id = $1 AND user_id = $2 AND ($3::bytea IS NULL OR token_hash <> $3)",
        organization_id,
        user_id,
        but,
    )


async def set_time_zone(session: Session, organization_id: int, token_hash: bytes, time_zone: str) -> None:
    await session.execute(
        "UPDATE sign_ins SET time_zone = $3 WHERE organization_id = $1 AND token_hash = $2",
        organization_id,
        token_hash,
        time_zone,
    )


async def count_attempt(session: Session, places: list[bytes]) -> list[int]:
    """Count an attempt to sign in at each of the places before it is made; how many there were of late, with it.

    Counted first and taken back when the password was right, so that attempts made at once cannot all pass.
    """
    rows = await session.fetch(
        "INSERT INTO sign_in_failures AS kept (place, failures)"
        " SELECT place, 1 FROM unnest($1::bytea[]) AS place ORDER BY place"
        " ON CONFLICT (place) DO UPDATE SET"
        " failures = CASE WHEN kept.since < now() - make_interval(mins => $2) THEN 1 ELSE kept.failures + 1 END,"
        " since = CASE WHEN kept.since < now() - make_interval(mins => $2) THEN now() ELSE kept.since END"
        " RETURNING place, failures",
        places,
        _TRY_MINUTES,
    )
    found = {bytes(row[0]): int(row[1]) for row in rows}
    return [found[place] for place in places]


async def take_attempt_back(session: Session, places: list[bytes]) -> None:
    """The attempt that was counted last was none to guess; a place without any is forgotten, and so are old ones."""
    await session.execute(
        "UPDATE sign_in_failures SET failures = failures - 1 WHERE place = ANY($1) AND failures > 0", places
    )
    await session.execute(
        "DELETE FROM sign_in_failures WHERE place = ANY($1) AND failures <= 0"
        " OR since < now() - make_interval(mins => $2)",
        places,
        _TRY_MINUTES,
    )


async def forget_failures(session: Session, place: bytes) -> None:
    """Who has signed in starts from nothing again."""
    await session.execute("DELETE FROM sign_in_failures WHERE place = $1", place)
