"""Acts: what people and keys did to calls and to their organization, with who and when. They are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from calldex.core.ids import LAST_ID, new_uuid
from calldex.core.jsonbytes import decode, encode

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user or a key, by the name at that time."""

    kind: Literal["user", "key"]
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Act:
    """One act. ``name`` is the verb, as ``approve``; ``detail`` what it was done with."""

    id: UUID
    call_id: UUID | None
    name: str
    actor: Actor
    detail: dict[str, Any]
    happened_at: datetime


async def write_act(
    session: Session,
    organization_id: int,
    actor: Actor,
    name: str,
    now: datetime,
    *,
    call_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Write down what is done, in the transaction that does it."""
    await session.execute(
        "INSERT INTO acts (organization_id, id, call_id, act, actor_kind, actor_id, actor_name, detail, happened_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        organization_id,
        new_uuid(now),
        call_id,
        name,
        actor.kind,
        actor.id,
        actor.name,
        encode(detail),
        now,
    )


async def acts_of_call(session: Session, organization_id: int, call_id: UUID, limit: int = 500) -> list[Act]:
    """What was done to a call, the newest first."""
    rows = await session.fetch(
        "SELECT id, call_id, act, actor_kind, actor_id, actor_name, detail, happened_at FROM acts"
        " WHERE organization_id = $1 AND call_id = $2 ORDER BY id DESC LIMIT $3",
        organization_id,
        call_id,
        limit,
    )
    return [_act(row) for row in rows]


async def latest_act(session: Session, organization_id: int, call_id: UUID, *names: str) -> Act | None:
    """The latest act of one of these names on a call."""
    row = await session.fetchrow(
        "SELECT id, call_id, act, actor_kind, actor_id, actor_name, detail, happened_at FROM acts"
        " WHERE organization_id = $1 AND call_id = $2 AND act = ANY($3) ORDER BY id DESC LIMIT 1",
        organization_id,
        call_id,
        list(names),
    )
    return None if row is None else _act(row)


async def latest_acts(
    session: Session, organization_ids: Sequence[int], limit: int = 100, *, before: UUID = LAST_ID
) -> list[tuple[int, Act]]:
    """What was done of late in these organizations, to calls and else, the newest first, each with whose it is.

    ``before`` is the id of the act where the last page ended.
    """
    rows = await session.fetch(
        "SELECT o.id, a.* FROM unnest($1::integer[]) AS o (id) CROSS JOIN LATERAL ("
        "SELECT id, call_id, act, actor_kind, actor_id, actor_name, detail, happened_at FROM acts"
        " WHERE organization_id = o.id AND id < $2 ORDER BY id DESC LIMIT $3) AS a ORDER BY a.id DESC LIMIT $3",
        list(organization_ids),
        before,
        limit,
    )
    return [(row[0], _act(row[1:])) for row in rows]


def _act(row: Any) -> Act:
    return Act(row[0], row[1], row[2], Actor(row[3], row[4], row[5]), decode(row[6]), row[7])
