"""The finished JSON of linked records that were shown last, kept in memory within a budget.

An entry is right for as long as no record inside it changes: before it is used, the changes since the organization's
version that was seen last are asked of the database, and what they touch is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_ENTRY_BYTES: Final = 500
_PART_BYTES: Final = 150
"""About what an entry, and each record inside it, take beside the JSON."""

DEFAULT_BUDGET: Final = 64 * 1024**2

Key = tuple[int, str, UUID]
"""Organization, form, record."""


@dataclass(frozen=True, slots=True)
class _Entry:
    json: bytes
    parts: tuple[UUID, ...]

    @property
    def size(self) -> int:
        return len(self.json) + _ENTRY_BYTES + _PART_BYTES * len(self.parts)


class FormCache:
    """One of a process. ``budget`` is in bytes; 0 keeps nothing."""

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self.size = 0
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._inside: dict[tuple[int, UUID], set[Key]] = {}
        self._seen: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def seen(self, organization_id: int) -> int:
        """The version of the organization's records up to which every change has been heard of."""
        return self._seen.get(organization_id, -1)

    def get(self, organization_id: int, form: str, record: UUID) -> bytes | None:
        """The JSON of a record, None when it is not kept."""
        key = (organization_id, form, record)
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.json

    def put(self, organization_id: int, form: str, record: UUID, json: bytes, parts: Iterable[UUID]) -> None:
        """Keep the JSON of a record; ``parts`` are all records that it is made of, itself among them."""
        key = (organization_id, form, record)
        self._drop(key)
        entry = _Entry(json, tuple(parts))
        if entry.size > self.budget // 4:
            return
        self._entries[key] = entry
        self.size += entry.size
        for part in entry.parts:
            self._inside.setdefault((organization_id, part), set()).add(key)
        while self.size > self.budget:
            self._drop(next(iter(self._entries)))

    def hear(self, organization_id: int, now: int, changed: Collection[UUID] | None) -> None:
        """Forget what has changed up to version ``now``; None stands for everything."""
        if now <= self.seen(organization_id):
            return
        if changed is None:
            for key in [key for key in self._entries if key[0] == organization_id]:
                self._drop(key)
        else:
            for record in changed:
                for key in list(self._inside.get((organization_id, record), ())):
                    self._drop(key)
        self._seen[organization_id] = now

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._inside.clear()
        self._seen.clear()
        self.size = 0

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.size -= entry.size
        for part in entry.parts:
            place = (key[0], part)
            holders = self._inside[place]
            holders.discard(key)
            if not holders:
                del self._inside[place]
