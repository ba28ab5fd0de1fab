"""One call while a batch is under way: what is stored, what the copies of the batch make of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.core.calls import FIELDS, CallChange
from calldex.core.deriving import check_lengths, derive, occurred_at
from calldex.core.jsonbytes import decode, encode
from calldex.core.life import WAITING
from calldex.core.merging import MERGED_INSIDE, Stamp, merge_values, wins
from calldex.core.notes import all_notes, given_notes
from calldex.core.stamps import dump_call_stamps, load_call_stamps
from calldex.store.call_writes import StoredCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calldex.store.notes import Note

_DECIDING: Final = ("approver", "approver_id", "decided_at")
_JSON_FIELDS: Final = frozenset(name for name, kind in FIELDS.items() if kind == "json")


@dataclass(slots=True)
class CallState:
    """The given values of a call with their stamps, and whether they still are what is stored.

    ``notes`` are those that were written here; the values have what sources noted.
    """

    id: UUID
    stored: StoredCall | None
    source: str
    vendor_ids: dict[str, str]
    values: dict[str, Any]
    stamps: dict[str, Stamp]
    kept: dict[str, Any]
    notes: list[Note] = field(default_factory=list)
    changed: bool = False
    new_ids: list[tuple[str, str, UUID]] = field(default_factory=list)

    @classmethod
    def of(cls, call_id: UUID, stored: StoredCall | None) -> CallState:
        """The state of a stored call, or an empty one."""
        if stored is None:
            return cls(call_id, None, "", {}, {}, {}, {})
        row = stored.row
        stamps = load_call_stamps(row["stamps"])
        state = cls(
            call_id,
            stored,
            row["source"],
            decode(row["vendor_ids"]),
            {name: row[name] for name in stamps},
            stamps,
            decode(row["kept"]) if row["kept"] is not None else {},
            list(stored.notes),
        )
        if "notes" in state.values:
            state.values["notes"] = state._given_notes(row["notes"])
        return state

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever said of the call."""
        return not self.vendor_ids

    @property
    def revision(self) -> int:
        """How often the stored call has been written; 0 for one that is not there yet."""
        return 0 if self.stored is None else int(self.stored.row["revision"])

    def merge(self, change: CallChange) -> bool:
        """Take a copy in; True when it changed anything.

        Raises InvalidRequest, and stays as it was, when the call would stand at no time or text that filters look
        up is too long.
        """
        change = replace(change, values=self.as_said(change.values))
        check_lengths(change.vendor_id, change.values)
        if self.is_empty:
            occurred_at(change.values)
            self.source = change.source
            self.vendor_ids = {change.source: change.vendor_id, **change.other_ids}
            self.values = dict(change.values)
            self.stamps = dict.fromkeys(change.values, Stamp(change.version, change.source))
            self.kept = dict(change.kept)
            self.changed = True
            return True
        values, stamps = dict(self.values), dict(self.stamps)
        kept_changed = self._merge_kept(change)
        changed = _merge_values(values, stamps, change) | kept_changed
        occurred_at(values)
        for source, vendor_id in {change.source: change.vendor_id, **change.other_ids}.items():
            if source not in self.vendor_ids:
                self.vendor_ids[source] = vendor_id
                changed = True
        self.values, self.stamps = values, stamps
        self.changed |= changed
        return changed

    def as_said(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a copy says of the call, without what people here have settled and its source cannot know.

        A call about which somebody decided does not wait again, and nobody is taken for not having decided it. Notes
        of our own come back with what is read here and written again.
        """
        said = dict(values)
        if self.values.get("decided_at") is not None:
            if said.get("status") == WAITING:
                del said["status"]
            said = {name: value for name, value in said.items() if value is not None or name not in _DECIDING}
        if "notes" in said:
            given = self._given_notes(said["notes"])
            if given is None and said["notes"] is not None and "notes" not in self.values:
                del said["notes"]
            else:
                said["notes"] = given
        return said

    def _given_notes(self, whole: str | None) -> str | None:
        return given_notes(whole, [note.body for note in self.notes])

    def _merge_kept(self, change: CallChange) -> bool:
        """Keys and words that we have no field for: the newest copy of their source decides."""
        times = [stamp.time for stamp in self.stamps.values() if stamp.source == change.source and stamp.time]
        newest = Stamp(max(times), change.source) if times else None
        winning = wins(change.version, newest)
        changed = False
        for name, entries in change.kept.items():
            there = self.kept.setdefault(name, {})
            for key, value in entries.items():
                if key not in there or (winning and there[key] != value):
                    there[key] = value
                    changed = True
        return changed

    def row(self) -> dict[str, Any]:
        """Every column of the call."""
        row = derive(self.values, self.stamps, self.kept)
        if "invoices" not in self.values:
            row["invoices"] = []
        row["notes"] = all_notes(self._given_notes(self.values.get("notes")), [note.body for note in self.notes])
        row["id"] = self.id
        row["source"] = self.source
        row["vendor_ids"] = encode(self.vendor_ids)
        row["stamps"] = dump_call_stamps(self.stamps)
        row["kept"] = encode(self.kept) if self.kept else None
        row["revision"] = self.revision + 1
        return row


def _merge_values(values: dict[str, Any], stamps: dict[str, Stamp], change: CallChange) -> bool:
    """Merge the fields; JSON is parsed only where its bytes differ."""
    incoming = dict(change.values)
    parsed = [
        name
        for name in _JSON_FIELDS & incoming.keys()
        if values.get(name) is not None and values[name] != incoming[name]
    ]
    for name in parsed:
        values[name], incoming[name] = decode(values[name]), decode(incoming[name])
    changed = merge_values(values, stamps, incoming, change.version, change.source, merged_inside=MERGED_INSIDE)
    for name in parsed:
        values[name] = encode(values[name])
    return changed
