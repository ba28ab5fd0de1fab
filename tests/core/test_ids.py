"""Ids: a typed id is a TypeID, goes back to its UUID and sorts as it does; a call's UUID is of version 7, the same
wherever the call is imported, and of its own id where that already is one; a record's is the same for the same words.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.ids import (
    call_uuid,
    new_uuid,
    parse_uuid,
    record_candidates,
    record_uuid,
    typed_id,
    uuid_of_typed,
    uuid_within,
)

NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
PROPERTY = settings(derandomize=True, deadline=None, database=None)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@pytest.mark.parametrize(
    ("uuid", "text"),
    [
        # The examples of the TypeID specification, version 0.3.
        ("00000000-0000-0000-0000-000000000000", "prefix_00000000000000000000000000"),
        ("00000000-0000-0000-0000-000000000001", "prefix_00000000000000000000000001"),
        ("00000000-0000-0000-0000-00000000000a", "prefix_0000000000000000000000000a"),
        ("00000000-0000-0000-0000-000000000020", "prefix_00000000000000000000000010"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", "prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        ("0110c853-1d09-52d8-d73e-1194e95b5f19", "prefix_0123456789abcdefghjkmnpqrs"),
        ("01890a5d-ac96-774b-bcce-b302099a8057", "prefix_01h455vb4pex5vsknk084sn02q"),
    ],
)
def test_a_typed_id_is_a_typeid(uuid: str, text: str) -> None:
    assert typed_id("prefix", UUID(uuid)) == text
    assert uuid_of_typed(text) == UUID(uuid)


@PROPERTY
@given(st.uuids(), st.uuids(), st.sampled_from(["call", "otwfl", "a_b"]))
def test_typed_ids_go_back_and_sort_as_uuids(one: UUID, other: UUID, prefix: str) -> None:
    assert uuid_of_typed(typed_id(prefix, one)) == one
    assert (typed_id(prefix, one) < typed_id(prefix, other)) == (one < other)
    assert len(typed_id("otwfl", one)) <= 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "call_",
        "01h455vb4pex5vsknk084sn02q",
        "_01h455vb4pex5vsknk084sn02q",
        "call_81h455vb4pex5vsknk084sn02q",
        "call_01H455VB4PEX5VSKNK084SN02Q",
        "call_01h455vb4pex5vsknk084sn02",
        "call_01h455vb4pex5vsknk084sn02qq",
        "call_01h455vb4pex5vsknk084sn02l",
        "Call_01h455vb4pex5vsknk084sn02q",
        "call_01h455vb4pex5vsknk084sn02q\n",
    ],
)
def test_other_text_is_no_typed_id(text: str) -> None:
    assert uuid_of_typed(text) is None
    assert uuid_within(text) is None


def test_a_uuid_is_read_with_hyphens_in_any_case() -> None:
    uuid = uuid4()
    assert parse_uuid(str(uuid)) == parse_uuid(str(uuid).upper()) == uuid
    for text in (uuid.hex, f"{{{uuid}}}", f"urn:uuid:{uuid}", f"{uuid}\n", "", "x"):
        assert parse_uuid(text) is None


def test_a_new_uuid_is_of_version_7_and_of_its_moment() -> None:
    found = {new_uuid(NOW) for _ in range(100)}
    assert len(found) == 100
    for uuid in found:
        assert (uuid.version, uuid.variant) == (7, uuid4().variant)
        assert uuid.int >> 80 == int(NOW.timestamp() * 1000)


@PROPERTY
@given(st.text(min_size=1), MOMENTS, st.integers(0, 3))
def test_a_calls_uuid_is_of_version_7_and_always_the_same(vendor_id: str, moment: datetime, attempt: int) -> None:
    uuid = call_uuid("stuut", vendor_id, moment, attempt=attempt)
    assert uuid == call_uuid("stuut", vendor_id, moment, attempt=attempt)
    assert (uuid.version, uuid.variant) == (7, uuid4().variant)
    assert uuid != call_uuid("stuut", vendor_id, moment, attempt=attempt + 1)


def test_an_id_that_is_a_uuid_of_version_7_is_taken_as_it_is() -> None:
    uuid = new_uuid(NOW)
    for text in (str(uuid), str(uuid).upper(), typed_id("call", uuid), typed_id("any", uuid)):
        assert call_uuid("whippy", text, NOW + timedelta(days=9)) == uuid
    other = uuid4()
    assert call_uuid("whippy", str(other), NOW) == call_uuid("skipcall", str(other), NOW) != other
    assert call_uuid("stuut", "a", NOW) != call_uuid("whippy", "a", NOW)


@PROPERTY
@given(st.uuids(version=4), st.uuids(version=4))
def test_calls_of_one_instant_keep_the_order_of_their_vendors_uuids(one: UUID, other: UUID) -> None:
    ours = [call_uuid("whippy", str(uuid), NOW) for uuid in (one, other)]
    assert (
        (ours[0] <= ours[1]) == (one.int >> 52 <= other.int >> 52)
        or ours[0] == ours[1]
        or one.int >> 48 != other.int >> 48
    )


def test_a_records_uuid_depends_on_source_kind_and_id() -> None:
    uuid = record_uuid("stuut", "partner", "ptn_1")
    assert uuid == record_uuid("stuut", "partner", "ptn_1")
    others = {record_uuid("stuut", "invoice", "ptn_1"), record_uuid("whippy", "partner", "ptn_1")}
    assert len(others | {uuid, record_uuid("stuut", "partner", "ptn_2")}) == 4
    plain = str(uuid4())
    assert record_uuid("stuut", "partner", plain) == record_uuid("whippy", "partner", plain.upper())


def test_a_client_may_mean_a_record_by_any_of_its_ids() -> None:
    ours = record_uuid("stuut", "partner", "ptn_1")
    for text in ("ptn_1", str(ours), str(ours).upper(), typed_id("ptn", ours)):
        assert ours in record_candidates("partner", text)
    candidates = record_candidates("partner", "ptn_1")
    assert len(candidates) == len(set(candidates))
