"""Facets: the combinations of values by which calls are counted, and which questions they answer.

A facet of a detail tells apart the fields of that detail; every call belongs to one facet of each. The fields are
named by the filters that ask for them.
"""

from __future__ import annotations

import itertools
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from calldex.core.filters import CallFilter

LENGTH_BOUNDS_MS: Final = (1, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000)
"""Where one class of durations ends and the next begins; class 0 is below the first bound."""

_OUTCOME: Final = frozenset({"directions", "sentiments"})
_VERDICT: Final = _OUTCOME | {"statuses", "classifications"}
_DURATION: Final = frozenset({"min_duration_ms", "max_duration_ms"})
DETAILS: Final[tuple[frozenset[str], ...]] = (
    frozenset(),
    _OUTCOME,
    _VERDICT,
    _OUTCOME | {"agents", "workflows"},
    _VERDICT
    | {"sources", "kinds", "voicemail", "modes", "languages", "completion_ratings", "dispositions"}
    | {"has_recording", "has_transcript"},
    _VERDICT
    | {"agents", "workflows", "sources", "kinds", "voicemail", "modes", "languages", "completion_ratings"}
    | {"dispositions", "has_recording", "has_transcript"}
    | _DURATION,
)
"""The filters that the facets of each detail can answer, from none to all; the last detail is the finest."""

FINEST: Final = len(DETAILS) - 1
_WINDOW: Final = frozenset({"occurred_from", "occurred_before"})

FIELDS: Final[dict[str, str]] = {
    "directions": "direction",
    "sentiments": "sentiment",
    "statuses": "status",
    "classifications": "classification_words",
    "agents": "agent",
    "workflows": "workflow",
    "sources": "source",
    "kinds": "kind",
    "modes": "mode",
    "languages": "language",
    "completion_ratings": "completion_rating",
    "dispositions": "disposition",
    "min_duration_ms": "length",
    "max_duration_ms": "length",
}
"""The field of a facet that a filter asks for, where an organization may have too many values of it."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The classes of durations that a range takes in ``whole``, and the one or two that it takes in ``part``."""

    whole: tuple[int, ...]
    part: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What facets of ``detail`` can tell of a filter. A range of durations stands in ``lengths`` as its classes."""

    detail: int
    filter: CallFilter
    lengths: Lengths | None

    def rest(self, asked: CallFilter) -> CallFilter:
        """What the facets cannot tell of the filter that was asked, the window of time left aside.

        A range of durations that begins or ends inside a class is told, a few calls too many, and asked again.
        """
        names = asked.given().keys() - self.filter.given().keys() - _WINDOW
        if self.lengths is not None and not self.lengths.part:
            names -= _DURATION
        return _only(asked, names)


def told_by_facets(asked: CallFilter, folded: frozenset[str]) -> Told:
    """What facets tell of a filter; ``folded`` are the fields that have too many values in the organization."""
    told = {name for name in asked.given() if name in DETAILS[FINEST] and FIELDS.get(name) not in folded}
    detail = next(place for place, names in enumerate(DETAILS) if told <= names)
    return Told(detail, _only(asked, told - _DURATION), _lengths(asked) if told & _DURATION else None)


def _only(asked: CallFilter, names: AbstractSet[str]) -> CallFilter:
    """The same filter without any other condition."""
    others: dict[str, Any] = {entry.name: entry.default for entry in fields(asked) if entry.name not in names}
    return replace(asked, **others)


def _lengths(asked: CallFilter) -> Lengths:
    low, high = asked.min_duration_ms, asked.max_duration_ms
    whole: list[int] = []
    part: list[int] = []
    edges = (None, *LENGTH_BOUNDS_MS, None)
    for number, (begin, end) in enumerate(itertools.pairwise(edges)):
        # The class holds begin <= duration < end.
        if low is not None and end is not None and end <= low:
            continue
        if high is not None and begin is not None and begin > high:
            continue
        inside = (low is None or (begin is not None and begin >= low)) and (
            high is None or (end is not None and end - 1 <= high)
        )
        (whole if inside else part).append(number)
    return Lengths(tuple(whole), tuple(part))
