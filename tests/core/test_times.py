"""Times: any ISO 8601 instant with a zone is read, to the microsecond, and is in UTC; one without a zone is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.times import is_instant, milliseconds_between, parse_instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12T15:04:05Z", datetime(2026, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("2026-03-12t15:04:05z", datetime(2026, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("2026-03-12 15:04:05Z", datetime(2026, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("2026-03-12T15:04Z", datetime(2026, 3, 12, 15, 4, tzinfo=UTC)),
        ("2026-03-12T15:04:05.1Z", datetime(2026, 3, 12, 15, 4, 5, 100_000, tzinfo=UTC)),
        ("2026-03-12T15:04:05,000001Z", datetime(2026, 3, 12, 15, 4, 5, 1, tzinfo=UTC)),
        ("2026-03-12T15:04:05.123456789Z", datetime(2026, 3, 12, 15, 4, 5, 123_456, tzinfo=UTC)),
        ("2026-03-12T15:04:05+02:00", datetime(2026, 3, 12, 13, 4, 5, tzinfo=UTC)),
        ("2026-03-12T15:04:05+0200", datetime(2026, 3, 12, 13, 4, 5, tzinfo=UTC)),
        ("2026-03-12T15:04:05 02:00", datetime(2026, 3, 12, 13, 4, 5, tzinfo=UTC)),
        ("2026-01-01T00:00:00-05:30", datetime(2026, 1, 1, 5, 30, tzinfo=UTC)),
        ("2024-02-29T23:59:59.999999-00:01", datetime(2024, 3, 1, 0, 0, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected
    assert parse_instant(text).tzinfo is UTC


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),  # noqa: DTZ001 - bounds
    st.integers(-1439, 1439),
)
def test_every_instant_comes_back(moment: datetime, minutes: int) -> None:
    given_moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(given_moment.isoformat()) == given_moment


@pytest.mark.parametrize("text", ["2026-03-12T15:04:05", "2026-03-12 15:04", "2026-03-12T15:04:05.123"])
def test_a_time_without_a_zone_is_refused_and_told_so(text: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        parse_instant(text)
    assert not is_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-12",
        "15:04:05Z",
        "2026-3-12T15:04:05Z",
        "1767225600",
        "2026-03-12T15Z",
        "12/03/2026 15:04Z",
        "2026-03-12T15:04:05Z\n",
        "٢026-03-12T15:04:05.5Z",
        "2026-W11-4T15:04:05Z",
        "99999-03-12T15:04:05Z",
        "2026-03-12T15:04:05+2",
        "2026-03-12T15:04:05Z+02:00",
    ],
)
def test_other_text_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00+25:00",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_day_or_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no such day or time"):
        parse_instant(text)


def test_the_ends_of_time_are_not_taken_for_infinity() -> None:
    first, last = parse_instant("0001-01-01T00:00:00Z"), parse_instant("9999-12-31T23:59:59.9999999Z")
    assert first == datetime.min.replace(tzinfo=UTC) + timedelta(microseconds=1)
    assert last == datetime.max.replace(tzinfo=UTC) - timedelta(microseconds=1)


def test_milliseconds_are_whole_and_never_negative() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert milliseconds_between(start, start + timedelta(seconds=1, microseconds=1999)) == 1001
    assert milliseconds_between(start, start) == 0
    assert milliseconds_between(start, start - timedelta(seconds=1)) is None
    assert milliseconds_between(None, start) is milliseconds_between(start, None) is None
