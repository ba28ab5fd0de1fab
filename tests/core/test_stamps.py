"""Stamps are kept small and come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.calls import FIELDS
from calldex.core.merging import Stamp
from calldex.core.stamps import dump_call_stamps, dump_record_stamps, load_call_stamps, load_record_stamps

PROPERTY = settings(derandomize=True, deadline=None, database=None)
STAMPS = st.builds(
    Stamp,
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["stuut", "whippy"]),
)


@PROPERTY
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), STAMPS))
def test_stamps_of_a_call_come_back(stamps: dict[str, Stamp]) -> None:
    assert load_call_stamps(dump_call_stamps(stamps)) == stamps


@PROPERTY
@given(st.dictionaries(st.text(max_size=5), STAMPS))
def test_stamps_of_a_record_come_back(stamps: dict[str, Stamp]) -> None:
    assert load_record_stamps(dump_record_stamps(stamps), stamps) == stamps


def test_one_copy_takes_little_room() -> None:
    stamp = Stamp(datetime(2026, 1, 1, tzinfo=UTC), "stuut")
    assert len(dump_call_stamps(dict.fromkeys(FIELDS, stamp))) < 60
    assert len(dump_record_stamps({f"key {number}": stamp for number in range(50)})) < 50


def test_the_order_of_fields_is_the_stored_form() -> None:
    # A field that moves would change what the stored masks mean: new ones go to the end.
    assert list(FIELDS)[:5] == ["direction", "status", "kind", "from_number", "to_number"]
    assert list(FIELDS).index("object_word") == 70
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))).astimezone(UTC)
    assert dump_call_stamps({"to_number": Stamp(moment, "stuut")}) == b'[["2025-12-31T23:00:00Z","stuut","10"]]'
