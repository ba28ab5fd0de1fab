"""Where the bytes of recordings lie: a folder or a bucket, whatever fsspec knows by its URL."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

import fsspec
from fsspec.implementations.local import LocalFileSystem

from calldex.core.errors import InvalidRequest, NotFound, Problem, TooLarge, Unavailable

_PIECE_BYTES: Final = 256 * 1024


async def save(place: str, location: str, pieces: AsyncIterator[bytes], most: int) -> tuple[int, bytes]:
    """Store what comes below ``place``; gives its size and its SHA-256.

    Raises TooLarge beyond ``most`` bytes and InvalidRequest when nothing comes.
    What cannot be stored whole is taken away again.
    """
    files, path = await asyncio.to_thread(_open_place, place, location)
    digest, size = sha256(), 0
    try:
        file = await asyncio.to_thread(_create, files, path)
        try:
            async for piece in pieces:
                size += len(piece)
                if size > most:
                    raise TooLarge(f"The recording is larger than the {most} bytes that are allowed.")
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        _not_empty(size)
    except BaseException:
        with suppress(Exception):
            await asyncio.to_thread(files.rm, path)
        raise
    return size, digest.digest()


async def remove(place: str, location: str) -> None:
    """Take a recording away that nothing refers to."""
    files, path = await asyncio.to_thread(_open_place, place, location)
    with suppress(FileNotFoundError):
        await asyncio.to_thread(files.rm, path)


async def reading(place: str, location: str, start: int, end: int) -> AsyncIterator[bytes]:
    """The same as ``read``, begun already: what it raises is raised now, before an answer has begun."""
    pieces = read(place, location, start, end)
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


async def as_file(place: str, location: str) -> IO[bytes]:
    """A recording as an open file of this machine: itself where recordings lie in a folder, else a copy that goes
    when it is closed. Raises NotFound when it is gone and Unavailable when it cannot be fetched.
    """
    files, path = await asyncio.to_thread(_open_place, place, location)
    try:
        return await asyncio.to_thread(_fetch, files, path)
    except FileNotFoundError:
        raise NotFound("The recording is not where it was stored.") from None
    except OSError as error:
        raise Unavailable(f"The recording cannot be fetched: {error}") from error


async def read(place: str, location: str, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from ``start`` up to ``end`` in pieces. Raises NotFound when the file is gone."""
    files, path = await asyncio.to_thread(_open_place, place, location)
    try:
        file: Any = await asyncio.to_thread(files.open, path, "rb")
    except FileNotFoundError:
        raise NotFound("The recording is not where it was stored.") from None
    try:
        await asyncio.to_thread(file.seek, start)
        left = end - start
        while left > 0:
            piece = await asyncio.to_thread(file.read, min(left, _PIECE_BYTES))
            if not piece:
                return
            left -= len(piece)
            yield piece
    finally:
        await asyncio.to_thread(file.close)


def _fetch(files: Any, path: str) -> IO[bytes]:
    if isinstance(files, LocalFileSystem):
        return Path(path).open("rb")
    copy = tempfile.TemporaryFile(prefix="calldex-recording-")  # noqa: SIM115 - whoever asked closes it.
    try:
        with files.open(path, "rb") as file:
            shutil.copyfileobj(file, copy, _PIECE_BYTES)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy


def _not_empty(size: int) -> None:
    if size == 0:
        raise InvalidRequest(problems=(Problem(("body",), "The recording is empty.", "empty"),))


def _open_place(place: str, location: str) -> tuple[Any, str]:
    try:
        files, root = fsspec.core.url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise Unavailable(f"Recordings cannot be stored: {error}") from error
    return files, f"{root.rstrip('/')}/{location}"


def _create(files: Any, path: str) -> Any:
    files.makedirs(path.rpartition("/")[0], exist_ok=True)
    return files.open(path, "wb")
