"""What came from Skipcall comes back from Skipcall: every key in the document's order, every value, words that we do
not know included. Absent differs from null, a newer copy wins key by key, an older one changes nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.surfaces.comparing import differences
from tests.surfaces.serving import Tenant
from tests.surfaces.skipcall.examples import KEYS, UNKNOWN_CONTACT, full_call, uuid_of

from calldex.core.jsonbytes import decode

CALLS = "/skipcall/v1/calls"

OWN_CALLER = {"caller": {"firstName": "Lea", "lastName": None}, "organizationMembershipId": None}
NOBODY = {"contact": UNKNOWN_CONTACT, "caller": {"firstName": None, "lastName": None}}
NAMED_WITHOUT_ID = {"contact": {"id": None, "firstName": "Ana", "lastName": None, "isUnknown": True}}
NOTHING_KNOWN = dict.fromkeys(
    [
        "startedAt",
        "endedAt",
        "phoneNumberId",
        "userProviderSid",
        "adminProviderSid",
        "providerConferenceId",
        "transferred",
        "updatedAt",
        "sequenceRunId",
        "sequenceId",
        "syncedWithCrmDate",
        "organizationId",
        "organizationMembershipId",
        "managedPhoneNumberId",
        "notes",
    ]
)
CHANGES: list[dict[str, Any]] = [
    {},
    {"type": "inbound", "callType": "DIRECT_CALL", "status": "no-answer"},
    {"deletedAt": "2026-02-20T09:30:00.000Z"},
    {"status": "queued"},
    {"status": "Completed"},
    {"status": "ringing-elsewhere", "type": "conference", "callType": "GROUP_CALL"},
    {"transferred": True},
    {"phoneNumber": {"value": None}, "callerPhoneNumber": {"value": "sip:desk@pbx.example"}},
    {"notes": "", "userProviderSid": ""},
    OWN_CALLER,
    NOBODY,
    NAMED_WITHOUT_ID,
    {**NOTHING_KNOWN, **NOBODY},
    {"sequenceId": "seq-17", "organizationMembershipId": "m-4", "contact": {**UNKNOWN_CONTACT, "id": "c 9"}},
    {"notes": 'Ünïcode \u2028 \U0001f600 \\ " \n\t'},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: ",".join(changes) or "full")
async def test_a_call_comes_back_as_it_came(tenant: Tenant, changes: dict[str, Any]) -> None:
    call = full_call(**changes)
    assert await tenant.take("skipcall", [call]) == ["created"]
    answer = await tenant.answer(f"{CALLS}/{call['id']}")
    assert list(answer) == KEYS
    assert differences(call, answer) == []
    assert await tenant.take("skipcall", [call]) == ["unchanged"]


async def test_times_have_three_decimals_and_z(tenant: Tenant) -> None:
    await tenant.take("skipcall", [full_call(startedAt="2026-02-11T16:02:10.0459+02:00")])
    answer = await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}")
    assert answer["startedAt"] == "2026-02-11T14:02:10.045Z"
    assert answer["createdAt"] == "2026-02-11T14:01:58.007Z"


async def test_absent_keys_are_null_and_objects_have_their_keys(tenant: Tenant) -> None:
    await tenant.take("skipcall", [{"id": uuid_of("call", 1), "createdAt": "2026-02-11T14:01:58Z"}])
    answer = await tenant.answer(f"{CALLS}/{uuid_of('call', 1)}")
    assert list(answer) == KEYS
    assert answer["contact"] == UNKNOWN_CONTACT
    assert answer["caller"] == {"firstName": None, "lastName": None}
    assert answer["phoneNumber"] == answer["callerPhoneNumber"] == {"value": None}
    assert (answer["status"], answer["callType"], answer["notes"]) == ("queued", "DIRECT_CALL", None)


async def test_a_newer_copy_wins_key_by_key(tenant: Tenant) -> None:
    first = full_call()
    await tenant.take("skipcall", [first])
    newer = {
        "id": first["id"],
        "updatedAt": "2026-02-21T09:30:00.000Z",
        "notes": None,
        "status": "failed",
        "contact": {**first["contact"], "lastName": "Martin"},
    }
    assert await tenant.take("skipcall", [newer]) == ["updated"]
    assert differences({**first, **newer}, await tenant.answer(f"{CALLS}/{first['id']}")) == []


async def test_an_older_copy_changes_nothing_not_even_the_contact(tenant: Tenant) -> None:
    newer = full_call()
    older = full_call(
        updatedAt="2026-02-19T09:30:00.000Z",
        notes="Old.",
        status="ringing",
        contact={**newer["contact"], "firstName": "Nadja"},
        caller={"firstName": "Thomas", "lastName": "Berger"},
    )
    await tenant.take("skipcall", [newer])
    assert await tenant.take("skipcall", [older]) == ["unchanged"]
    assert differences(newer, await tenant.answer(f"{CALLS}/{newer['id']}")) == []


async def test_a_status_word_is_shown_only_while_it_is_what_the_status_means(tenant: Tenant) -> None:
    call = full_call(status="strange")
    path = f"{CALLS}/{call['id']}"
    await tenant.take("skipcall", [call])
    assert (await tenant.answer(path))["status"] == "strange"
    await tenant.take("skipcall", [{**call, "status": "busy", "updatedAt": "2026-02-21T09:30:00.000Z"}])
    assert (await tenant.answer(path))["status"] == "busy"


async def test_unknown_keys_are_kept_at_every_depth_and_not_shown(tenant: Tenant) -> None:
    call = full_call()
    given = {
        **call,
        "workspace": {"id": 1},
        "contact": {**call["contact"], "email": "nadia@fair.example"},
        "phoneNumber": {**call["phoneNumber"], "country": "FR"},
        "caller": {**call["caller"], "role": "sales"},
    }
    await tenant.take("skipcall", [given])
    assert differences(call, await tenant.answer(f"{CALLS}/{call['id']}")) == []
    async with tenant.database.pool.acquire() as session:
        kept = await session.fetchval("SELECT kept FROM calls WHERE organization_id = $1", tenant.organization.id)
        bodies = await session.fetch(
            "SELECT kind, body FROM records WHERE organization_id = $1 ORDER BY kind", tenant.organization.id
        )
    assert decode(kept)["skipcall"] == {"workspace": {"id": 1}, "phoneNumber": {"country": "FR"}}
    contact, member = (decode(row[1]) for row in bodies)
    assert (contact["email"], member["role"]) == ("nadia@fair.example", "sales")


async def test_a_contact_is_one_record_and_the_newest_names_are_everywhere(tenant: Tenant) -> None:
    first = full_call(1)
    renamed = {**first["contact"], "lastName": "Martin"}
    second = full_call(2, contact=renamed, updatedAt="2026-03-01T00:00:00.000Z")
    await tenant.take("skipcall", [first, second])
    answers = [await tenant.answer(f"{CALLS}/{call['id']}") for call in (first, second)]
    assert [answer["contact"] for answer in answers] == [renamed, renamed]
