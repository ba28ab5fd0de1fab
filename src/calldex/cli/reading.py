"""Opening what is imported: plain or gzip, a file or standard input."""

from __future__ import annotations

import codecs
import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, cast

from calldex.core.errors import UsageError

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 18


def size_of(files: list[str]) -> int | None:
    """How many bytes the files have together; None when one is standard input."""
    if "-" in files:
        return None
    return sum(Path(file).stat().st_size for file in files if Path(file).is_file())


def check_files(files: list[str]) -> None:
    """Refuse before anything is written when a file cannot be read. Raises UsageError."""
    if files.count("-") > 1:
        raise UsageError("Standard input (-) can be read only once.")
    for file in files:
        if file == "-":
            continue
        path = Path(file)
        if path.is_dir():
            raise UsageError(f"{file} is a folder; name the files in it, as {file.rstrip('/')}/*.json.")
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}.") from None


def read_chunks(file: str, on_bytes: Callable[[int], None]) -> Iterator[str]:
    """The text of a file in pieces; bytes that are no UTF-8 become surrogate escapes.

    ``on_bytes`` hears how many bytes of the file itself were read. Raises UsageError for damaged gzip data.
    """
    if file == "-":
        yield from _decoded(sys.stdin.buffer, on_bytes, file)
        return
    with Path(file).open("rb") as opened:
        yield from _decoded(opened, on_bytes, file)


def _decoded(stream: IO[bytes], on_bytes: Callable[[int], None], file: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    counted = _Counted(stream, on_bytes)
    first = counted.read(2)
    rewound = _Rewound(first, counted)
    # read1 gives what could be unpacked before the damage; read would throw it away.
    packed = first == _GZIP
    read = gzip.GzipFile(fileobj=cast("IO[bytes]", rewound), mode="rb").read1 if packed else rewound.read
    try:
        while chunk := read(_CHUNK):
            yield decoder.decode(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{file} is damaged: {error}.") from None
    yield decoder.decode(b"", final=True)


class _Counted:
    def __init__(self, stream: IO[bytes], on_bytes: Callable[[int], None]) -> None:
        self._stream = stream
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._on_bytes(len(chunk))
        return chunk


class _Rewound:
    """A stream whose first bytes were already looked at."""

    def __init__(self, first: bytes, rest: _Counted) -> None:
        self._first = first
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return self._rest.read(size)
