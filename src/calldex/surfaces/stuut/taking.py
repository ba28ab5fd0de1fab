"""Taking a call of Stuut apart: what a table of its keys says, in our words, its linked records beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import CallChange, Linked, RecordChange
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.ids import record_uuid
from calldex.core.jsonbytes import decode, encode, what_is_wrong
from calldex.core.times import parse_instant
from calldex.surfaces.stuut.shapes import SOURCE, Shape, Taking, problem, version_of

_outer = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_several = msgspec.json.Decoder(list[msgspec.Raw]).decode

ONLY_AN_ID: Final = b"{}"


@dataclass(frozen=True, slots=True)
class Key:
    """What stands under a key of a call: our field, and how to read it.

    ``text``, ``flag``, ``instant``, ``anything``, ``texts``: plain values. ``linked``, ``linked many``: records
    of the kind ``record``. ``classifications``, ``tasks``, ``display tasks``: what belongs to the call alone.
    """

    field: str
    type: str
    record: str | None = None


@dataclass(frozen=True, slots=True)
class CallTable:
    """The keys of a call in one version of the API, those that must be there, and the shapes around it.

    ``reserved`` are keys that the version does not know, and another one reads as objects. ``marks_of_others`` are
    keys that every call of another API has: a file that was given under the wrong name is told by them.
    """

    keys: Mapping[str, Key]
    required: tuple[str, ...]
    records: Mapping[str, Shape]
    classification: Shape
    task: Shape
    reserved: frozenset[str] = frozenset()
    marks_of_others: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _TakingCall:
    table: CallTable
    vendor_id: str
    values: dict[str, Any] = field(default_factory=dict)
    linked: list[Linked] = field(default_factory=list)
    unknown: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    tasks: dict[str, dict[str, Any]] | None = None

    def take(self, name: str, raw: bytes) -> None:
        key = self.table.keys.get(name)
        if key is None:
            self.unknown[name] = decode(raw)
        elif key.type == "linked":
            self.values[key.field] = self._linked(name, key, raw)
        elif key.type == "linked many":
            self.values[key.field] = self._linked_many(name, key, raw)
        elif key.type == "anything":
            # What could not be read again, to be compared with a later copy, must not be kept.
            decode(raw)
            self.values[key.field] = msgspec.json.format(raw, indent=-1)
        elif key.type in ("classifications", "tasks", "display tasks"):
            self._own(name, key, decode(raw))
        else:
            self._plain(name, key, decode(raw))

    def _plain(self, name: str, key: Key, value: Any) -> None:
        if value is None:
            self.values[key.field] = b"null" if key.type == "texts" else None
        elif (key.type == "text" and isinstance(value, str)) or (key.type == "flag" and isinstance(value, bool)):
            self.values[key.field] = value
        elif key.type == "texts" and isinstance(value, list) and all(isinstance(one, str) for one in value):
            self.values[key.field] = encode(value)
        elif key.type == "instant" and isinstance(value, str):
            try:
                self.values[key.field] = parse_instant(value)
            except ValueError as error:
                sentence = f'{name}: "{value[:60]}" was given: {error}'
                self.problems.append(Problem(("call", name), sentence, "instant", value))
        else:
            expected = {"text": "text", "flag": "true or false", "texts": "an array of text"}
            self.problems.append(problem((name,), expected.get(key.type, "an ISO 8601 time with a zone"), value))

    def _linked(self, name: str, key: Key, raw: bytes) -> UUID | None:
        if raw == b"null":
            return None
        return self._record(name, (name,), key, raw)

    def _linked_many(self, name: str, key: Key, raw: bytes) -> list[UUID] | None:
        if raw == b"null":
            return None
        try:
            entries = _several(raw)
        except msgspec.ValidationError:
            self.problems.append(problem((name,), "an array of objects", decode(raw)))
            return None
        found = [
            self._record(f"{name}.{place}", (name, place), key, bytes(entry)) for place, entry in enumerate(entries)
        ]
        return [record for record in found if record is not None]

    def _record(self, name: str, path: tuple[str | int, ...], key: Key, raw: bytes) -> UUID | None:
        """The UUID of a record that stands in the call; one without an id becomes the call's own."""
        kind = key.record or ""
        try:
            members = _outer(raw)
        except msgspec.ValidationError:
            self.problems.append(problem(path, "an object", decode(raw)))
            return None
        vendor_id = decode(bytes(members["id"])) if "id" in members else None
        if vendor_id is not None and not isinstance(vendor_id, str):
            self.problems.append(problem((*path, "id"), "text", vendor_id))
            return None
        record = record_uuid(SOURCE, kind, vendor_id or f"call:{self.vendor_id}:{name}")
        self.linked.append(Linked(record, kind, vendor_id or None, raw))
        return record

    def _own(self, name: str, key: Key, value: Any) -> None:
        """Classifications and tasks. A task with an id is kept once, under tasks, and named by it elsewhere."""
        if value is None:
            self.values[key.field] = b"null"
            return
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.problems.append(problem((name,), "an array of objects", value))
            return
        shape = self.table.classification if key.type == "classifications" else self.table.task
        taking = Taking(self.table.records, self.table.reserved)
        entries = [taking.object(shape, entry, (name, place)) for place, entry in enumerate(value)]
        self.problems.extend(taking.problems)
        self.linked.extend(_copy(change) for change in taking.records)
        if key.type == "classifications":
            for entry in entries:
                self._name_tasks(entry)
        self.values[key.field] = encode(entries)

    def _name_tasks(self, classification: dict[str, Any]) -> None:
        tasks = classification.get("tasks")
        if not isinstance(tasks, list):
            return
        if self.tasks is None:
            self.tasks = {}
        named: list[Any] = []
        for task in tasks:
            task_id = task.get("id")
            if isinstance(task_id, str) and task_id:
                self.tasks.setdefault(task_id, task)
                named.append(task_id)
            else:
                named.append(task)
        classification["tasks"] = named


def _copy(change: RecordChange) -> Linked:
    """A record found inside a task, as bytes again; users hold no records of their own."""
    return Linked(change.id, change.kind, change.vendor_id, encode(change.body))


def take_call(raw: bytes, table: CallTable) -> CallChange:
    """One call of Stuut, from its JSON. Raises InvalidRequest with every problem, named by its path."""
    members = _members(raw)
    vendor_id = _plain_id(members)
    problems = [
        Problem(("call", name), f"{name} is required", "missing") for name in table.required if name not in members
    ]
    problems += [
        Problem(("call", mark), f"{mark} stands in calls of {api}: this is none of this format", "format")
        for mark, api in table.marks_of_others.items()
        if mark in members
    ]
    if not isinstance(vendor_id, str) or not vendor_id:
        if "id" in members:
            problems.append(problem(("id",), "text that is not empty", vendor_id))
        raise InvalidRequest(problems=tuple(problems))
    if b"\\u0000" in raw:
        problems += _found_nuls(raw, ())
    taking = _TakingCall(table, vendor_id, problems=problems)
    for name, value in members.items():
        if name != "id":
            try:
                taking.take(name, value)
            except (msgspec.MsgspecError, RecursionError) as error:
                taking.problems.append(Problem(("call", name), f"{name}: {_unreadable(error)}", "json"))
    if taking.problems:
        raise InvalidRequest(problems=tuple(taking.problems))
    return _change(taking)


def _members(raw: bytes) -> dict[str, bytes]:
    try:
        raw.decode()
        return {name: bytes(value) for name, value in _outer(raw).items()}
    except UnicodeDecodeError as error:
        raise _refused("the text is not UTF-8") from error
    except RecursionError as error:
        raise _refused("the JSON is nested too deeply") from error
    except msgspec.ValidationError as error:
        raise _refused("a call must be a JSON object") from error
    except msgspec.DecodeError as error:
        raise _refused(f"the JSON cannot be read: {what_is_wrong(error, raw)}") from error


def _change(taking: _TakingCall) -> CallChange:
    values = taking.values
    if taking.tasks is not None and "tasks" not in values:
        values["tasks"] = encode(list(taking.tasks.values()))
    for name, kind in (("approver", "user"), ("partner", "partner")):
        _complete_id(taking, name, kind)
    version = values.get("modified_at") or values.get("created_at")
    kept = {SOURCE: taking.unknown} if taking.unknown else {}
    return CallChange(SOURCE, taking.vendor_id, version, values, taking.linked, kept)


def _complete_id(taking: _TakingCall, name: str, kind: str) -> None:
    """A record and the id beside it say the same; either completes the other."""
    values, id_field = taking.values, f"{name}_id"
    record, named = values.get(name), values.get(id_field)
    if record is None and isinstance(named, str) and named:
        values[name] = record_uuid(SOURCE, kind, named)
        taking.linked.append(Linked(values[name], kind, named, ONLY_AN_ID))
    elif record is not None and id_field not in values:
        values[id_field] = next((entry.vendor_id for entry in taking.linked if entry.id == record), None)
    elif record is None and (name in values or id_field in values):
        # A null for either takes the other one away, too.
        values.setdefault(name, None)
        values.setdefault(id_field, None)


def take_record(linked: Linked, table: CallTable) -> list[RecordChange]:
    """A linked record and those nested in it. Raises InvalidRequest with every problem."""
    try:
        body = decode(linked.raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        sentence = f"{linked.kind}: {_unreadable(error)}"
        raise InvalidRequest(problems=(Problem(("call", linked.kind), sentence, "json"),)) from None
    taking = Taking(table.records, table.reserved)
    own = taking.object(table.records[linked.kind], body, (linked.kind,))
    if b"\\u0000" in linked.raw:
        taking.problems += _found_nuls(linked.raw, (linked.kind,))
    taking.finish()
    change = RecordChange(linked.id, linked.kind, SOURCE, linked.vendor_id, version_of(own), own)
    return [*taking.records, change]


def _refused(sentence: str) -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("call",), sentence, "json"),))


def _plain_id(members: Mapping[str, bytes]) -> Any:
    try:
        return decode(members["id"]) if "id" in members else None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidRequest(problems=(Problem(("call", "id"), f"id: {_unreadable(error)}", "json"),)) from None


def _unreadable(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    return f"the JSON cannot be read: {error}"


def _found_nuls(raw: bytes, path: tuple[str | int, ...]) -> list[Problem]:
    try:
        return _nuls(decode(raw), path)
    except (msgspec.MsgspecError, RecursionError) as error:
        return [Problem(("call", *path), _unreadable(error), "json")]


def _nuls(value: Any, path: tuple[str | int, ...]) -> list[Problem]:
    """Where text holds a NUL character, which PostgreSQL cannot keep."""
    if isinstance(value, str) and "\0" in value:
        dotted = ".".join(map(str, path))
        return [Problem(("call", *path), f"{dotted}: text must not hold a NUL character", "nul")]
    if isinstance(value, dict):
        return [found for key, entry in value.items() for found in _nuls(entry, (*path, key))]
    if isinstance(value, list):
        return [found for place, entry in enumerate(value) for found in _nuls(entry, (*path, place))]
    return []
