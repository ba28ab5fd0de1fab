"""The linked records that drafts speak of: which of those that there are is meant, and what is new about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from calldex.core.calls import Linked, RecordChange
from calldex.core.drafts import SOURCE, RecordDraft, candidates
from calldex.core.jsonbytes import decode, encode
from calldex.core.merging import same_value
from calldex.core.stamps import load_record_stamps
from calldex.store import records
from calldex.store.records import StoredRecord

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(slots=True)
class FoundRecords:
    """The records that there are, and the changes that drafts make to them."""

    stored: dict[UUID, StoredRecord]
    meant: dict[tuple[str, str], UUID]
    _changes: dict[tuple[UUID, bytes], RecordChange] = field(default_factory=dict)

    def uuid(self, draft: RecordDraft) -> UUID:
        """Our UUID of the record that a draft means: one that is there, else the one that it will have."""
        return self.meant[draft.kind, draft.id]

    def linked(self, drafts: Iterable[RecordDraft], version: datetime | None, now: datetime) -> list[Linked]:
        """What has to be merged: a record that is only named, and there, is left alone.

        A record without a time of its own is of the time ``version``, else it is news of now.
        """
        found: list[Linked] = []
        for draft in drafts:
            record = self.uuid(draft)
            stored = self.stored.get(record)
            if draft.body is None and stored is not None:
                continue
            body = {name: self._plain(value) for name, value in (draft.body or {}).items()}
            time = draft.version or version
            if time is None:
                body, time = _news(stored, body, now)
                if stored is not None and not body:
                    continue
            linked = Linked(record, draft.kind, draft.id, encode([time, body]))
            self._changes[record, linked.raw] = RecordChange(record, draft.kind, SOURCE, draft.id, time, body)
            found.append(linked)
        return found

    def read(self, linked: Linked) -> list[RecordChange]:
        """What one of ``linked`` says."""
        return [self._changes[linked.id, linked.raw]]

    def _plain(self, value: Any) -> Any:
        return str(self.uuid(value)) if isinstance(value, RecordDraft) else value


async def find_records(session: Session, organization_id: int, drafts: Iterable[RecordDraft]) -> FoundRecords:
    """Whatever the ids in the drafts may mean. One statement."""
    possible: dict[tuple[str, str], tuple[UUID, ...]] = {}
    for draft in drafts:
        name = (draft.kind, draft.id)
        if name not in possible:
            possible[name] = candidates(draft)
    if not possible:
        return FoundRecords({}, {})
    wanted = {record for named in possible.values() for record in named}
    stored = await records.load_records(session, organization_id, wanted)
    meant = {
        name: next((one for one in named if one in stored and stored[one].kind == name[0]), named[0])
        for name, named in possible.items()
    }
    return FoundRecords(stored, meant)


def _news(stored: StoredRecord | None, body: dict[str, Any], now: datetime) -> tuple[dict[str, Any], datetime]:
    """The members that are not known yet, at a time that is later than what they change."""
    if stored is None:
        return body, now
    known = decode(stored.body)
    news = {name: value for name, value in body.items() if name not in known or not same_value(known[name], value)}
    stamps = load_record_stamps(stored.stamps, known)
    times = [stamps[name].time for name in news if name in stamps]
    return news, max([now, *(time + timedelta(microseconds=1) for time in times if time is not None)])
