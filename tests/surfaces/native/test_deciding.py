"""Approving and rejecting: the approver and the time are kept, an impossible move is 409 and says what is possible.

Nobody without the scope gets a call out of waiting, by whatever operation.
"""

from __future__ import annotations

from typing import Any

from tests.surfaces.native.writer import CALLS, Writer, refused


async def waiting(writer: Writer, name: str = "abc") -> None:
    await writer.put(name, status="pending_approval", created_at="2026-03-01T10:00:00Z")


async def test_an_approved_call_is_queued(writer: Writer) -> None:
    await waiting(writer)
    call = await writer.good("POST", f"{CALLS}/abc/approve", {"approver": {"id": "usr_1", "name": "Ann"}})
    assert (call["status"], call["approver_id"], call["approver"]["body"]["name"]) == ("queued", "usr_1", "Ann")
    assert call["decided_at"] is not None
    assert (await writer.good("GET", "/stuut/v1/calls"))["data"][0]["approver"]["name"] == "Ann"


async def test_a_rejected_call_is_canceled_and_without_an_approver_it_was_the_key(writer: Writer) -> None:
    await waiting(writer)
    call = await writer.good("POST", f"{CALLS}/abc/reject")
    assert (call["status"], call["approver"]) == ("canceled", None)
    keys = await writer.app.database.pool.fetch("SELECT id FROM api_keys WHERE NOT test")
    assert call["approver_id"] in {str(row["id"]) for row in keys}


async def test_an_impossible_move_says_what_is_possible(writer: Writer) -> None:
    await waiting(writer)
    await writer.good("POST", f"{CALLS}/abc/approve")
    again = refused(await writer.send("POST", f"{CALLS}/abc/approve"), 409, "impossible_move")
    assert again["possible"] == ["registered", "initiated", "canceled", "failed"]
    await writer.put("done", status="completed", created_at="2026-03-01T10:00:00Z")
    ended = refused(await writer.send("POST", f"{CALLS}/done/approve"), 409, "impossible_move")
    assert (ended["possible"], "it has ended" in ended["detail"]) == ([], True)
    patched = await writer.send("PATCH", f"{CALLS}/done", {"status": "ringing"}, if_match='"1"')
    refused(patched, 409, "impossible_move")


async def test_a_patch_may_pass_over_statuses_that_nobody_saw(writer: Writer) -> None:
    await writer.put("abc", status="queued", created_at="2026-03-01T10:00:00Z")
    answer = await writer.send("PATCH", f"{CALLS}/abc", {"status": "completed"}, if_match='"1"')
    assert answer.json()["status"] == "completed"


async def test_the_decision_stands_when_the_source_tells_its_old_story_again(writer: Writer) -> None:
    story = {
        "id": "call_1",
        "direction": "outbound",
        "to_number": "+14155550100",
        "status": "pending_approval",
        "created_at": "2026-03-01T10:00:00Z",
        "modified_at": "2026-03-01T10:00:00Z",
    }
    await writer.tenant.take("stuut-v1", [story])
    await writer.good("POST", f"{CALLS}/call_1/approve")
    await writer.tenant.take("stuut-v1", [story])
    assert (await writer.good("GET", f"{CALLS}/call_1"))["status"] == "queued"


async def test_without_the_scope_a_call_stays_where_it_waits(writer: Writer) -> None:
    await waiting(writer)
    key = await writer.key("read", "write")
    tries: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
        ("POST", f"{CALLS}/abc/approve", {}, {}),
        ("POST", f"{CALLS}/abc/reject", {}, {}),
        ("PUT", f"{CALLS}/abc", {"status": "queued"}, {}),
        ("POST", CALLS, {"id": "abc", "status": "queued"}, {}),
        ("PATCH", f"{CALLS}/abc", {"status": "canceled"}, {"if_match": '"1"'}),
    )
    for method, path, body, headers in tries:
        refused(await writer.send(method, path, body, key=key, **headers), 403, "forbidden")
    batch = await writer.send("POST", f"{CALLS}:batch", {"calls": [{"id": "abc", "status": "queued"}]}, key=key)
    assert batch.json()["results"][0]["status"] == 403
    assert (await writer.good("GET", f"{CALLS}/abc"))["status"] == "pending_approval"
    assert (await writer.send("PUT", f"{CALLS}/abc", {"summary": "s"}, key=key)).status_code == 200
