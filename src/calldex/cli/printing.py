"""What commands show. Everything is flushed at once, so it also arrives through a pipe."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

import msgspec


def show_json(value: object) -> None:
    _say(msgspec.json.encode(value).decode(), sys.stdout)


def show(text: str) -> None:
    _say(text, sys.stdout)


def note(text: str) -> None:
    """Say something beside the result, which may be going into a file."""
    _say(text, sys.stderr)


def _say(text: str, stream: TextIO) -> None:
    """Write the whole line. Without buffers (PYTHONUNBUFFERED) a pipe may take only part of a long one at a time,
    and `print` would drop the rest.
    """
    stream.flush()
    binary = getattr(stream, "buffer", None)
    if binary is None:
        print(text, file=stream, flush=True)
        return
    rest = memoryview(f"{text}\n".encode(stream.encoding, "backslashreplace"))
    while rest:
        rest = rest[binary.write(rest) or 0 :]
    binary.flush()


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns that are never cut: an id that misses its end is of no use to anybody."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
