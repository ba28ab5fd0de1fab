"""Taking files apart into calls, without ever holding more than one call and a buffer.

A file is what an API answers: a page (``{"data": [...]}``), one call, an array of calls, NDJSON, or several of
these one after another.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

_CHUNK: Final = 1 << 18
_LARGEST_CALL: Final = 1 << 26
"""A call may have this many characters (64 Mi); a longer one is taken for a broken file."""

_NEAR_THE_END: Final = 64
"""A mistake this close to the end of what was read may only mean that there is more to read."""

_BLANK: Final = " \t\r\n\ufeff"

# Values are only measured here, so numbers need not be made; the strict reading comes later.
_scanner: Any = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
_scan = _scanner.scan_once
_page = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Piece:
    """One call of a file as JSON bytes, and where it stood: a line counts from 1, an index from 0.

    ``error`` says why it cannot be JSON; ``final`` that nothing behind it can be read either.
    """

    place: Literal["line", "index"]
    number: int
    raw: bytes
    error: str | None = None
    final: bool = False


class _Broken(Exception):
    """The text at the position is no JSON value."""


class _Text:
    """The text of a file from the present position on, read as far as needed."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.buffer = ""
        self.position = 0
        self.line = 1
        self.ended = False
        self.given_up = False

    def more(self, wanted: int = _CHUNK) -> bool:
        """Read on; False when there is nothing more."""
        if self.ended:
            return False
        parts, size = [self.buffer[self.position :]], 0
        while size < wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
                break
            parts.append(chunk)
            size += len(chunk)
        self.buffer, self.position = "".join(parts), 0
        return size > 0

    def skip_to(self, position: int) -> None:
        self.line += self.buffer.count("\n", self.position, position)
        self.position = position

    def next_mark(self, skipping: str = _BLANK) -> str:
        """The next character that is not skipped, without taking it; empty at the end."""
        while True:
            end = self.position
            while end < len(self.buffer) and self.buffer[end] in skipping:
                end += 1
            self.skip_to(end)
            if end < len(self.buffer):
                return self.buffer[end]
            if not self.more():
                return ""

    def value(self) -> str:
        """Take the JSON value at the position, as it is written. Raises _Broken."""
        while True:
            try:
                _, end = _scan(self.buffer, self.position)
            except StopIteration as stop:
                mistake, place = "no JSON value", int(stop.value)
            except json.JSONDecodeError as error:
                mistake, place = error.msg, error.pos
            except RecursionError:
                raise _Broken("the JSON is nested too deeply") from None
            else:
                # A number at the very end may go on in the next chunk.
                if end < len(self.buffer) or not self.more():
                    text = self.buffer[self.position : end]
                    self.skip_to(end)
                    return text
                continue
            held = len(self.buffer) - self.position
            unfinished = mistake.startswith("Unterminated string") or place >= len(self.buffer) - _NEAR_THE_END
            if held > _LARGEST_CALL:
                raise _Broken("it is larger than a call can be")
            if not unfinished or not self.more(max(_CHUNK, held)):
                raise _Broken(mistake[:1].lower() + mistake[1:])

    def take(self, expected: str) -> str:
        """Take the next mark, which is one of those expected. Raises _Broken."""
        mark = self.next_mark()
        if not mark or mark not in expected:
            raise _Broken(f"{' or '.join(expected)} is expected" if mark else "it ends too early")
        self.skip_to(self.position + 1)
        return mark

    def rest_of_line(self) -> str:
        """Take everything up to the end of the line."""
        while True:
            end = self.buffer.find("\n", self.position)
            if end >= 0 or not self.more():
                end = len(self.buffer) if end < 0 else end
                text = self.buffer[self.position : end]
                self.skip_to(end)
                return text


def split_calls(chunks: Iterator[str]) -> Iterator[Piece]:
    """The calls of a file. Undecodable bytes come as surrogate escapes and go out as the bytes they were."""
    text = _Text(chunks)
    index = 0
    while mark := text.next_mark():
        start_line = text.line
        if mark == "[":
            index = yield from _elements(text, index)
        elif mark == "{":
            members = _Members(text)
            found_page = members.run()
            if members.error is not None:
                broken = members.taken + text.rest_of_line()
                yield Piece("line", start_line, _bytes(broken), f"the JSON cannot be read: {members.error}")
            elif found_page:
                index = yield from _elements(text, index)
                if not text.given_up:
                    yield from _close_page(text)
            else:
                for entry in _calls_of_line(_bytes(members.taken)):
                    yield Piece("line", start_line, entry)
                if text.line == start_line:
                    yield from _lines(text)
        else:
            yield Piece("line", start_line, _bytes(text.rest_of_line()), "a call must be a JSON object")


class _Members:
    """Walks the members of an object until it ends or its ``data`` turns out to be an array: a page.

    An object whose ``id`` came before is a call, which may have any keys.
    """

    def __init__(self, text: _Text) -> None:
        self._text = text
        self.taken = ""
        self.error: str | None = None

    def run(self) -> bool:
        try:
            return self._walk()
        except _Broken as broken:
            self.error = str(broken)
            return False

    def _take(self, expected: str) -> str:
        mark = self._text.take(expected)
        self.taken += mark
        return mark

    def _walk(self) -> bool:
        self._take("{")
        if self._text.next_mark() == "}":
            self._take("}")
            return False
        is_call = False
        while True:
            if self._text.next_mark() != '"':
                raise _Broken("the name of a member is expected")
            name = self._text.value()
            self.taken += name
            self._take(":")
            mark = self._text.next_mark()
            plain = json.loads(name, strict=False)
            is_call |= plain == "id"
            if mark == "[" and plain == "data" and not is_call:
                return True
            self.taken += self._text.value()
            if self._take(",}") == "}":
                return False


def _elements(text: _Text, index: int) -> Generator[Piece, None, int]:
    """The elements of the array at the position; gives the index of the next one."""
    text.skip_to(text.position + 1)
    if text.next_mark() == "]":
        text.skip_to(text.position + 1)
        return index
    while True:
        text.next_mark()
        try:
            value = text.value()
        except _Broken as broken:
            rest = text.buffer[text.position : text.position + _CHUNK]
            yield Piece("index", index, _bytes(rest), f"the JSON cannot be read: {broken}", final=True)
            _drain(text)
            return index
        yield Piece("index", index, _bytes(value))
        index += 1
        mark = text.next_mark()
        if mark == ",":
            text.skip_to(text.position + 1)
            continue
        if mark == "]":
            text.skip_to(text.position + 1)
            return index
        rest = text.buffer[text.position : text.position + _CHUNK]
        sentence = "the JSON cannot be read: , or ] is expected" if mark else "the JSON ends too early"
        yield Piece("index", index, _bytes(rest), sentence, final=True)
        _drain(text)
        return index


def _drain(text: _Text) -> None:
    text.given_up = True
    text.skip_to(len(text.buffer))
    while text.more():
        text.position = len(text.buffer)


def _close_page(text: _Text) -> Iterator[Piece]:
    """Pass over what stands behind the array of a page."""
    line = text.line
    try:
        while text.next_mark() == ",":
            text.skip_to(text.position + 1)
            text.next_mark()
            text.value()
            text.take(":")
            text.next_mark()
            text.value()
        text.take("}")
    except _Broken as broken:
        yield Piece("line", line, _bytes(text.rest_of_line()), f"the JSON cannot be read: {broken}", final=True)
        _drain(text)


def _lines(text: _Text) -> Iterator[Piece]:
    """NDJSON: a line is a call, or a page or an array on one line."""
    while text.next_mark():
        line = text.line
        raw = _bytes(text.rest_of_line().rstrip("\r"))
        for entry in _calls_of_line(raw):
            yield Piece("line", line, entry)


def _calls_of_line(raw: bytes) -> list[bytes]:
    is_array = raw.startswith(b"[")
    if not is_array and b'"data"' not in raw:
        return [raw]
    try:
        if is_array:
            return [bytes(entry) for entry in _array(raw)]
        members = _page(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [raw]
    data = members.get("data")
    if data is None or "id" in members:
        return [raw]
    inside = bytes(data)
    if inside.startswith(b"["):
        return [bytes(entry) for entry in _array(inside)]
    return [inside] if inside.startswith(b"{") else [raw]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
