"""A call that is not as documented is refused: the field, what was given and what is expected are named, every mistake
at once. What is merely unknown is kept.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.surfaces.skipcall.examples import full_call

from calldex.core.errors import InvalidRequest
from calldex.core.merging import Stamp
from calldex.surfaces.skipcall.v1.parse import parse_call, parse_record
from calldex.surfaces.skipcall.v1.words import STATUS_WORD

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"id": None}, "id", "text that is not empty is expected, and null was given"),
    ({"id": ""}, "id", "text that is not empty"),
    ({"id": 7}, "id", "and 7 was given"),
    ({"callType": 1}, "callType", "text or null is expected, and 1 was given"),
    ({"status": ["completed"]}, "status", "text or null"),
    ({"type": True}, "type", "text or null"),
    ({"startedAt": "2026-02-11T14:02:10"}, "startedAt", "it has no time zone"),
    ({"startedAt": "2026-02-31T14:02:10Z"}, "startedAt", "there is no such day"),
    ({"endedAt": "yesterday"}, "endedAt", '"yesterday" was given'),
    ({"createdAt": 1770818530}, "createdAt", "an ISO 8601 time with a zone or null is expected, and 1770818530"),
    ({"contact": "Nadia"}, "contact", "an object or null"),
    ({"contact": {"id": 5}}, "contact.id", "text or null"),
    ({"contact": {"isUnknown": "no"}}, "contact.isUnknown", "true, false or null"),
    ({"phoneNumber": "+33199001234"}, "phoneNumber", "an object or null"),
    ({"callerPhoneNumber": {"value": 33199004567}}, "callerPhoneNumber.value", "text or null"),
    ({"caller": []}, "caller", "an object or null"),
    ({"caller": {"lastName": {}}}, "caller.lastName", "text or null"),
    ({"transferred": "false"}, "transferred", "true, false or null"),
    ({"organizationMembershipId": 4}, "organizationMembershipId", "text or null"),
    ({"notes": "a\0b"}, "notes", "must not hold a NUL"),
    ({"caller": {"firstName": "\0"}}, "caller.firstName", "must not hold a NUL"),
]


def problems(raw: bytes) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as refused:
        parse_call(raw)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_value_is_named(changes: dict[str, Any], field: str, sentence: str) -> None:
    found = problems(json.dumps(full_call(**changes)).encode())
    assert list(found) == [field]
    assert sentence in found[field]
    assert found[field].startswith(field)


def test_every_mistake_is_named_at_once() -> None:
    found = problems(json.dumps(full_call(id=1, notes=2, endedAt="x", contact={"id": 3})).encode())
    assert found.keys() == {"id", "notes", "endedAt", "contact.id"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[]", "a call is a JSON object, and [] was given"),
        (b"null", "and null was given"),
        (b'{"id": "\xff"}', "not UTF-8"),
        (b'{"id": "\\ud800"}', "cannot be read"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"{}", "id is required"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_call_at_all(raw: bytes, sentence: str) -> None:
    (found,) = problems(raw).values()
    assert sentence in found


def test_only_given_keys_are_said() -> None:
    change = parse_call(b'{"id": "x", "notes": null, "status": "strange", "odd": 1.50}')
    assert change.values == {"notes": None, "status": None}
    assert change.kept["words"] == {STATUS_WORD: "strange"}
    assert str(change.kept["skipcall"]["odd"]) == "1.50"
    assert change.version is None


def test_the_version_is_the_time_of_the_change_else_of_the_making() -> None:
    changed, made = full_call(), full_call(updatedAt=None)
    versions = [parse_call(json.dumps(call).encode()).version for call in (changed, made)]
    assert [Stamp(version, "").time for version in versions if version] == versions
    assert [version.isoformat()[:10] for version in versions if version] == ["2026-02-20", "2026-02-11"]


def test_records_are_as_new_as_their_call() -> None:
    change = parse_call(json.dumps(full_call()).encode())
    contact, member = (parse_record(linked)[0] for linked in change.linked)
    assert (contact.kind, member.kind) == ("contact", "member")
    assert contact.version == member.version == change.version
    assert contact.body["given_name"] == "Nadia"
    assert member.body == {"given_name": "Tom", "family_name": "Berger"}
