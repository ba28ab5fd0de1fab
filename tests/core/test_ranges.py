"""A Range header gets the bytes that it names and no others; whatever it says, a part lies within the body."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calldex.core.ranges import Part, part_asked

SETTINGS = settings(derandomize=True, deadline=None, database=None, max_examples=300)
TAG = '"tag"'
SIZES = st.integers(min_value=0, max_value=10**6)
PLACES = st.integers(min_value=0, max_value=2 * 10**6)


def asked(text: str | None, size: int, if_range: str | None = None) -> Part:
    return part_asked(text, if_range, TAG, size)


@SETTINGS
@given(first=PLACES, last=PLACES, size=SIZES)
def test_from_one_byte_to_another(first: int, last: int, size: int) -> None:
    part = asked(f"bytes={first}-{last}", size)
    wanted = [place for place in (first, last) if first <= last and first < size]
    if not wanted:
        assert (part.status, part.headers()) == (416, {"Content-Range": f"bytes */{size}"})
    else:
        assert (part.status, part.start, part.end) == (206, first, min(last, size - 1) + 1)


@SETTINGS
@given(first=PLACES, size=SIZES)
def test_from_one_byte_to_the_end(first: int, size: int) -> None:
    part = asked(f"bytes={first}-", size)
    assert (part.start, part.end, part.status) == ((first, size, 206) if first < size else (0, 0, 416))


@SETTINGS
@given(count=PLACES, size=SIZES)
def test_the_last_bytes(count: int, size: int) -> None:
    part = asked(f"bytes=-{count}", size)
    length = min(count, size)
    assert (part.start, part.end, part.status) == ((size - length, size, 206) if length else (0, 0, 416))


@SETTINGS
@given(text=st.none() | st.text() | st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}(,[0-9]-[0-9])?"), size=SIZES)
@example(text="bytes=-", size=5)
@example(text="bytes=٣-٤", size=50)
@example(text="bytes=0-1\n", size=5)
def test_any_header_means_a_part_within_the_body(text: str | None, size: int) -> None:
    part = asked(text, size)
    assert 0 <= part.start <= part.end <= size
    headers = part.headers()
    if part.status == 200:
        assert (part.start, part.end, headers) == (0, size, {"Content-Length": str(size)})
    elif part.status == 206:
        assert headers["Content-Length"] == str(part.end - part.start)
        assert headers["Content-Range"] == f"bytes {part.start}-{part.end - 1}/{size}"
    else:
        assert (part.status, part.start, part.end) == (416, 0, 0)


@pytest.mark.parametrize("text", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense", "bytes=٣-٤", "bytes=0-1\n", ""])
def test_what_is_no_single_part_is_answered_with_the_whole(text: str) -> None:
    assert asked(text, 100) == Part(0, 100, 100, 200)


def test_a_part_of_another_body_is_answered_with_the_whole() -> None:
    assert asked("bytes=0-1", 100, TAG).status == 206
    for other in ('"other"', f"W/{TAG}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert asked("bytes=0-1", 100, other).status == 200
