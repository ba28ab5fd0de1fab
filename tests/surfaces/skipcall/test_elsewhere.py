"""Calls of other sources read sensibly on Skipcall: our side and the other party by direction, Twilio's words, UUIDs
for every linked id, nulls where nothing is known.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.serving import Tenant
from tests.surfaces.skipcall.examples import KEYS, UNKNOWN_CONTACT, full_call, uuid_of

CALLS = "/skipcall/v1/calls"

STATUSES = [
    ("pending_approval", "queued"),
    ("queued", "queued"),
    ("registered", "queued"),
    ("initiated", "initiated"),
    ("ringing", "ringing"),
    ("canceled", "canceled"),
    ("in_progress", "in-progress"),
    ("completed", "completed"),
    ("busy", "busy"),
    ("no_answer", "no-answer"),
    ("failed", "failed"),
]


def stuut_call(**changes: Any) -> dict[str, Any]:
    return {
        "id": "call_x1",
        "direction": "outbound",
        "to_number": "+12025550143",
        "from_number": "+12025550120",
        "created_at": "2026-03-01T10:00:00Z",
        "start_time": "2026-03-01T10:00:05Z",
        "end_time": "2026-03-01T10:01:05Z",
        "status": "completed",
        **changes,
    }


async def test_a_call_of_stuut(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [stuut_call(transferred_to="+12025550199")])
    answer = await tenant.answer(f"{CALLS}/call_x1")
    assert list(answer) == KEYS
    assert UUID(answer["id"]).version == 7
    assert await tenant.answer(f"{CALLS}/{answer['id']}") == answer
    assert answer["callerPhoneNumber"] == {"value": "+12025550120"}
    assert answer["phoneNumber"] == {"value": "+12025550143"}
    assert (answer["callType"], answer["type"], answer["status"]) == ("DIRECT_CALL", "outbound", "completed")
    assert answer["startedAt"] == "2026-03-01T10:00:05.000Z"
    assert answer["transferred"] is True
    assert answer["contact"] == UNKNOWN_CONTACT
    assert UUID(answer["organizationId"]).version == 4
    assert answer["organizationMembershipId"] is None


async def test_an_inbound_call_has_our_number_as_the_called_one(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [stuut_call(direction="inbound")])
    answer = await tenant.answer(f"{CALLS}/call_x1")
    assert answer["callerPhoneNumber"] == {"value": "+12025550143"}
    assert answer["phoneNumber"] == {"value": "+12025550120"}
    assert answer["transferred"] is False


async def test_a_workflow_makes_it_a_call_session(tenant: Tenant) -> None:
    await tenant.take("stuut-v1", [stuut_call(workflow={"id": "otwfl_1", "name": "Dunning"})])
    assert (await tenant.answer(f"{CALLS}/call_x1"))["callType"] == "CALL_SESSION"
    assert (await tenant.answer(CALLS, [("callType", "sequence")]))["meta"]["total"] == 1
    assert (await tenant.answer(CALLS, [("callType", "DIRECT_CALL")]))["meta"]["total"] == 0


@pytest.mark.parametrize(("status", "word"), STATUSES)
async def test_the_words_of_a_status(tenant: Tenant, status: str, word: str) -> None:
    await tenant.take("stuut-v1", [stuut_call(status=status)])
    assert (await tenant.answer(f"{CALLS}/call_x1"))["status"] == word
    assert (await tenant.answer(CALLS, [("status", word)]))["meta"]["total"] == 1


async def test_a_call_of_whippy_and_the_contact_that_both_know(tenant: Tenant) -> None:
    contact = full_call()["contact"]
    call = {
        "id": uuid_of("whip"),
        "delivery_status": "call_ended_oddly",
        "direction": "INBOUND",
        "from": "+12025550143",
        "to": "+12025550120",
        "created_at": "2026-03-12T17:20:31.104512Z",
        "contact_id": contact["id"],
        "sequence_id": uuid_of("seq"),
    }
    await tenant.take("whippy", [call])
    answer = await tenant.answer(f"{CALLS}/{call['id']}")
    assert UUID(answer["id"]).version == 7
    assert answer["contact"] == {"id": contact["id"], "firstName": None, "lastName": None, "isUnknown": False}
    assert (answer["status"], answer["callType"]) == ("call_ended_oddly", "CALL_SESSION")
    assert answer["sequenceId"] == uuid_of("seq")
    await tenant.take("skipcall", [full_call()])
    assert (await tenant.answer(f"{CALLS}/{call['id']}"))["contact"] == contact
    assert (await tenant.answer(CALLS, [("contactId", contact["id"])]))["meta"]["total"] == 2


async def test_linked_ids_that_are_no_uuids_become_stable_ones(tenant: Tenant) -> None:
    call = {"id": "w1", "created_at": "2026-03-12T17:20:31Z", "sequence_id": "spring", "contact_id": "ana"}
    await tenant.take("whippy", [call, {**call, "id": "w2"}])
    page = await tenant.answer(CALLS)
    sequences = {entry["sequenceId"] for entry in page["data"]}
    contacts = {entry["contact"]["id"] for entry in page["data"]}
    assert len(sequences) == len(contacts) == 1
    sequence, contact = str(UUID(sequences.pop())), str(UUID(contacts.pop()))
    for asked in (("sequenceId", sequence), ("sequenceId", "spring"), ("contactId", contact), ("contactId", "ana")):
        assert (await tenant.answer(CALLS, [asked]))["meta"]["total"] == 2
