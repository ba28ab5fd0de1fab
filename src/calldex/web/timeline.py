"""The timeline of a call: what was heard of it, its own times, and what people and keys did, each with when and who."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

from calldex.core.calls import FIELDS, Call
from calldex.core.jsonbytes import encode
from calldex.store.acts import Act, acts_of_call
from calldex.store.call_events import ToldEvent, latest_events
from calldex.store.notes import Note
from calldex.store.recordings import Recording
from calldex.web.long_texts import weight
from calldex.web.texts import counted, text, texts, word

if TYPE_CHECKING:
    from calldex.store.database import Session

AT_ONCE: Final = 30
"""So many entries the page of a call begins with."""

MOST: Final = 200
"""And so many more come at a time."""

MOST_ACTS: Final = 5_000
_SHOWN_BYTES: Final = 4_096
_ALL_SHOWN_BYTES: Final = 6_000
"""What events say fills no more of a page than this; beyond it each has a link to what it says."""

_TIMES: Final = ("created_at", "started_at", "ended_at", "decided_at", "deleted_at", "crm_synced_at")
_MAY_BE_NOTHING: Final = ("assignee", "corrected")
_CLASSIFICATIONS: Final = ("classification", "classifications", "corrected")
_SAME: Final = timedelta(seconds=2)
_DONE_BY: Final = {"decided_at": ("approve", "reject"), "deleted_at": ("delete",)}
"""Times of a call that an act tells more of."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``who`` is a person, a key or a source; the text is asked for by its ``name``.

    ``said`` is JSON, and ``events`` are those whose JSON can be had by a link.
    """

    when: datetime
    kind: str
    label: str
    who: str
    text: str | None = None
    name: str | None = None
    said: str | None = None
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The latest first. ``total`` counts those that are not shown too; ``rest`` is where those begin, None for none."""

    entries: list[Entry]
    total: int
    rest: int | None


async def load_timeline(
    session: Session,
    organization_id: int,
    call: Call,
    recordings: Sequence[Recording],
    notes: Sequence[Note],
    *,
    hears: bool,
    begin: int = 0,
    most: int = AT_ONCE,
) -> Timeline:
    """At most ``most`` entries from a place on, 0 for the latest. Two statements, whatever happened to the call.

    What events say is for those who may hear: some say where the recording lies.
    """
    told, events = await latest_events(session, organization_id, call.id, begin + most, _SHOWN_BYTES if hears else -1)
    acts = await acts_of_call(session, organization_id, call.id, MOST_ACTS)
    entries = [
        *_of_events(told, hears=hears),
        *_of_times(call, acts),
        *map(_of_recording, recordings),
        *_of_notes(notes),
        *(_of_act(act) for act in acts if not _is_of_note(act, notes)),
    ]
    entries.sort(key=lambda entry: entry.when, reverse=True)
    total, end = len(entries) + events - len(told), begin + most
    return Timeline(list(_light(entries[begin:end])), total, end if end < total else None)


def said_by(*told: ToldEvent) -> str:
    """All that events say together, as JSON that people can read."""
    said: dict[str, Any] = {}
    for event in told:
        said |= {name: _plain(name, value) for name, value in (event.said or {}).items()}
        if event.kept is not None:
            said["kept"] = msgspec.Raw(event.kept)
    return msgspec.json.format(encode(said), indent=2).decode()


def _plain(name: str, value: Any) -> Any:
    """JSON inside JSON is written as a text."""
    return msgspec.Raw(value.encode()) if FIELDS.get(name) == "json" and isinstance(value, str) else value


def _light(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries with what events say as far as all of it is not too much for a page."""
    left = _ALL_SHOWN_BYTES
    for entry in entries:
        size = 0 if entry.said is None else weight(entry.said)
        if size > left:
            yield replace(entry, said=None)
        else:
            left -= size
            yield entry


def _of_events(told: Sequence[ToldEvent], *, hears: bool) -> Iterator[Entry]:
    # Some senders' events are kept in two parts, of which one yields to others: they are one for people.
    for (moment, name, source), parts in groupby(told, lambda event: (event.moment, event.name, event.source)):
        events = list(parts)
        said = said_by(*events) if all(event.said is not None for event in events) else None
        links = tuple(event.digest.hex() for event in events) if hears else ()
        yield Entry(moment, "event", word("event", name), source, said=said, events=links)


def _of_times(call: Call, acts: Sequence[Act]) -> Iterator[Entry]:
    for name in _TIMES:
        when: datetime | None = getattr(call, name)
        if when is None or any(
            act.name in _DONE_BY.get(name, ()) and abs(act.happened_at - when) <= _SAME for act in acts
        ):
            continue
        yield Entry(when, "time", text(f"timeline.{name}"), call.source)


def _of_recording(recording: Recording) -> Entry:
    kilobytes = max(1, round(recording.size / 1000))
    said = f"{recording.content_type}, {counted('timeline.kilobytes', kilobytes)}"
    return Entry(recording.created_at, "recording", text("timeline.recording"), text("timeline.calldex"), said)


def _of_notes(notes: Sequence[Note]) -> Iterator[Entry]:
    for note in notes:
        yield Entry(note.created_at, "note", text("timeline.note"), _author(note), note.body, f"note.{note.id}")


def _author(note: Note) -> str:
    return note.author or text("timeline.somebody")


def _of_act(act: Act) -> Entry:
    return Entry(act.happened_at, "act", word("act", act.name), act.actor.name, told_by(act), f"act.{act.id}")


def told_by(act: Act) -> str | None:
    """What an act was done with, for people."""
    said = [_detail(name, value) for name, value in act.detail.items() if f"words.act_detail.{name}" in texts()]
    return "\n".join(filter(None, said)) or None


def _detail(name: str, value: Any) -> str | None:
    """What an act was done with, as far as it has a name for people; ids have none."""
    if value is None and name not in _MAY_BE_NOTHING:
        return None
    values = value if isinstance(value, list) else [value]
    shown = ", ".join(_shown(name, one) for one in values)
    return f"{word('act_detail', name)}: {shown}"


def _shown(name: str, value: Any) -> str:
    if value is None:
        return text("timeline.nothing")
    if name in _CLASSIFICATIONS and isinstance(value, str):
        return word("classification", value)
    return value if isinstance(value, str) else encode(value).decode()


def _is_of_note(act: Act, notes: Sequence[Note]) -> bool:
    """Whether an act is the writing of a note that is told of itself."""
    return act.name == "add_note" and any(str(note.id) == act.detail.get("note") for note in notes)
