"""The linked records of a batch: read once, merged into what is stored, written with their forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.core.calls import Linked, RecordChange
from calldex.core.deriving import LONGEST_WORD
from calldex.core.errors import CalldexError, InvalidRequest, Problem
from calldex.core.jsonbytes import decode, encode
from calldex.core.merging import Stamp, later, merge_values, wins
from calldex.core.splicing import Form
from calldex.core.stamps import dump_record_stamps, load_record_stamps
from calldex.store import records
from calldex.store.records import StoredRecord

if TYPE_CHECKING:
    from calldex.store.database import Session

ReadRecord = Callable[[Linked], list[RecordChange]]
"""Takes a linked record apart: it and the records nested in it.

Raises InvalidRequest with the problems when its JSON is not such a record.
"""

MakeForm = Callable[[str, Mapping[str, Any]], Form | None]
"""The form of a record for one surface, from its kind and merged body; None when it never shows the kind."""

Seen = Mapping[UUID, tuple[bytes, int]]
"""For a record: the digest of the copy that was merged last, and the revision that it left."""


@dataclass(slots=True)
class _RecordState:
    kind: str
    source: str
    vendor_id: str | None
    body: dict[str, Any]
    stamps: dict[str, Stamp]
    version: Stamp | None
    stored: StoredRecord | None
    changed: bool = False

    @classmethod
    def of(cls, change: RecordChange, stored: StoredRecord | None) -> _RecordState:
        if stored is None:
            return cls(change.kind, change.source, change.vendor_id, {}, {}, None, None)
        body = decode(stored.body)
        stamps = load_record_stamps(stored.stamps, body)
        version = Stamp(stored.version, stored.source)
        return cls(stored.kind, stored.source, stored.vendor_id, body, stamps, version, stored)

    def merge(self, change: RecordChange) -> bool:
        changed = merge_values(self.body, self.stamps, change.body, change.version, change.source)
        if self.version is None or wins(change.version, self.version, change.source):
            self.version = Stamp(later(change.version, self.version), change.source)
        self.changed |= changed or self.stored is None
        return changed

    @property
    def revision(self) -> int:
        before = self.stored.revision if self.stored is not None else 0
        return before + 1 if self.changed else before

    def to_store(self, record_id: UUID) -> StoredRecord:
        unit = self.body.get("business_unit_id")
        return StoredRecord(
            record_id,
            self.kind,
            self.source,
            self.vendor_id,
            self.version.time if self.version is not None else None,
            self.revision,
            dump_record_stamps(self.stamps),
            encode(self.body),
            unit if isinstance(unit, str) else None,
        )


def _checked(changes: list[RecordChange]) -> list[RecordChange]:
    """Raises InvalidRequest when an id that filters look up is too long for an index."""
    for change in changes:
        unit = change.body.get("business_unit_id")
        if isinstance(unit, str) and len(unit) > LONGEST_WORD:
            name = f"{change.kind}.business_unit_id"
            sentence = f"{name}: at most {LONGEST_WORD} characters are allowed, and {len(unit)} were given"
            raise InvalidRequest(problems=(Problem(("call", name), sentence, "too_long"),))
    return changes


_ONE_GROUP: Final = 2
"""How many brackets open in stamps that hold one group: then every key is as new as the record."""


def _says_nothing_new(change: RecordChange, stored: StoredRecord | None) -> bool:
    """Whether a copy is what is stored, to the byte and in all its keys' times: the usual case of a repeated import."""
    return (
        stored is not None
        and stored.version == change.version
        and stored.stamps.count(b"[") == _ONE_GROUP
        and encode(change.body) == stored.body
    )


@dataclass(slots=True)
class Copies:
    """The copies of linked records that a batch brings."""

    digests: dict[int, bytes]
    revisions: Mapping[UUID, int]
    seen: Seen
    read: dict[tuple[UUID, bytes], list[RecordChange] | CalldexError]
    states: dict[UUID, _RecordState] = field(default_factory=dict)
    last: dict[UUID, bytes] = field(default_factory=dict)
    applied: dict[UUID, RecordChange] = field(default_factory=dict)

    @classmethod
    async def of(
        cls,
        session: Session,
        organization_id: int,
        read_record: ReadRecord,
        seen: Seen,
        linked: Iterable[Sequence[Linked]],
    ) -> Copies:
        """Read every copy that is not the one merged last, and load the records that they speak of."""
        every = [entry for group in linked for entry in group]
        revisions = await records.load_revisions(session, organization_id, {entry.id for entry in every})
        digests = {id(entry): blake2b(entry.raw, digest_size=16).digest() for entry in every}
        wanted: dict[UUID, dict[bytes, Linked]] = {}
        for entry in every:
            wanted.setdefault(entry.id, {}).setdefault(digests[id(entry)], entry)
        read: dict[tuple[UUID, bytes], list[RecordChange] | CalldexError] = {}
        for record, by_digest in wanted.items():
            # Two copies in one batch can undo each other, so both are read even if one was merged last.
            if len(by_digest) == 1 and seen.get(record) == (next(iter(by_digest)), revisions.get(record)):
                continue
            for digest, entry in by_digest.items():
                try:
                    read[record, digest] = _checked(read_record(entry))
                except CalldexError as error:
                    read[record, digest] = error
        copies = cls(digests, revisions, seen, read)
        changes = [change for found in read.values() if isinstance(found, list) for change in found]
        stored = await records.load_records(session, organization_id, {change.id for change in changes})
        # A record is left alone only when no copy in the batch says anything new: two that differ undo each other.
        news = {change.id for change in changes if not _says_nothing_new(change, stored.get(change.id))}
        for change in changes:
            if change.id in news and change.id not in copies.states:
                copies.states[change.id] = _RecordState.of(change, stored.get(change.id))
        return copies

    def error_of(self, linked: Sequence[Linked]) -> CalldexError | None:
        """Why one of the copies is no such record, if one is not."""
        for entry in linked:
            found = self.read.get((entry.id, self.digests[id(entry)]))
            if isinstance(found, CalldexError):
                return found
        return None

    def merge(self, linked: Sequence[Linked]) -> bool:
        """Merge the copies of one call; True when a record changed."""
        changed = False
        for entry in linked:
            digest = self.digests[id(entry)]
            found = self.read.get((entry.id, digest))
            if not isinstance(found, list) or self.last.get(entry.id) == digest:
                continue
            self.last[entry.id] = digest
            for change in found:
                if change.id not in self.states:
                    continue
                before = self.applied.get(change.id)
                # The same partner stands in every one of its invoices; comparing is much cheaper than merging.
                if before is not None and before.version == change.version and before.body == change.body:
                    continue
                self.applied[change.id] = change
                changed |= self.states[change.id].merge(change)
        return changed

    def revision_of(self, record: UUID) -> int:
        """How often a record has been written when the batch is."""
        state = self.states.get(record)
        return state.revision if state is not None else self.revisions.get(record, 0)

    @property
    def merged(self) -> dict[UUID, tuple[bytes, int]]:
        """What a later batch may take as seen."""
        return {
            record: (digest, self.states[record].revision if record in self.states else self.revisions[record])
            for record, digest in self.last.items()
        }

    async def write(self, session: Session, organization_id: int, forms: Mapping[str, MakeForm]) -> None:
        """Write the records that changed, and their forms."""
        dirty = {record: state for record, state in self.states.items() if state.changed}
        if not dirty:
            return
        replaced = [record for record, state in dirty.items() if state.stored is not None]
        await records.write_records(
            session, organization_id, [state.to_store(record) for record, state in dirty.items()], replaced
        )
        made = (
            (name, record, make(state.kind, state.body))
            for record, state in dirty.items()
            for name, make in forms.items()
        )
        await records.write_forms(
            session,
            organization_id,
            [(name, record, form) for name, record, form in made if form is not None],
            forms.keys(),
            replaced,
        )
