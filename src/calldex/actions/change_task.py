"""Take over a task of a call: give it to somebody, close it, open it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args
from uuid import UUID

from calldex.actions.acting import checked_reason
from calldex.core.errors import Conflict, InvalidRequest, NotFound, Problem
from calldex.core.people import first_role_with, role_may
from calldex.core.tasks import SourceTask, tasks_of
from calldex.store.acts import Actor, write_act
from calldex.store.call_tasks import TaskState, keep_task, new_state, tasks_of_call
from calldex.store.call_writes import lock_writes
from calldex.store.calls import Columns
from calldex.store.located import read_calls
from calldex.store.users import load_user
from calldex.store.versions import change_calls

if TYPE_CHECKING:
    from calldex.store.database import Session

TaskVerb = Literal["assign", "close", "reopen"]
TASK_VERBS: Final[tuple[TaskVerb, ...]] = get_args(TaskVerb)

_COLUMNS: Final = Columns("tasks", "display_tasks", "classifications", "deleted_at")


async def change_task(
    session: Session,
    organization_id: int,
    call_id: UUID,
    task_id: str,
    verb: TaskVerb,
    actor: Actor,
    now: datetime,
    *,
    assignee: UUID | None = None,
    seen: str | None = None,
    reason: str | None = None,
) -> TaskState:
    """Do it, write the act, and give the task as it stands then. The caller has begun the transaction.

    Giving a task to whom has it already is no act.

    ``assignee`` is who gets the task, None for nobody; ``reason`` is why it is closed. ``seen`` is who had the task
    when it was looked at, empty for nobody, None where that was not said. Raises NotFound for a call or task that
    there is not, InvalidRequest for somebody who is no user (any more) or may not close tasks, and Conflict for a task
    that is closed or open already, or was given to somebody else meanwhile.
    """
    await lock_writes(session, organization_id)
    call = (await read_calls(session, organization_id, [call_id], _COLUMNS)).get(call_id)
    if call is None or call.deleted_at is not None:
        raise NotFound("There is no such call.")
    given = {one.id: one for one in tasks_of(call.tasks, call.display_tasks, call.classifications)}
    state = _known(task_id, given, await tasks_of_call(session, organization_id, call_id), now)
    if verb == "assign":
        changed = await _assigned(session, organization_id, state, assignee, seen)
    elif verb == "close":
        changed = replace(_must_be_open(state), closed_at=now, close_reason=checked_reason(reason))
    else:
        if state.closed_at is None:
            raise Conflict("The task is open already.")
        changed = replace(state, closed_at=None, close_reason=None)
    if changed == state:
        return state
    changed = replace(changed, changed_at=now)
    await keep_task(session, organization_id, call_id, changed)
    await write_act(
        session,
        organization_id,
        actor,
        f"{verb}_task",
        now,
        call_id=call_id,
        task=task_id,
        label=changed.label,
        **({"assignee": changed.assignee_name} if verb == "assign" else {}),
        **({"reason": changed.close_reason} if changed.close_reason else {}),
    )
    await change_calls(session, organization_id)
    return changed


def _known(task_id: str, given: dict[str, SourceTask], states: dict[str, TaskState], now: datetime) -> TaskState:
    """The task as people left it, else as the source gave it. One that somebody took over stays when its source
    forgets it.
    """
    source = given.get(task_id)
    state = states.get(task_id)
    if state is None:
        if source is None:
            raise NotFound("There is no such task.")
        return new_state(task_id, source.label, now)
    return state if source is None else replace(state, label=source.label)


async def _assigned(
    session: Session, organization_id: int, state: TaskState, assignee: UUID | None, seen: str | None
) -> TaskState:
    _must_be_open(state)
    if assignee == state.assignee:
        return state
    if seen is not None and seen != str(state.assignee or ""):
        raise Conflict(f"Meanwhile the task was given to {state.assignee_name or 'nobody'}.")
    if assignee is None:
        return replace(state, assignee=None, assignee_name=None)
    user = await load_user(session, organization_id, assignee)
    if user is None or user.disabled_at is not None:
        raise InvalidRequest(problems=(Problem(("assignee",), "There is no such user who could do it.", "user"),))
    if not role_may(user.role, "task"):
        sentence = f"{user.name} may not close tasks; that takes the role {first_role_with('task')} or more."
        raise InvalidRequest(problems=(Problem(("assignee",), sentence, "role"),))
    return replace(state, assignee=user.id, assignee_name=user.name)


def _must_be_open(state: TaskState) -> TaskState:
    if state.closed_at is not None:
        raise Conflict("The task is closed already.")
    return state
