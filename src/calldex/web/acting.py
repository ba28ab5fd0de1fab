"""Acting on a call: decide, note, correct, take over tasks, delete. Each answers with its part of the call's page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.actions.acting import LONGEST_REASON, act
from calldex.actions.add_note import add_note
from calldex.actions.change_task import TASK_VERBS, change_task
from calldex.actions.correct_classification import correct_classification
from calldex.actions.decide_call import approve, reject
from calldex.actions.delete_call import delete
from calldex.core.calls import CLASSIFICATIONS, Call
from calldex.core.drafts import SOURCE, RecordDraft
from calldex.core.errors import CalldexError, Conflict, InvalidRequest, NotFound, Problem
from calldex.core.ids import new_uuid, parse_uuid, typed_id
from calldex.core.life import WAITING, ImpossibleMove, NotWaiting
from calldex.core.notes import given_notes
from calldex.core.people import Right, role_may
from calldex.core.tasks import tasks_of
from calldex.store.acts import Act, latest_act
from calldex.store.call_tasks import tasks_of_call
from calldex.store.calls import Columns, find_call
from calldex.store.corrections import corrections_of_call
from calldex.store.notes import Note, list_notes
from calldex.store.record_names import RecordName, record_names
from calldex.store.users import User, list_users
from calldex.web.acted import ShownClassification, ShownTask, assignees_of, shown_classifications, shown_tasks
from calldex.web.context import WebContext
from calldex.web.once import do_once
from calldex.web.texts import text, word
from calldex.web.visits import Form, Visit, read_form, visited

if TYPE_CHECKING:
    from calldex.store.database import Session

COLUMNS: Final = Columns(
    "status",
    "decided_at",
    "deleted_at",
    "approver",
    "approver_id",
    "classifications",
    "tasks",
    "display_tasks",
    "notes",
    "revision",
)
"""What the parts of a page need of a call."""

LONGEST_NOTE: Final = 10_000

ACTED: Final = "calldex:acted"
"""The event on a page after something was done, for the parts of it that show what was done."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What people did to a call and may do: what the parts of its page are made of.

    ``once`` is other in each page, so that a form that is sent twice does what it does once. ``error`` says why what
    was sent could not be done, and ``typed`` what that was.
    """

    notes: list[Note]
    source_notes: str
    classifications: list[ShownClassification]
    tasks: list[ShownTask]
    users: list[User]
    decision: Act | None
    approver: RecordName | None
    may: frozenset[Right]
    once: str
    error: CalldexError | None = None
    typed: Form = Form([])  # noqa: RUF009 - it is never changed
    words: Sequence[str] = CLASSIFICATIONS

    def was(self, field: str, value: str) -> bool:
        """Whether the form that could not be done was this one of several: its ``field`` has this value."""
        return self.error is not None and self.typed.get(field) == value


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """The verbs."""
    verbs: tuple[tuple[str, Callable[[Visit], Awaitable[Response]], Right], ...] = (
        ("approve", approve_call, "decide"),
        ("reject", reject_call, "decide"),
        ("notes", write_note, "note"),
        ("classifications", correct, "classify"),
        ("tasks", take_over, "task"),
        ("delete", delete_call, "delete"),
    )
    return [
        Route(f"/calls/{{id}}/{name}", visited(context, handler, right), methods=["POST"])
        for name, handler, right in verbs
    ]


async def load_acting(
    session: Session, visit: Visit, call: Call, *, error: CalldexError | None = None, typed: Form | None = None
) -> Acting:
    """What the parts of a call's page show; ``call`` has at least COLUMNS. A fixed number of statements."""
    organization_id = visit.organization_id
    may = rights_on(visit, call)
    notes = await list_notes(session, organization_id, call.id)
    corrections = await corrections_of_call(session, organization_id, call.id)
    states = await tasks_of_call(session, organization_id, call.id)
    given = tasks_of(call.tasks, call.display_tasks, call.classifications)
    approver = {call.approver} if call.approver is not None else set()
    names = await record_names(session, organization_id, assignees_of(given) | approver)
    # Only a form that comes back has a list of those who may do the task: many tasks would have many.
    users = await doers(session, organization_id) if typed is not None and typed.get("do") == "assign" else []
    decision = None
    if call.decided_at is not None:
        decision = await latest_act(session, organization_id, call.id, "approve", "reject")
    return Acting(
        notes,
        source_notes(call.notes, notes),
        shown_classifications(call.classifications, corrections),
        shown_tasks(given, states, names),
        users,
        decision,
        names.get(call.approver) if call.approver is not None else None,
        may,
        secrets.token_urlsafe(12),
        error,
        typed or Form([]),
    )


async def doers(session: Session, organization_id: int) -> list[User]:
    """Those whom a task can be given to: who may close it."""
    users = await list_users(session, organization_id)
    return [user for user in users if user.disabled_at is None and role_may(user.role, "task")]


def rights_on(visit: Visit, call: Call) -> frozenset[Right]:
    """What the person may do to this call; nothing to one that is deleted."""
    rights: tuple[Right, ...] = ("note", "classify", "task", "decide", "delete")
    if call.deleted_at is not None:
        return frozenset()
    return frozenset(
        right for right in rights if visit.person.may(right) and (right != "decide" or call.status == WAITING)
    )


Work = Callable[["Session", Call, Form, datetime], Awaitable[None]]


async def approve_call(visit: Visit) -> Response:
    return await _decide(visit, approved=True)


async def reject_call(visit: Visit) -> Response:
    return await _decide(visit, approved=False)


async def _decide(visit: Visit, *, approved: bool) -> Response:
    async def work(session: Session, call: Call, _form: Form, now: datetime) -> None:
        approver = approver_of(visit)
        intent = (approve if approved else reject)(str(call.id), approver, approver.id, now)
        name = "approve" if approved else "reject"
        forms = visit.context.forms
        try:
            await act(session, visit.organization_id, forms, intent, visit.actor, name, now, approver=approver.id)
        except (ImpossibleMove, NotWaiting) as error:
            raise Conflict(text("acting.decided_already", status=word("status", error.status))) from None

    return await _answer(visit, "decide", "_decide.html", work, said="approved" if approved else "rejected")


async def write_note(visit: Visit) -> Response:
    async def work(session: Session, call: Call, form: Form, now: datetime) -> None:
        body = plain_text(form.get("note"), "note", LONGEST_NOTE, needed=text("acting.empty_note"))
        note = Note(new_uuid(now), body, visit.person.name, now)
        await add_note(session, visit.organization_id, visit.context.forms, str(call.id), note, visit.actor)

    return await _answer(visit, "notes", "_notes.html", work, said="noted")


async def correct(visit: Visit) -> Response:
    async def work(session: Session, call: Call, form: Form, now: datetime) -> None:
        await correct_classification(
            session,
            visit.organization_id,
            visit.context.forms,
            call.id,
            visit.actor,
            now,
            classification=form.get("classification") or None,
            corrected=form.get("corrected") or None,
            reason=plain_text(form.get("reason"), "reason", LONGEST_REASON),
            seen=form.said("seen"),
        )

    return await _answer(visit, "classifications", "_classifications.html", work, said="corrected")


async def take_over(visit: Visit) -> Response:
    return await _answer(visit, "tasks", "_call_tasks.html", change_of_task(visit), said="task_changed", once=False)


def change_of_task(visit: Visit) -> Work:
    """What the form of a task asks for, from whatever page it was sent."""

    async def work(session: Session, call: Call, form: Form, now: datetime) -> None:
        verb = next((known for known in TASK_VERBS if known == form.get("do")), None)
        wanted = form.get("assignee")
        assignee = parse_uuid(wanted)
        if verb is None or (verb == "assign" and wanted and assignee is None):
            raise InvalidRequest(problems=(Problem(("do",), text("errors.bad_form"), "form"),))
        await change_task(
            session,
            visit.organization_id,
            call.id,
            form.get("task"),
            verb,
            visit.actor,
            now,
            assignee=assignee,
            seen=form.said("seen"),
            reason=plain_text(form.get("reason"), "reason", LONGEST_REASON),
        )

    return work


async def delete_call(visit: Visit) -> Response:
    async def work(session: Session, call: Call, form: Form, now: datetime) -> None:
        reason = plain_text(form.get("reason"), "reason", LONGEST_REASON, needed=text("acting.no_reason"))
        if form.get("sure") != "yes":
            raise InvalidRequest(problems=(Problem(("sure",), text("acting.not_sure"), "missing"),))
        intent = delete(str(call.id), now)
        forms = visit.context.forms
        await act(session, visit.organization_id, forms, intent, visit.actor, "delete", now, reason=reason)

    call = await call_named(visit, visit.request.path_params["id"])
    error = await do(visit, call, work)
    if error is not None:
        return await _part(visit, call.id, "delete", "_delete_call.html", error)
    return visit.go(visit.link("/calls"))


def approver_of(visit: Visit) -> RecordDraft:
    """The person as a linked record, so that every surface shows who decided."""
    person = visit.person
    named = typed_id("user", person.id)
    return RecordDraft("user", named, None, {"id": named, "email": person.email, "name": person.name})


async def _answer(visit: Visit, section: str, template: str, work: Work, *, said: str, once: bool = True) -> Response:
    """Do the work, and show the part of the page that it is about: by itself for a script, else within the page.

    What could not be done is shown beside the form with what was typed, without a script on a page of its own.
    """
    call = await call_named(visit, visit.request.path_params["id"])
    error = await do(visit, call, work, once=once)
    if error is None and not visit.is_fragment:
        return visit.go(visit.link(f"/calls/{call.id}") + f"#{section}")
    return await _part(visit, call.id, section, template, error, said=said)


async def do(visit: Visit, call: Call, work: Work, *, once: bool = True) -> CalldexError | None:
    """Do the work in one transaction; ``once`` for one form, however often it is sent.

    Returns why it could not be done, for the page to show beside the form.
    """
    form, now = await read_form(visit.request), datetime.now(UTC)

    try:
        await do_once(visit, form, lambda session: work(session, call, form, now), once=once)
    except (InvalidRequest, Conflict) as error:
        return error
    return None


async def _part(
    visit: Visit, call_id: UUID, section: str, template: str, error: CalldexError | None, *, said: str | None = None
) -> Response:
    """A part of the page as the call is now; not for a script as a page of its own, with the way to the call."""
    form = await read_form(visit.request)
    found = await find_call(visit.database, visit.organization_id, str(call_id), SOURCE, COLUMNS)
    if found is None or found.call.deleted_at is not None:
        raise NotFound(text("acting.no_call"))
    async with visit.database.session() as session:
        acting = await load_acting(session, visit, found.call, error=error, typed=form if error else None)
    status = 200 if error is None else visit.context.status_of(error)
    headers: Mapping[str, str] = {}
    if error is None and said is not None:
        headers = {"HX-Trigger": json.dumps({ACTED: {}, "calldex:said": text(f"acting.said_{said}")})}
    if visit.is_fragment:
        return visit.page(template, status=status, headers=headers, call=found.call, acting=acting)
    title = text(f"acting.{'decision' if section == 'decide' else section}")
    return visit.page("call_part.html", status=status, part=template, title=title, call=found.call, acting=acting)


async def call_named(visit: Visit, named: str) -> Call:
    """The call that an id means. Raises NotFound, also for one that is deleted."""
    found = await find_call(visit.database, visit.organization_id, named[:500], SOURCE, COLUMNS)
    if found is None or found.call.deleted_at is not None:
        raise NotFound(text("acting.no_call"))
    return found.call


def plain_text(given: str, field: str, longest: int, *, needed: str | None = None) -> str:
    """What somebody typed, with line breaks of one kind. Raises InvalidRequest for too much, or for nothing."""
    plain = given.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not plain and needed is not None:
        raise InvalidRequest(problems=(Problem((field,), needed, "missing"),))
    if len(plain) > longest:
        sentence = text("acting.too_long", most=f"{longest:,}", n=f"{len(plain):,}")
        raise InvalidRequest(problems=(Problem((field,), sentence, "too_long"),))
    return plain


def source_notes(whole: str | None, notes: Sequence[Note]) -> str:
    """What sources noted: the call's notes without those that were written here."""
    return (given_notes(whole, [note.body for note in notes]) or "").strip()
