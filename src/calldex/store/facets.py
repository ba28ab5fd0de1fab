"""Facets in the database: which one a call belongs to, and which ones a filter means."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, LiteralString

from calldex.core.facets import FINEST, Told, told_by_facets
from calldex.core.filters import CallFilter
from calldex.core.jsonbytes import encode
from calldex.store.conditions import facet_conditions

if TYPE_CHECKING:
    from calldex.store.database import Session

_PARTS: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("direction", "text"),
    ("sentiment", "text"),
    ("status", "text"),
    ("words", "json"),
    ("agent", "uuid"),
    ("workflow", "uuid"),
    ("source", "text"),
    ("kind", "text"),
    ("voicemail", "boolean"),
    ("mode", "text"),
    ("language", "text"),
    ("completion_rating", "text"),
    ("disposition", "text"),
    ("recorded", "boolean"),
    ("transcribed", "boolean"),
    ("duration_ms", "bigint"),
)
_NOTHING_IN_JSON: Final = frozenset({b"null", b'""', b"{}", b"[]"})
_ENTRY_BYTES: Final = 2_000
"""About what marks take beside their numbers."""


def _no_facets() -> array[int]:
    return array("i")


@dataclass(frozen=True, slots=True)
class Marks:
    """Which facets a filter means: a bit for each facet of its detail and for each finest one that fits.

    ``bits`` is None where every call fits. ``facets`` are those of the detail itself, ``finest`` the finest ones;
    ``known`` is the newest facet that was looked at. ``edges`` are those finest ones of which only some calls have a
    duration that was asked for.
    """

    told: Told
    known: int
    bits: bytes | None = None
    facets: array[int] | None = None
    finest: array[int] = field(default_factory=_no_facets)
    edges: array[int] = field(default_factory=_no_facets)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        facets = len(self.facets or ()) + len(self.finest) + len(self.edges)
        return _ENTRY_BYTES + len(self.bits or b"") + facets * self.finest.itemsize


@dataclass(slots=True)
class RememberedMarks:
    """The marks of what was asked last, by organization, in so many bytes; a database that is opened has one."""

    budget: int = 16 * 1024**2
    size: int = 0
    marks: OrderedDict[tuple[int, Told], Marks] = field(default_factory=OrderedDict)
    folded: dict[int, frozenset[str]] = field(default_factory=dict)

    async def of(self, session: Session, organization_id: int, asked: CallFilter, *, anew: bool = False) -> Marks:
        """The marks of a filter; ``anew`` looks again, because there is a facet that they do not know.

        Two statements for what is not remembered.
        """
        folded = self.folded.get(organization_id)
        if folded is not None and not anew:
            key = (organization_id, told_by_facets(asked, folded))
            found = self.marks.get(key)
            if found is not None:
                self.marks.move_to_end(key)
                return found
        found, self.folded[organization_id] = await _read_marks(session, organization_id, asked)
        self._keep((organization_id, found.told), found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        self.marks.clear()
        self.folded.clear()
        self.size = 0

    def _keep(self, key: tuple[int, Told], found: Marks) -> None:
        before = self.marks.pop(key, None)
        self.size += found.size - (before.size if before is not None else 0)
        self.marks[key] = found
        while self.size > self.budget and len(self.marks) > 1:
            self.size -= self.marks.popitem(last=False)[1].size


async def _read_marks(session: Session, organization_id: int, asked: CallFilter) -> tuple[Marks, frozenset[str]]:
    """The marks of a filter, and the fields that facets of the organization do not tell apart."""
    while True:
        known, folded = await session.fetchrow(  # type: ignore[misc]
            "SELECT coalesce((SELECT max(id) FROM call_facets WHERE organization_id = $1), -1),"
            " coalesce((SELECT folded FROM organization_versions WHERE organization_id = $1), '{}')",
            organization_id,
        )
        told = told_by_facets(asked, frozenset(folded))
        if told.detail == 0:
            return Marks(told, known), frozenset(folded)
        found = facet_conditions(organization_id, told)
        details = found.add(list({told.detail, FINEST}))
        edge: LiteralString = "false"
        if told.lengths is not None and told.lengths.part:
            edge = f"c.length = ANY({found.add(list(told.lengths.part))})"
        rows = await session.fetch(
            f"SELECT c.id, c.detail, {edge} FROM {found.source} WHERE c.detail = ANY({details}) AND {found.where}",
            *found.values,
        )
        # A facet that was made between the two statements may be among those fields that were folded with it.
        if all(row[0] <= known for row in rows):
            break
    bits = bytearray(known // 8 + 1)
    for number, *_ in rows:
        bits[number >> 3] |= 1 << (number & 7)
    marks = Marks(
        told,
        known,
        bytes(bits),
        array("i", (row[0] for row in rows if row[1] == told.detail)),
        array("i", (row[0] for row in rows if row[1] == FINEST)),
        array("i", (row[0] for row in rows if row[2] and row[1] == FINEST)),
    )
    return marks, frozenset(folded)


async def assign_facets(session: Session, organization_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Set ``facet`` in the rows of calls that are about to be written. The caller holds the write lock."""
    if not rows:
        return
    combinations: dict[tuple[Any, ...], int] = {}
    keys = [_parts(row) for row in rows]
    for key in keys:
        combinations.setdefault(key, len(combinations))
    arrays = list(zip(*combinations, strict=True))
    given = ", ".join(f"${place}::{kind}[]" for place, (_, kind) in enumerate(_PARTS, start=2))
    names = ", ".join(name for name, _ in _PARTS)
    arguments = ", ".join(
        "ARRAY(SELECT json_array_elements_text(g.words))" if name == "words" else f"g.{name}" for name, _ in _PARTS
    )
    found = await session.fetch(
        f"SELECT facet_of_call($1, {arguments}) FROM unnest({given}) WITH ORDINALITY AS g ({names}, place)"
        " ORDER BY g.place",
        organization_id,
        *(list(array) for array in arrays),
    )
    for row, key in zip(rows, keys, strict=True):
        row["facet"] = found[combinations[key]][0]


def _parts(row: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a call's facet. Whether it has a recording or a transcript is decided as the table itself does."""
    return (
        row.get("direction"),
        row.get("sentiment"),
        row.get("status"),
        encode(sorted(set(row["classification_words"]))),
        row.get("agent"),
        row.get("workflow"),
        row["source"],
        row.get("kind"),
        row["voicemail"],
        row.get("mode"),
        row.get("language"),
        row.get("completion_rating"),
        row.get("disposition"),
        _says(row.get("recording")) or _says(row.get("attachments")),
        bool(row.get("transcript_text")) or _says(row.get("transcript")),
        row.get("duration_ms"),
    )


def _says(value: bytes | None) -> bool:
    return value is not None and bytes(value) not in _NOTHING_IN_JSON
