"""The page of tasks: what somebody took over and has not closed, one's own first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.core.errors import CalldexError, InvalidRequest, NotFound, Problem
from calldex.core.ids import parse_uuid
from calldex.core.tasks import tasks_of
from calldex.store.call_tasks import OpenTask, open_tasks, tasks_of_call
from calldex.store.record_names import RecordName, record_names
from calldex.store.users import User, list_users
from calldex.web.acted import shown_tasks
from calldex.web.acting import call_named, change_of_task, do, doers
from calldex.web.context import WebContext
from calldex.web.texts import text
from calldex.web.visits import Form, Visit, read_form, visited

PAGE_SIZE: Final = 50
NOBODY: Final = "nobody"
ME: Final = "me"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """An open task with whom its call was with."""

    open: OpenTask
    partner: RecordName | None
    contact: RecordName | None


@dataclass(frozen=True, slots=True)
class TaskList:
    """A page of the open tasks. ``assignee`` is whose they are: ``me``, ``nobody``, a user's UUID, or empty for all.

    ``error`` says why what was sent could not be done, and ``typed`` what that was; ``doers`` are those to choose from
    in the form that comes back then.
    """

    rows: list[TaskRow]
    total: int
    assignee: str
    page: int
    users: list[User]
    doers: list[User]
    error: CalldexError | None = None
    typed: Form | None = None

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    def refused(self, row: TaskRow) -> Form | None:
        """What was sent of this task, when that could not be done."""
        sent = self.typed
        if sent is None or (sent.get("call"), sent.get("task")) != (str(row.open.call_id), row.open.task.task_id):
            return None
        return sent

    @property
    def is_refused_elsewhere(self) -> bool:
        """Whether what could not be done is of no task that is shown."""
        return self.error is not None and not any(self.refused(row) for row in self.rows)


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The page, changing a task from it, and the form that gives a task to somebody."""
    return [
        Route("/tasks", visited(context, show_tasks), methods=["GET"]),
        Route("/tasks", visited(context, change_from_list, "task"), methods=["POST"]),
        Route("/calls/{id}/tasks", visited(context, show_giving, "task"), methods=["GET"]),
    ]


async def show_tasks(visit: Visit) -> Response:
    given = visit.request.query_params
    page = given.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 6 else 1
    found = await load_tasks(visit, given.get("assignee", ""), max(1, number))
    return visit.page("_tasks.html" if visit.is_fragment else "tasks.html", found=found)


async def show_giving(visit: Visit) -> Response:
    """The form that gives one task of a call: into its row, or as a page of its own.

    With ``shown`` it is of the list, which is shown so again afterwards.
    """
    call, given = await call_named(visit, visit.request.path_params["id"]), visit.request.query_params
    async with visit.database.session() as session:
        states = await tasks_of_call(session, visit.organization_id, call.id)
        users = await doers(session, visit.organization_id)
    tasks = shown_tasks(tasks_of(call.tasks, call.display_tasks, call.classifications), states, {})
    task = next((one for one in tasks if one.id == given.get("task")), None)
    if task is None or task.is_closed:
        raise NotFound(text("tasks.not_open"))
    values: dict[str, Any] = {"call": call, "task": task, "users": users, "shown": given.get("shown")}
    if visit.is_fragment:
        return visit.page("_give_task.html", **values)
    return visit.page("call_part.html", part="_give_task.html", title=text("acting.give"), **values)


async def change_from_list(visit: Visit) -> Response:
    """What a form of the list asks for; its ``call`` names the call."""
    form = await read_form(visit.request)
    assignee = form.get("shown")
    error = await do(visit, await call_named(visit, form.get("call")), change_of_task(visit), once=False)
    if error is None and not visit.is_fragment:
        return visit.go(visit.link("/tasks", assignee=assignee or None))
    status = 200 if error is None else visit.context.status_of(error)
    found = await load_tasks(visit, assignee, 1, error, form if error else None)
    return visit.page("_tasks.html" if visit.is_fragment else "tasks.html", status=status, found=found)


async def load_tasks(
    visit: Visit, assignee: str, page: int, error: CalldexError | None = None, typed: Form | None = None
) -> TaskList:
    """Three statements. Raises InvalidRequest for somebody who cannot be meant."""
    mine = visit.person.id
    wanted = mine if assignee == ME else parse_uuid(assignee)
    if wanted is None and assignee not in ("", NOBODY):
        raise InvalidRequest(problems=(Problem(("assignee",), text("tasks.no_user"), "user"),))
    async with visit.database.session() as session:
        found, total = await open_tasks(
            session,
            visit.organization_id,
            mine,
            assignee=wanted,
            unassigned=assignee == NOBODY,
            limit=PAGE_SIZE,
            offset=(page - 1) * PAGE_SIZE,
        )
        linked = {record for one in found for record in (one.partner, one.contact) if record is not None}
        names = await record_names(session, visit.organization_id, linked)
        users = await list_users(session, visit.organization_id)
        able = await doers(session, visit.organization_id) if typed is not None else []

    def named(record: UUID | None) -> RecordName | None:
        return None if record is None else names.get(record)

    rows = [TaskRow(one, named(one.partner), named(one.contact)) for one in found]
    return TaskList(rows, total, assignee, page, users, able, error, typed)
