"""Calls that clients of ours write: found, checked against what is there, merged and written, all at once.

What the verbs of the native surface have in common. The caller has begun the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import Copies, MakeForm
from calldex.actions.naming_records import FoundRecords, find_records
from calldex.actions.settling import settle_classifications
from calldex.core.calls import FIELDS, CallChange
from calldex.core.drafts import SOURCE, CallDraft, RecordDraft
from calldex.core.errors import CalldexError
from calldex.core.ids import call_uuid, new_uuid
from calldex.core.jsonbytes import decode, encode
from calldex.core.merging import Stamp, same_value
from calldex.store import call_writes
from calldex.store.calls import call_exists, lookup_form
from calldex.store.located import locate_calls

if TYPE_CHECKING:
    from calldex.store.database import Session

Outcome = Literal["created", "updated", "unchanged"]
Prepare = Callable[[CallState, dict[str, Any]], None]
"""Looks at the call as it stands and at what is to be written; may add to that, or raise why it cannot be."""


@dataclass(slots=True)
class Intent:
    """One call to write. ``id`` is how the client names it; None is a new call whose id is ``made``.

    ``prepare`` sees the fields of the draft before they are merged.
    """

    draft: CallDraft
    prepare: Prepare
    id: str | None = None
    made: UUID | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a call: its UUID, how often it has been written, and what happened now."""

    call_id: UUID
    revision: int
    outcome: Outcome


async def write_intents(
    session: Session,
    organization_id: int,
    forms: Mapping[str, MakeForm],
    intents: Sequence[Intent],
    now: datetime,
) -> list[Written | CalldexError]:
    """Write calls one after the other; the outcome of each, in their order.

    One that cannot be written has its error as its outcome, and nothing of it is kept; the others go in.
    """
    await call_writes.lock_writes(session, organization_id)
    known = await locate_calls(session, organization_id, [one.id for one in intents if one.id is not None], SOURCE)
    likely = {one.id: _likely_id(one, now) for one in intents if one.id is not None and one.id not in known}
    stored = await call_writes.load_calls(session, organization_id, {*known.values(), *likely.values()})
    found = await find_records(session, organization_id, [one for each in intents for one in each.draft.records()])
    states: dict[UUID, CallState] = {}
    by_name: dict[str, UUID] = {}
    outcomes: list[CallState | CalldexError] = []
    happened: list[Outcome] = []
    linked = {id(one): found.linked(one.draft.records(), one.draft.version, now) for one in intents}
    copies = await Copies.of(session, organization_id, found.read, {}, list(linked.values()))
    for intent in intents:
        try:
            state = _known_state(intent, known, stored, states, by_name, now)
            if state is None:
                state = await _new_state(session, organization_id, intent, stored, states, now)
            error = copies.error_of(linked[id(intent)])
            if error is not None:
                raise error
            outcome = _take(state, intent, found, now)
        except CalldexError as refused:
            outcomes.append(refused)
            happened.append("unchanged")
            continue
        if copies.merge(linked[id(intent)]) and outcome == "unchanged":
            outcome = "updated"
        states[state.id] = state
        if intent.id is not None:
            by_name[lookup_form(intent.id)] = state.id
        outcomes.append(state)
        happened.append(outcome)
    await copies.write(session, organization_id, forms)
    dirty = [state for state in states.values() if state.changed]
    await call_writes.write_calls(
        session,
        organization_id,
        [state.row() for state in dirty],
        [state.stored for state in dirty if state.stored is not None],
    )
    await call_writes.write_call_ids(session, organization_id, [row for state in dirty for row in state.new_ids])
    return [
        entry if isinstance(entry, CalldexError) else Written(entry.id, entry.revision + entry.changed, outcome)
        for entry, outcome in zip(outcomes, happened, strict=True)
    ]


async def write_one(
    session: Session, organization_id: int, forms: Mapping[str, MakeForm], intent: Intent, now: datetime
) -> Written:
    """Write one call. Raises what made it impossible."""
    outcome = (await write_intents(session, organization_id, forms, [intent], now))[0]
    if isinstance(outcome, CalldexError):
        raise outcome
    return outcome


def _known_state(
    intent: Intent,
    known: Mapping[str, UUID],
    stored: Mapping[UUID, call_writes.StoredCall],
    states: Mapping[UUID, CallState],
    by_name: Mapping[str, UUID],
    now: datetime,
) -> CallState | None:
    """The call that an intent means, as it stands after the intents before it."""
    if intent.id is None:
        return CallState.of(intent.made or new_uuid(now), None)
    call_id = known.get(intent.id) or by_name.get(lookup_form(intent.id))
    return None if call_id is None else states.get(call_id) or CallState.of(call_id, stored.get(call_id))


def _likely_id(intent: Intent, now: datetime, attempt: int = 0) -> UUID:
    moment = intent.draft.values.get("started_at") or intent.draft.values.get("created_at") or now
    return call_uuid(SOURCE, intent.id or "", moment, attempt=attempt)


async def _new_state(
    session: Session,
    organization_id: int,
    intent: Intent,
    stored: Mapping[UUID, call_writes.StoredCall],
    states: Mapping[UUID, CallState],
    now: datetime,
) -> CallState:
    """An empty state for a call under an id that means none yet."""
    call_id, attempt = _likely_id(intent, now), 0
    taken = call_id in stored
    while taken or call_id in states:
        attempt += 1
        call_id = _likely_id(intent, now, attempt)
        taken = await call_exists(session, organization_id, call_id)
    state = CallState.of(call_id, None)
    state.new_ids.append((lookup_form(intent.id or ""), SOURCE, call_id))
    return state


def _take(state: CallState, intent: Intent, found: FoundRecords, now: datetime) -> Outcome:
    """Merge an intent into its call."""
    values = {name: _plain(name, value, found) for name, value in intent.draft.values.items()}
    intent.prepare(state, values)
    values = state.as_said(values)
    if "classifications" in values:
        values["classifications"] = settle_classifications(
            state.values.get("classifications"), values["classifications"], now
        )
    is_new = state.is_empty
    version = intent.draft.version
    if is_new:
        version = _complete(values, version, now)
    elif version is None:
        values = {name: value for name, value in values.items() if _says_more(state, name, value)}
        if not values:
            return "unchanged"
        version = _arrival(state, values, now)
        values.setdefault("modified_at", version)
    vendor_id = state.vendor_ids.get(SOURCE) or (intent.id if is_new and intent.id else str(state.id))
    changed = state.merge(CallChange(SOURCE, vendor_id, version, values))
    if is_new:
        return "created"
    return "updated" if changed else "unchanged"


def _plain(name: str, value: Any, found: FoundRecords) -> Any:
    """A value with UUIDs where drafts of records stand."""
    if isinstance(value, RecordDraft):
        return found.uuid(value)
    if isinstance(value, dict):
        return {key: _plain(key, inside, found) for key, inside in value.items()}
    if isinstance(value, list):
        plain = [_plain(name, entry, found) for entry in value]
        return encode(plain) if FIELDS.get(name) == "json" else plain
    return value


def _complete(values: dict[str, Any], version: datetime | None, now: datetime) -> datetime:
    """A new call needs a time to stand at, and is of the time that the client gave, else of now."""
    if values.get("started_at") is None and values.get("created_at") is None:
        values["created_at"] = version or now
    values.setdefault("modified_at", version or now)
    return version or now


def _says_more(state: CallState, name: str, value: Any) -> bool:
    if name not in state.values:
        return True
    there = state.values[name]
    if FIELDS[name] == "json" and there is not None and value is not None and there != value:
        return not same_value(decode(there), decode(value))
    return not same_value(there, value)


def _arrival(state: CallState, values: Mapping[str, Any], now: datetime) -> datetime:
    """The time of a copy that says none: now, and later than what it changes, whatever the sources' clocks say."""
    stamps: list[Stamp | None] = [state.stamps.get(name) for name in (*values, "modified_at")]
    times = [stamp.time for stamp in stamps if stamp is not None and stamp.time is not None]
    return max([now, *(time + timedelta(microseconds=1) for time in times)])
