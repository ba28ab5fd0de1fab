"""What a key does to a call is written down with the key's name and the time, once, and only when it was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.surfaces.native.writer import CALLS, Writer

from calldex.actions.issue_key import issue_key
from calldex.store.acts import Act, acts_of_call, latest_acts

VERBS: list[tuple[str, str, str, Any, dict[str, Any]]] = [
    ("POST", "/approve", "approve", {"approver": {"id": "usr_1", "name": "Ann"}}, {"approver": "usr_1"}),
    ("POST", "/reject", "reject", None, {}),
    ("POST", "/transcript", "add_transcript", {"turns": [{"role": "user", "content": "Hello"}]}, {"turns": 1}),
    (
        "POST",
        "/classifications",
        "add_classifications",
        {"classifications": [{"classification": "dispute"}]},
        {"classifications": ["dispute"]},
    ),
    ("DELETE", "", "delete", None, {}),
]


async def acts(writer: Writer, call: str) -> list[Act]:
    async with writer.app.database.session() as session:
        return await acts_of_call(session, writer.tenant.organization.id, UUID(call))


async def waiting(writer: Writer) -> str:
    call = await writer.put("abc", status="pending_approval", created_at="2026-03-01T10:00:00Z")
    return str(call["uuid"])


@pytest.mark.parametrize(("method", "path", "name", "body", "detail"), VERBS, ids=[verb[2] for verb in VERBS])
async def test_a_verb_is_an_act_of_its_key(
    writer: Writer, method: str, path: str, name: str, body: Any, detail: dict[str, Any]
) -> None:
    call = await waiting(writer)
    assert await acts(writer, call) == []
    key = await issue_key(writer.tenant.database, writer.tenant.organization, name="Billing robot")
    before = datetime.now(UTC)
    answer = await writer.send(method, f"{CALLS}/abc{path}", body, key=key.text)
    assert answer.status_code in (200, 204), answer.text
    (act,) = await acts(writer, call)
    assert (act.name, act.detail) == (name, detail)
    assert (act.actor.kind, act.actor.id, act.actor.name) == ("key", key.id, "Billing robot")
    assert before <= act.happened_at <= datetime.now(UTC)


async def test_a_note_is_an_act_and_a_key_without_a_name_is_an_api_key(writer: Writer) -> None:
    call = await waiting(writer)
    note = await writer.good("POST", f"{CALLS}/abc/notes", {"text": "Private", "author": "Ann"}, status=201)
    (act,) = await acts(writer, call)
    assert (act.name, act.actor.name, act.detail) == ("add_note", "API key", {"note": note["id"]})


async def test_what_is_not_done_or_done_already_is_no_act(writer: Writer) -> None:
    call = await waiting(writer)
    await writer.send("POST", f"{CALLS}/abc/notes", {"text": ""})
    await writer.send("POST", f"{CALLS}/abc/approve", {"approver": {"id": 3}})
    sent = {"classifications": [{"classification": "dispute"}]}
    for _ in range(2):
        await writer.good("POST", f"{CALLS}/abc/classifications", sent)
        await writer.good("POST", f"{CALLS}/abc/approve", idempotency_key="once")
    assert (await writer.send("POST", f"{CALLS}/abc/reject")).status_code == 409
    for _ in range(2):
        await writer.send("DELETE", f"{CALLS}/abc")
    assert [act.name for act in await acts(writer, call)] == ["delete", "approve", "add_classifications"]


async def test_acts_stay_in_their_organization(writer: Writer) -> None:
    call = await waiting(writer)
    await writer.good("POST", f"{CALLS}/abc/approve")
    other = await writer.app.tenant()
    async with writer.app.database.session() as session:
        assert await acts_of_call(session, other.organization.id, UUID(call)) == []
        assert await latest_acts(session, [other.organization.id]) == []
        assert [act.name for _, act in await latest_acts(session, [writer.tenant.organization.id])] == ["approve"]


async def test_an_approved_call_is_rejected_by_nobody_who_thinks_that_it_waits(writer: Writer) -> None:
    await waiting(writer)
    await writer.good("POST", f"{CALLS}/abc/approve")
    answer = await writer.send("POST", f"{CALLS}/abc/reject")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert '"queued"' in answer.json()["detail"]
