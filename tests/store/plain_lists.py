"""What a list of calls must hold, in plain Python over the rows of the table: no index, no count, no facet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from calldex.core.filters import CallFilter, Window
from calldex.store.call_lists import CallList, Order, Place

Row = Mapping[str, Any]

_ONE: Final = {
    "sources": "source",
    "directions": "direction",
    "statuses": "status",
    "sentiments": "sentiment",
    "kinds": "kind",
    "partners": "partner",
    "workflows": "workflow",
    "agents": "agent",
    "from_keys": "from_key",
    "to_keys": "to_key",
}
_ANY_CASE: Final = {"modes": "mode", "languages": "language", "completion_ratings": "completion_rating"}
_SEVERAL: Final = {"classifications": "classification_words", "invoices": "invoices", "tags": "tag_words"}
_FLAGS: Final = ("voicemail", "has_recording", "has_transcript")


def fits(row: Row, asked: CallFilter) -> bool:
    """Whether a call that is not deleted fulfils everything that was asked; only what this module knows may be."""
    known = {*_ONE, *_ANY_CASE, *_SEVERAL, *_FLAGS, "number_keys", "dispositions", "min_duration_ms", "max_duration_ms"}
    strange = asked.given().keys() - known - {"occurred_from", "occurred_before", "created_from", "created_until"}
    assert not strange, strange
    return (
        row["deleted_at"] is None
        and _one_of(row, asked)
        and all(getattr(asked, flag) in (None, row[flag]) for flag in _FLAGS)
        and (not asked.number_keys or not {row["from_key"], row["to_key"]}.isdisjoint(asked.number_keys))
        and (not asked.dispositions or any(_is_disposition(row["disposition"], word) for word in asked.dispositions))
        and _within(row, asked)
    )


def _one_of(row: Row, asked: CallFilter) -> bool:
    for name, column in _ONE.items():
        if getattr(asked, name) and row[column] not in getattr(asked, name):
            return False
    for name, column in _ANY_CASE.items():
        words = {word.lower() for word in getattr(asked, name)}
        if words and (row[column] or "").lower() not in words:
            return False
    return all(
        not getattr(asked, name) or not set(row[column] or ()).isdisjoint(getattr(asked, name))
        for name, column in _SEVERAL.items()
    )


def _is_disposition(there: str | None, word: str) -> bool:
    return there is not None and (there == word or ("." not in word and there.startswith(f"{word}.")))


def _within(row: Row, asked: CallFilter) -> bool:
    length, moment, created = row["duration_ms"], row["occurred_at"], row["created_at"]
    return (
        (asked.min_duration_ms is None or (length is not None and length >= asked.min_duration_ms))
        and (asked.max_duration_ms is None or (length is not None and length <= asked.max_duration_ms))
        and (asked.occurred_from is None or moment >= asked.occurred_from)
        and (asked.occurred_before is None or moment < asked.occurred_before)
        and (asked.created_from is None or created >= asked.created_from)
        and (asked.created_until is None or created <= asked.created_until)
    )


def _place(row: Row, order: Order) -> tuple[Any, Any]:
    if order.by == "time":
        return row["occurred_at"], row["id"]
    return -1 if row["duration_ms"] is None else row["duration_ms"], row["id"]


def plain_list(rows: Iterable[Row], asked: CallFilter, order: Order, after: Place | None) -> tuple[list[Any], int]:
    """The ids of the whole list behind the place, in order; and how many calls fit, whatever the place."""
    fitting = sorted((_place(row, order) for row in rows if fits(row, asked)), reverse=not order.ascending)
    if after is None:
        return [place[1] for place in fitting], len(fitting)
    begin = (after.value, after.id)
    return [place[1] for place in fitting if (place > begin if order.ascending else place < begin)], len(fitting)


def differs(
    found: CallList, rows: Iterable[Row], asked: CallFilter, window: Window, order: Order, after: Place | None
) -> str | None:
    """How an answer is not the slice of a plain sort with the count of what fits; None when it is."""
    ids, total = plain_list(rows, asked, order, after)
    expected = ids[window.offset : window.offset + window.limit]
    answered = [call.id for call in found.calls]
    more = len(ids) > window.offset + window.limit
    if (answered, found.total, found.more) == (expected, total, more):
        return None
    return (
        f"{asked.given()} {window} {order} after {after}: total {found.total} for {total}, more {found.more} for"
        f" {more}, {len(answered)} calls for {len(expected)}, the same: {answered == expected}"
    )
