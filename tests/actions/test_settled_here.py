"""What people settled here stays: a note stands behind whatever sources note later, and a call about which somebody
decided does not wait again. No copy of a source, imported, heard or written, takes any of that away.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.actions.sequences import take
from tests.app.signing import generic_event
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import Serving

from calldex.core.notes import all_notes, given_notes


def later(hours: int) -> datetime:
    """A time behind whatever this test does."""
    return datetime.now(UTC) + timedelta(hours=hours)


def heard(kind: str, at: datetime, **data: Any) -> tuple[str, bytes]:
    """An event of the call by our own sender, of a given time."""
    body = generic_event(kind, "one", 0, **data)
    return "generic", body.replace(b"2026-03-12T15:00:00Z", at.isoformat().encode())


async def imported(writer: Writer, at: datetime, **said: Any) -> None:
    copy = {"object": "call", "id": "one", "direction": "outbound", "created_at": "2026-03-01T10:00:00Z"}
    copy["to_number"] = "+12025550177"
    (outcome,) = await writer.tenant.take("stuut-v1", [copy | {"modified_at": at.isoformat()} | said])
    assert outcome in ("created", "updated", "unchanged"), outcome


async def noted(writer: Writer) -> str | None:
    """The notes of the call, which two surfaces say alike."""
    native = (await writer.good("GET", f"{CALLS}/one"))["notes"]
    assert (await writer.tenant.answer("/skipcall/v1/calls/one"))["notes"] == native
    return None if native is None else str(native)


async def test_a_note_stands_behind_what_sources_note_later(app: Serving) -> None:
    writer = await Writer.of(app)
    await writer.put("one", direction="inbound", notes="From the dialler")
    await writer.good("POST", f"{CALLS}/one/notes", {"text": "Ours"}, status=201)
    assert await noted(writer) == "From the dialler\nOurs"
    for said, wanted in (("Changed", "Changed\nOurs"), (None, "Ours"), ("", "\nOurs"), ("Back", "Back\nOurs")):
        await writer.put("one", notes=said)
        assert await noted(writer) == wanted.removeprefix("\n")
    await take(writer.tenant, [heard("call.analyzed", later(1), notes="Heard")])
    assert await noted(writer) == "Heard\nOurs"
    await writer.good("POST", f"{CALLS}/one/notes", {"text": "Ours too"}, status=201)
    await take(writer.tenant, [heard("call.analyzed", later(2), notes="Heard again")])
    assert await noted(writer) == "Heard again\nOurs\nOurs too"


async def test_notes_that_come_back_are_not_there_twice(app: Serving) -> None:
    writer = await Writer.of(app)
    await writer.put("one", direction="inbound")
    for body in ("First", "Second"):
        await writer.good("POST", f"{CALLS}/one/notes", {"text": body}, status=201)
        shown = await writer.good("GET", f"{CALLS}/one")
        again = await writer.put("one", notes=shown["notes"])
        assert again["revision"] == shown["revision"]
    await writer.put("one", notes="First\nand more")
    assert await noted(writer) == "First\nand more\nFirst\nSecond"


async def test_calls_that_turn_out_to_be_one_keep_the_notes_of_both(app: Serving) -> None:
    writer = await Writer.of(app)
    for name in ("one", "two"):
        await take(writer.tenant, [heard("call.started", later(0), id=name, notes=f"Of {name}")])
        await writer.good("POST", f"{CALLS}/{name}/notes", {"text": f"About {name}"}, status=201)
    await take(writer.tenant, [heard("call.updated", later(1), other_ids=["two"])])
    notes = await noted(writer)
    assert notes is not None
    assert notes.endswith("\nAbout one\nAbout two")
    assert notes.count("About") == 2


@pytest.mark.parametrize(("verb", "status"), [("approve", "queued"), ("reject", "canceled")])
async def test_a_call_that_was_decided_does_not_wait_again(app: Serving, verb: str, status: str) -> None:
    writer = await Writer.of(app)
    await imported(writer, datetime(2026, 3, 1, 11, tzinfo=UTC), status="pending_approval", approver=None)
    await writer.good("POST", f"{CALLS}/one/{verb}", {"approver": {"id": "user_ann", "name": "Ann"}})
    decided = await writer.good("GET", f"{CALLS}/one")
    assert (decided["status"], decided["approver"]["id"]) == (status, "user_ann")
    await imported(writer, later(1), status="pending_approval", approver=None, call_reason="Later")
    await take(writer.tenant, [heard("call.created", later(2), id=decided["uuid"], status="pending_approval")])
    await writer.put("one", status="pending_approval", approver=None)
    call = await writer.good("GET", f"{CALLS}/one")
    assert call["call_reason"] == "Later"
    assert [call[name] for name in ("status", "approver", "decided_at")] == [
        decided[name] for name in ("status", "approver", "decided_at")
    ]
    assert (await writer.send("POST", f"{CALLS}/one/reject", {})).status_code == 409
    # What happens next is the sources' to say.
    await take(writer.tenant, [heard("call.started", later(3), id=decided["uuid"], status="in_progress")])
    assert (await writer.good("GET", f"{CALLS}/one"))["status"] == "in_progress"


async def test_a_decision_holds_for_a_call_that_turns_out_to_be_another_one_too(app: Serving) -> None:
    writer = await Writer.of(app)
    for name in ("one", "two"):
        await take(writer.tenant, [heard("call.created", later(0), id=name, status="pending_approval")])
    await writer.good("POST", f"{CALLS}/two/approve", {})
    await take(writer.tenant, [heard("call.updated", later(1), other_ids=["two"], status="pending_approval")])
    call = await writer.good("GET", f"{CALLS}/one")
    assert (call["status"], call["decided_at"] is None) == ("queued", False)


@pytest.mark.parametrize("first", ["one", "two"])
async def test_it_holds_whichever_of_the_two_waited_longer(app: Serving, first: str) -> None:
    writer = await Writer.of(app)
    for name in ("one", "two"):
        day = 1 if name == first else 2
        await writer.put(name, status="pending_approval", created_at=f"2026-03-0{day}T10:00:00Z")
    await writer.good("POST", f"{CALLS}/two/approve", {})
    await writer.put("one", status="pending_approval", modified_at=later(1).isoformat())
    await take(writer.tenant, [heard("call.updated", later(2), other_ids=["two"], language="en")])
    for name in ("one", "two"):
        call = await writer.good("GET", f"{CALLS}/{name}")
        assert (call["status"], call["decided_at"] is None) == ("queued", False)


texts = st.text(min_size=1, max_size=6, alphabet="ab\n")


@given(st.none() | texts, st.lists(texts, max_size=4))
def test_the_notes_of_sources_are_told_from_our_own(given_here: str | None, own: list[str]) -> None:
    whole = all_notes(given_here, own)
    assert all_notes(given_notes(whole, own), own) == whole
    for count in range(len(own) + 1):
        # A copy of what was shown when there were fewer says nothing new.
        assert all_notes(given_notes(all_notes("unlike them", own[:count]), own), own) == all_notes("unlike them", own)
