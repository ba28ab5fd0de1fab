"""What commands show. Everything is flushed at once, so it also arrives through a pipe."""

import sys
from collections.abc import Iterable, Sequence

import msgspec


def show_json(value: object) -> None:
    print(msgspec.json.encode(value).decode(), flush=True)


def show(text: str) -> None:
    print(text, flush=True)


def note(text: str) -> None:
    """Say something beside the result, which may be going into a file."""
    print(text, file=sys.stderr, flush=True)


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns that are never cut: an id that misses its end is of no use to anybody."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
