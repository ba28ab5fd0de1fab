"""Acting on a call: each verb does what it says once, is written down with who and when, and is shown by every API.

Whoever may not do it is told so (403), a call of others is not there (404), and of two who decide at once one does.
"""

from __future__ import annotations

import asyncio
import re
from html import unescape
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import Serving
from tests.web.visiting import Visitor, browser_of, visitor

from calldex.core.jsonbytes import decode
from calldex.store.acts import Act, acts_of_call
from calldex.store.users import find_user, set_disabled

_ids = count(1)
AT = "2026-03-01T10:00:00Z"
CLASSIFIED = [
    {
        "classification": "payment_promise",
        "reason": "They said Friday.",
        "agent_confidence_score": 0.92,
        "action_recommendation": "Wait for the money.",
        "tasks": [{"id": "task_1", "label": "Send the invoice", "status": "open", "type": "activity"}],
    }
]


async def a_call(writer: Writer, **fields: Any) -> str:
    """A new call of the organization; its UUID."""
    call = await writer.put(f"c{next(_ids)}", **{"created_at": AT, "direction": "outbound", **fields})
    return str(call["uuid"])


async def classified(writer: Writer) -> str:
    """A call as Stuut gives it, classified and with a task."""
    vendor_id = f"call-of-stuut-{next(_ids)}"
    raw = {"id": vendor_id, "created_at": AT, "direction": "outbound", "to_number": "+15035550181", "object": "call"}
    (outcome,) = await writer.tenant.take("stuut-v1", [raw | {"classifications": CLASSIFIED}])
    assert outcome == "created"
    return str((await writer.good("GET", f"{CALLS}/{vendor_id}"))["uuid"])


async def acts(app: Serving, writer: Writer, call: str) -> list[Act]:
    """What was done to a call, the latest first."""
    async with app.database.session() as session:
        return await acts_of_call(session, writer.tenant.organization.id, UUID(call))


VERBS: list[tuple[str, dict[str, Any], str, str]] = [
    ("approve", {}, "approver", "member"),
    ("reject", {}, "approver", "member"),
    ("notes", {"note": "Call them on Monday."}, "member", "viewer"),
    ("classifications", {"classification": "", "corrected": "dispute"}, "member", "viewer"),
    ("tasks", {"task": "task_1", "do": "close"}, "member", "viewer"),
    ("delete", {"reason": "A test call.", "sure": "yes"}, "admin", "approver"),
]


async def ready(writer: Writer, verb: str) -> str:
    """A call that the verb can be done to."""
    if verb in ("approve", "reject"):
        return await a_call(writer, status="pending_approval")
    return await classified(writer)


@pytest.mark.parametrize(("verb", "fields", "enough", "little"), VERBS, ids=[verb[0] for verb in VERBS])
async def test_only_who_may_acts(app: Serving, verb: str, fields: dict[str, Any], enough: str, little: str) -> None:
    writer = await Writer.of(app)
    call = await ready(writer, verb)
    path = f"/calls/{call}/{verb}"
    async with (
        visitor(app, writer.tenant, enough) as able,
        visitor(app, writer.tenant, little) as unable,
        visitor(app, await app.tenant()) as stranger,
        browser_of(app) as nobody,
    ):
        for fragment in (False, True):
            assert (await unable.post(path, fragment=fragment, **fields)).status_code == 403
            assert (await stranger.post(path, fragment=fragment, **fields)).status_code == 404
            assert (await able.post(path, fragment=fragment, csrf="", **fields)).status_code == 403
            assert (await able.post(f"/calls/{uuid4()}/{verb}", fragment=fragment, **fields)).status_code == 404
            assert (await able.post(f"/calls/x%00y/{verb}", fragment=fragment, **fields)).status_code == 404
        signed_out = await nobody.post(path, csrf="x", **fields)
        assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/sign-in")
        assert await acts(app, writer, call) == []
        done = await able.post(path, **fields)
        assert done.status_code == 303
        (act,) = await acts(app, writer, call)
        assert (act.actor.kind, act.actor.name) == ("user", f"{enough.title()} Tester")
        assert act.call_id == UUID(call)
        await writer.good("DELETE", f"{CALLS}/{call}", status=204)
        assert (await able.post(path, **fields)).status_code == 404


@pytest.mark.parametrize(("verb", "status"), [("approve", "queued"), ("reject", "canceled")])
async def test_a_decision_is_shown_by_every_api_with_who_made_it(app: Serving, verb: str, status: str) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer, status="pending_approval")
    async with visitor(app, writer.tenant, "approver") as ann:
        answer = await ann.post(f"/calls/{call}/{verb}")
        assert answer.headers["location"] == f"/calls/{call}#decide"
        seen = await writer.good("GET", f"{CALLS}/{call}")
        assert (seen["status"], seen["approver"]["body"]["name"]) == (status, "Approver Tester")
        assert seen["approver"]["body"]["email"] == ann.email
        assert seen["approver_id"].startswith("user_")
        (shown,) = (await writer.good("GET", "/stuut/v1/calls"))["data"]
        assert (shown["approver"]["name"], shown["approver"]["email"]) == ("Approver Tester", ann.email)
        assert shown["approver_id"] == shown["approver"]["id"] == seen["approver_id"]
        assert len(shown["approver_id"]) <= 32
        (act,) = await acts(app, writer, call)
        assert (act.name, act.detail) == (verb, {"approver": seen["approver_id"]})


@pytest.mark.parametrize("fragment", [False, True])
async def test_of_two_who_decide_at_once_one_does_and_the_other_is_told(app: Serving, fragment: bool) -> None:
    writer = await Writer.of(app)
    async with (
        visitor(app, writer.tenant, "approver") as one,
        visitor(app, writer.tenant, "admin") as other,
    ):
        for _ in range(3):
            call = await a_call(writer, status="pending_approval")
            answers = await asyncio.gather(
                one.post(f"/calls/{call}/approve", fragment=fragment, once="a"),
                other.post(f"/calls/{call}/reject", fragment=fragment, once="b"),
            )
            assert sorted(answer.status_code for answer in answers) == [200 if fragment else 303, 409]
            late = next(answer for answer in answers if answer.status_code == 409)
            winner = "Approver Tester" if late is answers[1] else "Admin Tester"
            assert "Somebody has decided about this call already" in late.text
            assert not fragment or winner in late.text
            (act,) = await acts(app, writer, call)
            assert act.actor.name == winner


async def test_a_form_that_is_sent_twice_does_it_once(app: Serving) -> None:
    writer = await Writer.of(app)
    async with visitor(app, writer.tenant) as admin:
        call = await a_call(writer, status="pending_approval")
        answers = await asyncio.gather(
            *(admin.post(f"/calls/{call}/notes", note="Once", once="n1") for _ in range(4)),
            *(admin.post(f"/calls/{call}/approve", once="n2") for _ in range(3)),
        )
        assert {answer.status_code for answer in answers} == {303}
        assert (await admin.post(f"/calls/{call}/notes", note="Another", once="n1")).status_code == 303
        assert (await admin.post(f"/calls/{call}/notes", note="Once", once="n3")).status_code == 303
        notes = (await writer.good("GET", f"{CALLS}/{call}/notes"))["data"]
        assert [note["text"] for note in notes] == ["Once", "Another", "Once"]
        assert sorted(act.name for act in await acts(app, writer, call)) == ["add_note"] * 3 + ["approve"]


async def test_a_note_keeps_its_lines_and_is_only_text(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer)
    body = "First <script>alert(1)</script>\r\n\r\n  \"second\" & 'third' \u202eright to left\r\nדבר"
    async with visitor(app, writer.tenant, "member") as member:
        answer = await member.post(f"/calls/{call}/notes", fragment=True, note=f"\n {body} \n")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        kept = body.replace("\r\n", "\n")
        assert kept in unescape(answer.text)
        assert "calldex:acted" in answer.headers["hx-trigger"]
        (note,) = (await writer.good("GET", f"{CALLS}/{call}/notes"))["data"]
        assert (note["text"], note["author"]) == (kept, "Member Tester")
        assert (await writer.good("GET", f"{CALLS}/{call}"))["notes"] == kept
        assert (await writer.good("GET", f"/skipcall/v1/calls/{call}"))["notes"] == kept
        (act,) = await acts(app, writer, call)
        assert (act.name, act.detail) == ("add_note", {"note": note["id"]})


@pytest.mark.parametrize(
    ("note", "said"), [("", "Write something"), (" \r\n\t", "Write something"), ("x" * 10_001, "10,000")]
)
async def test_a_note_that_says_nothing_or_too_much_is_refused(app: Serving, note: str, said: str) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer)
    async with visitor(app, writer.tenant, "member") as member:
        for fragment in (False, True):
            answer = await member.post(f"/calls/{call}/notes", fragment=fragment, note=note)
            assert answer.status_code == 422
            assert said in answer.text
            # What was typed is not lost, and there is a way back to the call.
            assert 'id="note"' in answer.text
            assert note.strip() in answer.text
            assert fragment or f'<a href="/calls/{call}">' in answer.text
            assert fragment == ("<h1>" not in answer.text)
        assert (await member.post(f"/calls/{call}/notes", note="x" * 10_000)).status_code == 303
        assert len(await acts(app, writer, call)) == 1


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("classifications", {"classification": "", "corrected": "no such word"}),
        ("tasks", {"task": "t1", "do": "close", "assignee": ""}),
        ("delete", {}),
    ],
)
async def test_without_scripts_what_is_refused_comes_back_with_what_was_typed(
    app: Serving, verb: str, fields: dict[str, Any]
) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer, tasks=[{"id": "t1", "label": "Call again"}])
    typed = "Long <thought> over. " + "x" * 1000
    async with visitor(app, writer.tenant) as admin:
        answer = await admin.post(f"/calls/{call}/{verb}", **fields, reason=typed)
        assert answer.status_code == 422
        page = unescape(answer.text)
        assert 'role="alert"' in page
        assert f">{typed}</textarea>" in page
        assert f'<a href="/calls/{call}">' in page
        assert await acts(app, writer, call) == []


async def correct(somebody: Visitor, call: str, classification: str, corrected: str, reason: str = "") -> str:
    """Correct a classification; the part of the page as it is then."""
    answer = await somebody.post(
        f"/calls/{call}/classifications",
        fragment=True,
        classification=classification,
        corrected=corrected,
        reason=reason,
    )
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def words_of(writer: Writer, call: str) -> list[str]:
    return [entry["classification"] for entry in (await writer.good("GET", f"{CALLS}/{call}"))["classifications"]]


async def found_by(writer: Writer, word: str) -> int:
    return int((await writer.good("GET", f"/stuut/v2/calls?classification={word}"))["total_records"])


async def test_a_correction_stands_beside_what_the_machine_said(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant, "member") as member:
        page = await correct(member, call, "payment_promise", "complaint", "They will not pay <b>.")
        assert '<del class="tag" dir="auto">Payment promise</del>' in page
        assert "92% sure" in page
        assert "They said Friday." in page
        assert "Wait for the money." in page
        assert re.search(
            r"Corrected to <strong dir=\"auto\">Complaint</strong>\s+by <span dir=\"auto\">Member Tester", page
        )
        assert await words_of(writer, call) == ["payment_promise", "complaint"]
        assert (await found_by(writer, "complaint"), await found_by(writer, "payment_promise")) == (1, 1)
        (shown,) = (await writer.good("GET", "/stuut/v1/calls?classification=complaint"))["data"]
        machine, person = shown["classifications"]
        assert (machine["reason"], machine["tasks"][0]["id"]) == ("They said Friday.", "task_1")
        assert (person["classification"], person["reason"]) == ("complaint", "They will not pay <b>.")
        assert "said_by" not in person
        assert (await writer.good("GET", f"{CALLS}/{call}"))["classifications"][1]["said_by"] == "Member Tester"
        await correct(member, call, "payment_promise", "feedback")
        assert await words_of(writer, call) == ["payment_promise", "feedback"]
        assert (await found_by(writer, "complaint"), await found_by(writer, "feedback")) == (0, 1)
        page = await correct(member, call, "payment_promise", "")
        assert "Marked as wrong" in page
        assert await words_of(writer, call) == ["payment_promise"]
        page = await correct(member, call, "payment_promise", "payment_promise")
        assert "Confirmed" in page
        assert "<del" not in page
        said = [act.detail["corrected"] for act in await acts(app, writer, call)]
        assert said == ["payment_promise", None, "feedback", "complaint"]


async def test_a_call_without_a_classification_gets_one_and_loses_it_again(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer)
    async with visitor(app, writer.tenant, "member") as member:
        assert "Nothing says what the call was about" not in await correct(member, call, "", "complaint")
        assert await words_of(writer, call) == ["complaint"]
        twice = await member.post(f"/calls/{call}/classifications", classification="", corrected="complaint")
        assert twice.status_code == 409
        page = await correct(member, call, "complaint", "feedback")
        assert "Added" in page
        assert await words_of(writer, call) == ["feedback"]
        await correct(member, call, "complaint", "")
        assert await words_of(writer, call) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"classification": "", "corrected": ""}, 422),
        ({"classification": "", "corrected": "no_such_word"}, 422),
        ({"classification": "payment_promise", "corrected": "no_such_word"}, 422),
        ({"classification": "feedback", "corrected": "complaint"}, 409),
        ({"classification": "payment_promise", "corrected": "complaint", "reason": "x" * 1001}, 422),
        ({}, 422),
    ],
)
async def test_a_correction_that_cannot_be_changes_nothing(app: Serving, fields: dict[str, Any], status: int) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant, "member") as member:
        for fragment in (False, True):
            answer = await member.post(f"/calls/{call}/classifications", fragment=fragment, **fields)
            assert answer.status_code == status
        assert await acts(app, writer, call) == []
        assert await words_of(writer, call) == ["payment_promise"]


async def change(somebody: Visitor, call: str, do: str, *, status: int = 200, **fields: Any) -> str:
    """Change the task of a call; the part of the page as it is then."""
    fields = {"task": "task_1", "do": do, **fields}
    answer = await somebody.post(f"/calls/{call}/tasks", fragment=True, **fields)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


async def user_id(app: Serving, writer: Writer, somebody: Visitor) -> str:
    async with app.database.session() as session:
        user = await find_user(session, writer.tenant.organization.id, somebody.email)
    assert user is not None
    return str(user.id)


async def test_a_task_is_given_closed_and_opened_again(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant, "member") as member, visitor(app, writer.tenant, "approver") as other:
        mine, theirs = await user_id(app, writer, member), await user_id(app, writer, other)
        page = await change(member, call, "assign", assignee=theirs)
        assert "Approver Tester" in page
        assert "Send the invoice" in page
        await change(member, call, "assign", assignee=theirs)
        assert len(await acts(app, writer, call)) == 1
        assert "Send the invoice" in await other.page("/tasks", assignee="me")
        await change(member, call, "assign", assignee=mine)
        await change(member, call, "close", reason="Paid\r\nin full")
        assert "Somebody" not in await change(member, call, "close", status=409)
        await change(member, call, "assign", status=409, assignee=mine)
        await change(member, call, "reopen")
        await change(member, call, "reopen", status=409)
        await change(member, call, "assign", assignee="")
        told = [
            (act.name, act.detail.get("assignee"), act.detail.get("reason")) for act in await acts(app, writer, call)
        ]
        assert told == [
            ("assign_task", None, None),
            ("reopen_task", None, None),
            ("close_task", None, "Paid\nin full"),
            ("assign_task", "Member Tester", None),
            ("assign_task", "Approver Tester", None),
        ]
        # What the source says of its task stays the source's.
        (shown,) = (await writer.good("GET", "/stuut/v1/calls"))["data"]
        assert shown["classifications"][0]["tasks"][0]["status"] == "open"


async def test_a_task_goes_to_nobody_from_outside(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    other = await app.tenant()
    async with (
        visitor(app, writer.tenant, "member") as member,
        visitor(app, writer.tenant, "member") as gone,
        visitor(app, other, "admin") as stranger,
    ):
        async with app.database.session() as session:
            outsider = await find_user(session, other.organization.id, stranger.email)
            left = UUID(await user_id(app, writer, gone))
            await set_disabled(session, writer.tenant.organization.id, left, disabled=True)
        assert outsider is not None
        for wrong in (str(outsider.id), str(left), str(uuid4()), "nonsense"):
            await change(member, call, "assign", status=422, assignee=wrong)
        await change(member, call, "explode", status=422)
        answer = await member.post(f"/calls/{call}/tasks", task="task_2", do="close")
        assert answer.status_code == 404
        assert await acts(app, writer, call) == []


async def test_the_page_of_tasks_has_what_is_open_and_mine_first(app: Serving) -> None:
    writer = await Writer.of(app)
    calls = [await classified(writer) for _ in range(5)]
    async with (
        visitor(app, writer.tenant, "member") as member,
        visitor(app, writer.tenant, "admin") as admin,
        visitor(app, await app.tenant()) as stranger,
    ):
        assert "No open task is here" in await member.page("/tasks")
        mine, theirs = await user_id(app, writer, member), await user_id(app, writer, admin)
        for call, whose in zip(calls, (theirs, mine, "", mine, theirs), strict=True):
            await change(member, call, "assign", assignee=theirs)
            await change(member, call, "assign", assignee=whose)
        order = re.findall(r"/calls/([0-9a-f-]{36})#tasks", await member.page("/tasks"))
        assert order == [calls[1], calls[3], calls[0], calls[4], calls[2]]
        for query, wanted in (("me", [1, 3]), ("nobody", [2]), (theirs, [0, 4])):
            page = await member.page("/tasks", assignee=query)
            assert re.findall(r"/calls/([0-9a-f-]{36})#tasks", page) == [calls[number] for number in wanted]
        assert (await member.get("/tasks", assignee="else")).status_code == 422
        assert calls[0] not in await stranger.page("/tasks", assignee=theirs)
        form: dict[str, Any] = {"call": calls[1], "task": "task_1", "do": "close", "reason": "Done", "shown": "me"}
        assert (await stranger.post("/tasks", **form)).status_code == 404
        assert (await member.post("/tasks", csrf="", **form)).status_code == 403
        answer = await member.post("/tasks", **form)
        assert answer.headers["location"] == "/tasks?assignee=me"
        answer = await member.post("/tasks", fragment=True, **form | {"call": calls[3]})
        assert answer.status_code == 200
        assert "No open task is here" in answer.text
        await writer.good("DELETE", f"{CALLS}/{calls[4]}", status=204)
        order = re.findall(r"/calls/([0-9a-f-]{36})#tasks", await member.page("/tasks"))
        assert order == [calls[0], calls[2]]


async def test_a_reason_that_is_refused_on_the_page_of_tasks_is_not_lost(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await a_call(writer, tasks=[{"id": "t1", "label": "Call again"}])
    async with visitor(app, writer.tenant) as admin:
        mine = await user_id(app, writer, admin)
        await admin.post(f"/calls/{call}/tasks", task="t1", do="assign", assignee=mine)
        for fragment in (False, True):
            answer = await admin.post(
                "/tasks", fragment=fragment, call=call, task="t1", do="close", reason="x" * 1001, shown=""
            )
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert f'value="{"x" * 1001}"' in answer.text
            assert fragment == ("<h1>" not in answer.text)


async def test_a_viewer_sees_tasks_and_changes_none(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant, "member") as member, visitor(app, writer.tenant, "viewer") as viewer:
        await change(member, call, "assign", assignee=await user_id(app, writer, member))
        page = await viewer.page("/tasks")
        assert call in page
        assert 'name="do"' not in page
        form: dict[str, Any] = {"call": call, "task": "task_1", "do": "close"}
        assert (await viewer.post("/tasks", **form)).status_code == 403


async def test_a_deleted_call_leaves_with_its_reason_and_comes_back_to_the_list(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant) as admin:
        path = f"/calls/{call}/delete"
        nearly: list[dict[str, Any]] = [
            {"reason": " ", "sure": "yes"},
            {"sure": "yes"},
            {"reason": "x" * 1001, "sure": "yes"},
            {"reason": "Because"},
        ]
        for wrong in nearly:
            for fragment in (False, True):
                assert (await admin.post(path, fragment=fragment, **wrong)).status_code == 422
        assert call in await admin.page("/calls")
        answer = await admin.post(path, fragment=True, reason="Asked for by them.", sure="yes", once="d")
        assert answer.headers["hx-redirect"] == "/calls"
        assert call not in await admin.page("/calls")
        assert (await admin.post(path, reason="Asked for by them.", sure="yes", once="e")).status_code == 404
        assert (await writer.send("GET", f"/stuut/v1/calls/{call}")).status_code == 404
        (act,) = await acts(app, writer, call)
        assert (act.name, act.detail, act.actor.name) == ("delete", {"reason": "Asked for by them."}, "Admin Tester")


async def test_what_changes_no_call_is_seen_by_open_pages_too(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)

    async def version() -> int:
        found = await app.database.pool.fetchval(
            "SELECT calls FROM organization_versions WHERE organization_id = $1", writer.tenant.organization.id
        )
        return int(found)

    async with visitor(app, writer.tenant, "member") as member:
        verbs: list[tuple[str, dict[str, Any]]] = [
            ("tasks", {"task": "task_1", "do": "close"}),
            ("classifications", {"classification": "payment_promise", "corrected": ""}),
            ("notes", {"note": "Seen"}),
        ]
        for path, fields in verbs:
            before = await version()
            assert (await member.post(f"/calls/{call}/{path}", **fields)).status_code == 303
            assert await version() == before + 1


async def test_the_acts_are_kept_as_json_that_names_no_secret(app: Serving) -> None:
    writer = await Writer.of(app)
    call = await classified(writer)
    async with visitor(app, writer.tenant, "member") as member:
        await member.post(f"/calls/{call}/notes", note="Nobody else's business")
        (row,) = await app.database.pool.fetch(
            "SELECT detail, actor_name FROM acts WHERE organization_id = $1", writer.tenant.organization.id
        )
        assert list(decode(row["detail"])) == ["note"]
