"""A call and a linked record as our own API shows them: everything that is known, in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from calldex.core.calls import FIELDS, Call
from calldex.core.drafts import SOURCE
from calldex.core.jsonbytes import encode
from calldex.store.calls import Columns
from calldex.store.recordings import Recording
from calldex.store.records import StoredRecord

_HIDDEN: Final = frozenset({"object_word", "organization_ref"})
"""Words that mean something on one vendor's surface only."""

_BEFORE: Final = ("id", "uuid", "source", "ids", "revision", "occurred_at")
_AFTER: Final = ("disposition", "voicemail", "has_recording", "has_transcript", "stored_recording", "kept")
_REFS: Final = frozenset(name for name, kind in FIELDS.items() if kind == "ref")

FIELD_NAMES: Final = (*_BEFORE, *(name for name in FIELDS if name not in _HIDDEN), *_AFTER)
"""Every field of a call, in the order in which it is shown."""

HEAVY: Final = ("transcript", "transcript_text", "translated_text", "analysis", "kept")

_COLUMN_OF: Final[dict[str, str | None]] = {"uuid": None, "id": None, "ids": None, "stored_recording": None}
_NULL: Final = msgspec.Raw(b"null")
_EMPTY: Final = {"invoices", "tags"}


class Shown:
    """Which fields an answer has, and the columns that they take."""

    __slots__ = ("columns", "names")

    def __init__(self, fields: str | None = None, *also: str) -> None:
        """``fields`` as a client writes it, already checked; ``also`` are columns that the caller needs."""
        asked = [name.strip() for name in fields.split(",")] if fields else []
        if asked and not asked[0].startswith("-"):
            self.names = tuple(name for name in FIELD_NAMES if name in {"id", *asked})
        else:
            left_out = {name.removeprefix("-") for name in asked} - {"id"}
            self.names = tuple(name for name in FIELD_NAMES if name not in left_out)
        wanted = (_COLUMN_OF.get(name, name) for name in self.names)
        self.columns = Columns(*(name for name in wanted if name is not None), "deleted_at", "revision", *also)

    @property
    def with_recordings(self) -> bool:
        """Whether an answer shows recordings that are stored by us."""
        return "stored_recording" in self.names

    def records(self, calls: Iterable[Call]) -> set[UUID]:
        """The linked records that the calls show."""
        found: set[UUID | None] = set()
        for call in calls:
            found.update(getattr(call, name) for name in self.names if name in _REFS)
            if "invoices" in self.names:
                found.update(call.invoices or ())
        found.discard(None)
        return found  # type: ignore[return-value]


def shown_id(call: Call) -> str:
    """The id that a client of ours gave, else the UUID."""
    return call.vendor_ids.get(SOURCE) or str(call.id)


def render_call(
    call: Call, shown: Shown, records: Mapping[UUID, StoredRecord], recording: Mapping[str, Any] | None
) -> bytes:
    """One call, bare. ``recording`` is what ``render_recording`` gives for the one that is stored by us."""
    answer: dict[str, Any] = {}
    for name in shown.names:
        if name in _REFS:
            answer[name] = _record(getattr(call, name), records)
        elif name in FIELDS:
            answer[name] = _field(call, name, records)
        else:
            answer[name] = _own(call, name, recording)
    return encode(answer)


def _field(call: Call, name: str, records: Mapping[UUID, StoredRecord]) -> Any:
    value = getattr(call, name)
    kind = FIELDS[name]
    if kind == "refs":
        return None if value is None else [_record(one, records) for one in value]
    if kind != "json":
        return value
    if value is None:
        return [] if name in _EMPTY else _NULL
    return msgspec.Raw(value)


def _own(call: Call, name: str, recording: Mapping[str, Any] | None) -> Any:
    if name == "id":
        return shown_id(call)
    if name == "uuid":
        return str(call.id)
    if name == "ids":
        return call.vendor_ids
    if name == "stored_recording":
        return recording
    if name == "kept":
        return _NULL if call.kept is None else msgspec.Raw(call.kept)
    return getattr(call, name)


def _record(record: UUID | None, records: Mapping[UUID, StoredRecord]) -> Any:
    if record is None:
        return None
    found = records.get(record)
    return {"uuid": str(record)} if found is None else record_members(found)


def record_members(record: StoredRecord) -> dict[str, Any]:
    """A linked record; what its sources said of it stands under ``body``, records inside it as their UUIDs."""
    return {
        "kind": record.kind,
        "id": record.vendor_id or str(record.id),
        "uuid": str(record.id),
        "source": record.source,
        "version": record.version,
        "revision": record.revision,
        "body": msgspec.Raw(record.body),
    }


def render_record(record: StoredRecord) -> bytes:
    """One linked record, bare."""
    return encode(record_members(record))


def render_recording(recording: Recording, url: str, expires_at: datetime) -> dict[str, Any]:
    """A recording that is stored by us, with a link that ends."""
    return {
        "id": str(recording.id),
        "url": url,
        "expires_at": expires_at,
        "content_type": recording.content_type,
        "bytes": recording.size,
        "sha256": recording.sha256.hex(),
        "created_at": recording.created_at,
    }
