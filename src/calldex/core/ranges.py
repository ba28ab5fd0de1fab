"""Parts of a body: what a Range header asks of it (RFC 9110, section 14), as plain arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ONE_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from ``start`` up to ``end`` of a body of ``size`` bytes, sent with this status.

    A part that there is not (416) has no bytes.
    """

    start: int
    end: int
    size: int
    status: int

    def headers(self) -> dict[str, str]:
        """What an answer says of the part: its length, and where it lies unless it is the whole."""
        if self.status == 416:
            return {"Content-Range": f"bytes */{self.size}"}
        length = {"Content-Length": str(self.end - self.start)}
        if self.status == 200:
            return length
        return {"Content-Range": f"bytes {self.start}-{self.end - 1}/{self.size}", **length}


def part_asked(asked: str | None, if_range: str | None, tag: str, size: int) -> Part:
    """The part of a body of ``size`` bytes that the Range header ``asked`` means.

    It is the whole without such a header, with one that is not understood or asks for several parts at once, and
    when ``if_range`` names another body than that of ``tag``.
    """
    whole = Part(0, size, size, 200)
    match = _ONE_RANGE.match(asked or "")
    if match is None or not any(match.groups()) or if_range not in {None, tag}:
        return whole
    first, last = match.groups()
    if first:
        start, end = int(first), min(size, int(last) + 1) if last else size
    else:
        start, end = max(0, size - int(last)), size
    return Part(start, end, size, 206) if start < end else Part(0, 0, size, 416)
