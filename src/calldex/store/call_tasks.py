"""How people took over the tasks of calls: who has them now, and which are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from calldex.core.ids import new_uuid

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class TaskState:
    """What people did with a task. ``id`` is the row's, ``task_id`` the task's own within its call."""

    id: UUID
    task_id: str
    label: str
    assignee: UUID | None
    assignee_name: str | None
    closed_at: datetime | None
    close_reason: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task of a list, with what its call is known by."""

    call_id: UUID
    task: TaskState
    occurred_at: datetime
    partner: UUID | None
    contact: UUID | None
    number: str | None


_COLUMNS: LiteralString = (
    "t.id, t.task_id, t.label, t.assignee, t.assignee_name, t.closed_at, t.close_reason, t.changed_at"
)
# Two calls that turn out to be one bring their rows together: the latest of a task holds.
_LATEST: LiteralString = (
    "NOT EXISTS (SELECT 1 FROM call_tasks later WHERE later.organization_id = t.organization_id"
    " AND later.call_id = t.call_id AND later.task_id = t.task_id"
    " AND (later.changed_at, later.id) > (t.changed_at, t.id))"
)


async def tasks_of_call(session: Session, organization_id: int, call_id: UUID) -> dict[str, TaskState]:
    """What people did with the tasks of a call, by the tasks' ids."""
    rows = await session.fetch(
        f"SELECT {_COLUMNS} FROM call_tasks t WHERE t.organization_id = $1 AND t.call_id = $2"
        " ORDER BY t.changed_at, t.id",
        organization_id,
        call_id,
    )
    return {row[1]: TaskState(*row) for row in rows}


async def keep_task(session: Session, organization_id: int, call_id: UUID, state: TaskState) -> None:
    """Write a task as it stands now, over the row ``state.id`` if there is one. The caller holds the write lock."""
    await session.execute(
        "INSERT INTO call_tasks (organization_id, call_id, id, task_id, label, assignee, assignee_name, closed_at,"
        " close_reason, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (organization_id, call_id, id) DO UPDATE SET label = excluded.label,"
        " assignee = excluded.assignee, assignee_name = excluded.assignee_name, closed_at = excluded.closed_at,"
        " close_reason = excluded.close_reason, changed_at = excluded.changed_at",
        organization_id,
        call_id,
        state.id,
        state.task_id,
        state.label,
        state.assignee,
        state.assignee_name,
        state.closed_at,
        state.close_reason,
        state.changed_at,
    )


def new_state(task_id: str, label: str, now: datetime) -> TaskState:
    """A task that nobody has taken over yet."""
    return TaskState(new_uuid(now), task_id, label, None, None, None, None, now)


async def open_tasks(
    session: Session,
    organization_id: int,
    first: UUID,
    *,
    assignee: UUID | None = None,
    unassigned: bool = False,
    limit: int,
    offset: int = 0,
) -> tuple[list[OpenTask], int]:
    """Open tasks that somebody took over, those of the user ``first`` before the others, and how many there are.

    With ``assignee`` only that user's, with ``unassigned`` only nobody's. The longest untouched stand first; tasks
    of deleted calls are left out. One statement.
    """
    rows = await session.fetch(
        f"SELECT t.call_id, c.occurred_at, c.partner, c.contact,"
        " CASE WHEN c.direction = 'inbound' THEN c.from_number ELSE c.to_number END,"
        f" count(*) OVER (), {_COLUMNS} FROM call_tasks t"
        " JOIN calls c ON c.organization_id = t.organization_id AND c.id = t.call_id AND c.deleted_at IS NULL"
        f" WHERE t.organization_id = $1 AND t.closed_at IS NULL AND {_LATEST}"
        " AND ($3::uuid IS NULL OR t.assignee = $3) AND (NOT $4 OR t.assignee IS NULL)"
        " ORDER BY t.assignee IS DISTINCT FROM $2, t.assignee IS NULL, t.changed_at, t.id LIMIT $5 OFFSET $6",
        organization_id,
        first,
        assignee,
        unassigned,
        limit,
        offset,
    )
    return [_open_task(row) for row in rows], int(rows[0][5]) if rows else 0


def _open_task(row: Any) -> OpenTask:
    return OpenTask(row[0], TaskState(*row[6:]), row[1], row[2], row[3], row[4])
