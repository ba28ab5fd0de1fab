"""What a client wrote, checked, as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from calldex.core.calls import FIELDS
from calldex.core.drafts import NESTED, RECORD_KINDS, CallDraft, RecordDraft
from calldex.core.errors import InvalidRequest, NotFound, Problem
from calldex.core.jsonbytes import encode
from calldex.core.suggestions import did_you_mean
from calldex.core.times import parse_instant
from calldex.core.transcripts import text_of_turns
from calldex.surfaces.native.v1.bodies import LONGEST_ID, CallBody, ClassificationEntry, Turn

_KIND_OF: Final = {
    "approver": "user",
    "caller": "member",
    "partner": "partner",
    "workflow": "workflow",
    "workflow_run": "workflow_run",
    "contact": "contact",
}
_ID_BESIDE: Final = {"approver": "approver_id", "partner": "partner_id", "contact": "contact_id", "caller": "member_id"}
_AMOUNTS: Final = ("amount_due", "amount_paid", "amount_remaining", "pending_amount_remaining", "total_amount")
_OWN: Final = frozenset({"id"})


def call_draft(body: CallBody) -> CallDraft:
    """The fields that were said, and no other."""
    said = body.model_fields_set - _OWN
    values: dict[str, Any] = {}
    for name in type(body).model_fields:
        if name not in said:
            continue
        given = getattr(body, name)
        if name in _KIND_OF:
            values[name] = linked_draft(_KIND_OF[name], given, (name,))
            if name in _ID_BESIDE and not (name == "caller" and "member_id" in said):
                values[_ID_BESIDE[name]] = values[name].id if values[name] is not None else None
        elif name == "invoices":
            values[name] = [linked_draft("invoice", entry, (name, place)) for place, entry in enumerate(given or ())]
        elif name == "tasks" and given is not None:
            values[name] = [_task(task, (name, place)) for place, task in enumerate(given)]
        elif FIELDS[name] == "json":
            values[name] = encode(_json(name, given))
        else:
            values[name] = given
    if "transcript" in said and "transcript_text" not in said:
        values["transcript_text"] = text_of_turns(turns(body.transcript or []))
    return CallDraft(values.get("modified_at"), values)


def _task(given: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """A task; who has to do it is a linked record."""
    if "assignee" not in given:
        return dict(given)
    return {**given, "assignee": linked_draft("user", given["assignee"], (*path, "assignee"))}


def turns(given: list[Turn]) -> list[dict[str, Any]]:
    """Turns as they are kept."""
    return [{"role": turn.role, "content": turn.content, "start": turn.start, "end": turn.end} for turn in given]


def classifications(given: list[ClassificationEntry]) -> list[dict[str, Any]]:
    """Classifications as far as they were said."""
    entries: list[dict[str, Any]] = []
    for entry in given:
        said: dict[str, Any] = {"classification": entry.classification}
        if entry.id is not None:
            said["id"] = entry.id
        if entry.created_at is not None:
            said["created_at"] = entry.created_at
        entries.append(said)
    return entries


def _json(name: str, given: Any) -> Any:
    if given is None:
        return None
    if name == "transcript":
        return turns(given)
    return classifications(given) if name == "classifications" else given


def linked_draft(kind: str, given: Any, path: tuple[str | int, ...]) -> Any:
    """A linked record that stands in a call as its id or as an object; None for null."""
    if given is None:
        return None
    return RecordDraft(kind, given) if isinstance(given, str) else record_draft(kind, given["id"], given, path)


def record_draft(kind: str, named: str, body: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> RecordDraft:
    """A linked record from its members. Raises InvalidRequest that names every member which cannot be.

    Members are the record's own and any may be given; only those that mean something to us are checked.
    """
    problems: list[Problem] = []
    inside = _members(kind, body, path, problems)
    if body.get("id", named) != named:
        problems.append(Problem(("body", *path, "id"), f'id: it is "{named}" and cannot be changed', "id"))
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    return RecordDraft(kind, named, _version(inside), {"id": named, **inside})


def record_kind(text: str) -> str:
    """The kind that a path names. Raises NotFound that knows the nearest."""
    if text not in RECORD_KINDS:
        known = ", ".join(RECORD_KINDS)
        hint = did_you_mean(text, RECORD_KINDS)
        raise NotFound(f'There is no kind of record "{text[:64]}".{hint} Known are: {known}.')
    return text


def record_id(text: str) -> str:
    """An id of a record that can be kept. Raises InvalidRequest for one that is too long."""
    if len(text) > LONGEST_ID or "\0" in text:
        sentence = f"id: at most {LONGEST_ID} characters are allowed"
        raise InvalidRequest(problems=(Problem(("path", "id"), sentence, "too_long", text[:LONGEST_ID]),))
    return text


def _members(
    kind: str, body: Mapping[str, Any], path: tuple[str | int, ...], problems: list[Problem]
) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, given in body.items():
        place = (*path, name)
        if given is None:
            members[name] = None
        elif name in NESTED and isinstance(given, dict | str):
            members[name] = _nested(NESTED[name], given, place, problems)
        elif name in ("created_at", "modified_at"):
            members[name] = _checked_instant(given, place, problems)
        elif name in _AMOUNTS and kind == "invoice":
            members[name] = _amount(given, place, problems)
        else:
            members[name] = given
    return members


def _nested(kind: str, given: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    named = given.get("id") if isinstance(given, dict) else given
    if not isinstance(named, str) or not 0 < len(named) <= LONGEST_ID:
        problems.append(_problem(path, "an id, or an object with an id, is expected", given))
        return None
    if isinstance(given, str):
        return RecordDraft(kind, named)
    inside = _members(kind, given, path, problems)
    return RecordDraft(kind, named, _version(inside), inside)


def _version(members: Mapping[str, Any]) -> datetime | None:
    given = members.get("modified_at")
    return parse_instant(given) if isinstance(given, str) else None


def _checked_instant(given: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    try:
        parse_instant(given if isinstance(given, str) else "")
    except ValueError as error:
        problems.append(_problem(path, f"an ISO 8601 time with a zone is expected: {error}", given))
        return None
    return given


def _amount(given: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    """Money is decimal text; a number is taken as it is written, for it never was a float."""
    try:
        amount = Decimal(given) if isinstance(given, str | int | Decimal) and not isinstance(given, bool) else None
    except ArithmeticError:
        amount = None
    if amount is None or not amount.is_finite():
        problems.append(_problem(path, 'an amount as decimal text, such as "1250.00", is expected', given))
        return None
    return given if isinstance(given, str) else str(amount)


def _problem(path: tuple[str | int, ...], sentence: str, given: Any) -> Problem:
    return Problem(("body", *path), f"{'.'.join(map(str, path))}: {sentence}.", "type", given)
