"""Writing calls through our own API: what goes in stands on every surface at once.

A call is completed key by key; what is older never overwrites; a change needs the version that was seen.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

FULL: dict[str, Any] = {
    "direction": "outbound",
    "status": "completed",
    "from_number": "+1 415 555 0100",
    "to_number": "+14155550199",
    "created_at": "2026-03-01T10:00:00Z",
    "started_at": "2026-03-01T10:00:05Z",
    "ended_at": "2026-03-01T10:02:05.5+00:00",
    "sentiment": "positive",
    "summary": "They will pay on Friday.",
    "transcript": [{"role": "agent", "content": "Hello.", "start": 0, "end": 1.25}, {"role": "user", "content": "Hi."}],
    "classifications": [{"classification": "payment_promise"}],
    "partner": {"id": "ptn_1", "name": "Globex", "assignee": {"id": "usr_1", "name": "Ann"}},
    "invoices": [{"id": "inv_1", "number": "4711", "amount_due": "1250.50", "partner": "ptn_1"}, "inv_2"],
    "approver": "usr_1",
    "tags": ["vip", "q1"],
    "metadata": {"deal": {"size": 12.50}, "note": None},
    "agent_id": "agent-7",
}


async def test_a_call_comes_back_as_it_went_in(writer: Writer) -> None:
    answer = await writer.send("PUT", f"{CALLS}/abc-1", FULL)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"].endswith("/api/v1/calls/abc-1")
    call = await writer.good("GET", f"{CALLS}/abc-1")
    assert call == await writer.tenant.answer(f"{CALLS}/{call['uuid']}")
    assert (call["id"], call["source"], call["revision"]) == ("abc-1", "native", 1)
    assert call["metadata"] == FULL["metadata"]
    assert call["duration_ms"] == 120500
    assert (call["tags"], call["has_transcript"], call["has_recording"]) == (["vip", "q1"], True, False)
    assert call["partner"]["body"]["name"] == "Globex"
    assert [invoice["id"] for invoice in call["invoices"]] == ["inv_1", "inv_2"]
    assert call["invoices"][0]["body"]["partner"] == call["partner"]["uuid"]
    assert call["classifications"][0]["classification"] == "payment_promise"
    assert call["transcript_text"] == "Agent: Hello.\nUser: Hi."


async def test_every_surface_shows_it(writer: Writer) -> None:
    call = await writer.put("abc-2", **FULL)
    stuut = (await writer.good("GET", "/stuut/v1/calls"))["data"][0]
    assert stuut["partner"]["name"] == "Globex"
    assert stuut["partner"]["assignee"]["name"] == "Ann"
    assert str(stuut["invoices"][0]["amount_due"]) == "1250.50"
    assert stuut["invoices"][0]["partner"]["name"] == "Globex"
    assert stuut["classifications"][0]["classification"] == "payment_promise"
    second = (await writer.good("GET", "/stuut/v2/calls"))["data"][0]
    assert second["invoices"][0]["amount_due"] == "1250.50"
    assert (await writer.good("GET", f"/skipcall/v1/calls/{call['uuid']}"))["status"] == "completed"
    whippy = (await writer.good("POST", "/whippy/v1/calls/search", {}))["data"][0]
    assert (whippy["from"], whippy["body"]) == ("+1 415 555 0100", "Agent: Hello.\nUser: Hi.\n")


@pytest.mark.parametrize("word", ["user_sentiment", "call_summary", "call_completion_rating", "in_voicemail"])
@pytest.mark.parametrize("given", [{"n": 1}, [], 7, "x", True], ids=str)
async def test_an_analysis_of_any_make_spoils_no_answer(writer: Writer, word: str, given: Any) -> None:
    await writer.put("odd", created_at="2026-03-01T10:00:00Z", analysis={word: given})
    (call,) = (await writer.good("POST", "/whippy/v1/calls/search", {}))["data"]
    assert call["metadata"]["analysis"] == {word: given}


@pytest.mark.parametrize("name", ["a/b", "a.vcon"])
async def test_a_new_call_says_where_it_can_be_read(writer: Writer, name: str) -> None:
    answer = await writer.send("POST", CALLS, {"id": name})
    assert answer.status_code == 201, answer.text
    assert (await writer.good("GET", answer.headers["location"]))["id"] == name


async def test_a_key_that_may_not_read_learns_nothing_by_writing(writer: Writer) -> None:
    await writer.put("abc", **FULL)
    key = await writer.key("write")
    for method, path in (("PUT", f"{CALLS}/abc"), ("POST", CALLS)):
        call = await writer.good(method, path, {} if method == "PUT" else {"id": "abc"}, key=key)
        assert call.keys() == {"id", "uuid", "revision", "status"}
    record = await writer.good("PUT", "/api/v1/records/partner/ptn_1", {}, key=key)
    assert record.keys() == {"kind", "id", "uuid", "revision"}


async def test_who_has_to_do_a_task_is_a_linked_record(writer: Writer) -> None:
    tasks = [{"id": "t1", "label": "Call back", "status": "open", "assignee": {"id": "usr_7", "name": "Bea"}}]
    call = await writer.put("abc", **{**FULL, "tasks": tasks})
    user = await writer.good("GET", "/api/v1/records/user/usr_7")
    assert call["tasks"][0]["assignee"] == user["uuid"]
    shown = (await writer.good("GET", "/stuut/v1/calls"))["data"][0]
    assert shown["classifications"][0]["tasks"][0]["assignee"]["name"] == "Bea"
    assert await writer.put("abc", tasks=[{**tasks[0], "assignee": "usr_7"}]) == call


async def test_the_same_again_changes_nothing(writer: Writer) -> None:
    first = await writer.put("abc", **FULL)
    assert await writer.put("abc", **FULL) == first


async def test_what_is_not_said_stays_and_a_null_takes_away(writer: Writer) -> None:
    await writer.put("abc", **FULL)
    call = await writer.put("abc", sentiment=None, summary="Other.")
    assert (call["sentiment"], call["summary"], call["direction"], call["revision"]) == (None, "Other.", "outbound", 2)


async def test_an_older_copy_overwrites_nothing(writer: Writer) -> None:
    await writer.put("abc", summary="newer", modified_at="2026-03-02T00:00:00Z", created_at="2026-03-01T00:00:00Z")
    call = await writer.put("abc", summary="older", language="de", modified_at="2026-03-01T12:00:00Z")
    assert (call["summary"], call["language"]) == ("newer", "de")


async def test_a_post_without_an_id_makes_one(writer: Writer) -> None:
    answer = await writer.send("POST", CALLS, {"direction": "inbound", "from_number": "sip:a@b.example"})
    assert answer.status_code == 201
    call = answer.json()
    assert call["id"] == call["uuid"]
    assert call["uuid"][14] == "7"
    assert (await writer.good("GET", answer.headers["location"]))["from_number"] == "sip:a@b.example"
    assert call["created_at"] is not None


async def test_a_put_may_ask_to_create_only(writer: Writer) -> None:
    assert (await writer.send("PUT", f"{CALLS}/a", {}, if_none_match="*")).status_code == 201
    refused(await writer.send("PUT", f"{CALLS}/a", {}, if_none_match="*"), 412, "precondition_failed")


async def test_a_patch_needs_the_version_that_was_seen(writer: Writer) -> None:
    await writer.put("abc", **FULL)
    path = f"{CALLS}/abc"
    refused(await writer.send("PATCH", path, {"summary": "x"}), 428, "precondition_required")
    refused(await writer.send("PATCH", path, {"summary": "x"}, if_match='"7"'), 412, "precondition_failed")
    refused(await writer.send("PATCH", path, {"summary": "x"}, if_match="7"), 422, "invalid_request")
    merge: dict[str, Any] = {"content_type": "application/merge-patch+json"}
    answer = await writer.send(
        "PATCH", path, {"summary": "x", "metadata": {"deal": {"won": True}, "note": 1}}, if_match='"1"', **merge
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    assert answer.json()["metadata"] == {"deal": {"size": 12.5, "won": True}, "note": 1}
    refused(await writer.send("PATCH", path, {"summary": "y"}, if_match='"1"'), 412, "precondition_failed")
    refused(await writer.send("PATCH", f"{CALLS}/none", {}, if_match='"1"'), 404, "not_found")


async def test_a_patch_wins_over_a_source_whose_clock_is_ahead(writer: Writer) -> None:
    await writer.put("abc", summary="theirs", modified_at="2099-01-01T00:00:00Z", created_at="2026-01-01T00:00:00Z")
    answer = await writer.send("PATCH", f"{CALLS}/abc", {"summary": "ours"}, if_match='"1"')
    assert answer.json()["summary"] == "ours"


async def test_a_deleted_call_leaves_the_list_and_can_come_back(writer: Writer) -> None:
    await writer.put("abc", **FULL)
    for _ in range(2):
        answer = await writer.send("DELETE", f"{CALLS}/abc")
        assert (answer.status_code, answer.content) == (204, b"")
    refused(await writer.send("GET", f"{CALLS}/abc"), 404, "not_found")
    assert (await writer.good("GET", CALLS))["data"] == []
    assert (await writer.good("GET", f"{CALLS}/abc?deleted=true"))["deleted_at"] is not None
    refused(await writer.send("DELETE", f"{CALLS}/none"), 404, "not_found")
    refused(await writer.send("PATCH", f"{CALLS}/abc", {}, if_match='"2"'), 404, "not_found")
    await writer.put("abc", deleted_at=None)
    assert len((await writer.good("GET", CALLS))["data"]) == 1


async def test_a_batch_has_a_result_for_each(writer: Writer) -> None:
    await writer.put("old", summary="s", created_at="2026-01-01T00:00:00Z")
    calls = [
        {"id": "new", "summary": "1"},
        {"id": "old", "summary": "s"},
        {"id": "bad", "status": "completd"},
        7,
        {"summary": "no id"},
        {"id": "new", "summary": "2"},
        {"id": "tag", "tags": ["x" * 501]},
    ]
    results = (await writer.good("POST", f"{CALLS}:batch", {"calls": calls}))["results"]
    assert [result["status"] for result in results] == [201, 200, 422, 422, 201, 200, 422]
    assert [result["outcome"] for result in results][:2] == ["created", "unchanged"]
    assert "Did you mean" in results[2]["error"]["detail"]
    assert results[2]["error"]["problems"][0]["pointer"] == "/status"
    assert (await writer.good("GET", f"{CALLS}/new"))["summary"] == "2"
    assert (await writer.good("GET", f"{CALLS}/{results[4]['id']}"))["summary"] == "no id"
    refused(await writer.send("GET", f"{CALLS}/bad"), 404, "not_found")


async def test_a_batch_of_a_thousand_is_the_largest(writer: Writer) -> None:
    calls = [{"id": f"c{number}", "created_at": "2026-01-01T00:00:00Z"} for number in range(1001)]
    refused(await writer.send("POST", f"{CALLS}:batch", {"calls": calls}), 422, "invalid_request")
    results = (await writer.good("POST", f"{CALLS}:batch", {"calls": calls[:1000]}))["results"]
    assert {result["status"] for result in results} == {201}
    assert (await writer.good("GET", f"{CALLS}?total=exact&limit=1"))["total"] == 1000


async def test_a_vendors_call_is_written_by_any_of_its_ids(writer: Writer) -> None:
    given = {
        "id": "call_x",
        "direction": "inbound",
        "to_number": "+14155550100",
        "created_at": "2026-03-01T10:00:00Z",
        "partner": {"id": "ptn_9", "name": "Initech"},
    }
    await writer.tenant.take("stuut-v1", [given])
    call = await writer.put("call_x", tags=["seen"], partner={"id": "ptn_9", "phone": "+14155550123"})
    assert (call["ids"]["stuut"], call["tags"], call["source"]) == ("call_x", ["seen"], "stuut")
    shown = await writer.good("GET", "/stuut/v1/calls/call_x")
    assert (shown["partner"]["name"], shown["partner"]["phone"]) == ("Initech", "+14155550123")
    assert await writer.tenant.take("stuut-v1", [given]) == ["unchanged"]


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ({"sumary": "x"}, "/sumary", 'Did you mean "summary"?'),
        ({"status": "completd"}, "/status", 'Did you mean "completed"?'),
        ({"created_at": "2026-03-01T10:00:00"}, "/created_at", "time zone"),
        ({"created_at": 5}, "/created_at", "ISO 8601"),
        ({"duration_ms": -1}, "/duration_ms", "greater than or equal"),
        ({"duration_ms": 1.5}, "/duration_ms", "whole number"),
        ({"in_voicemail": "yes"}, "/in_voicemail", "boolean"),
        ({"partner": {"name": "no id"}}, "/partner", "an object with an id"),
        ({"partner": {"id": "p", "modified_at": "yesterday"}}, "/partner/modified_at", "ISO 8601"),
        ({"invoices": [{"id": "i", "amount_due": "lots"}]}, "/invoices/0/amount_due", "decimal text"),
        ({"transcript": [{"role": "agent"}]}, "/transcript/0/content", "required"),
        ({"transcript": [{"role": "a", "content": "b", "x": 1}]}, "/transcript/0/x", ""),
        ({"tags": [""]}, "/tags/0", "at least 1"),
        ({"invoices": [None]}, "/invoices/0", "an object with an id"),
        ({"tasks": [{"id": 7}]}, "/tasks", "is text"),
        ({"tasks": [{"assignee": 7}]}, "/tasks", "an object with an id"),
        ({"metadata": []}, "/metadata", "an object"),
        ({"from_number": "9" * 501}, "/from_number", "500"),
        ({"classifications": [{"classification": "bill"}]}, "/classifications/0/classification", ""),
    ],
    ids=str,
)
async def test_a_mistake_is_named(writer: Writer, body: dict[str, Any], pointer: str, says: str) -> None:
    problem = refused(await writer.send("PUT", f"{CALLS}/abc", body), 422, "invalid_request")
    assert [entry["pointer"] for entry in problem["problems"]] == [pointer]
    assert says in problem["problems"][0]["message"]
    refused(await writer.send("GET", f"{CALLS}/abc"), 404, "not_found")


async def test_other_bodies_are_refused(writer: Writer) -> None:
    refused(await writer.send("PUT", f"{CALLS}/abc", raw=b"{", content_type="application/json"), 422, "invalid_request")
    refused(
        await writer.send("PUT", f"{CALLS}/abc", raw=b"[]", content_type="application/json"), 422, "invalid_request"
    )
    refused(
        await writer.send("PUT", f"{CALLS}/abc", raw=b"x=1", content_type="text/plain"), 415, "unsupported_media_type"
    )
    refused(await writer.send("PUT", f"{CALLS}/abc", raw=b'{"a":"\\u0000"}'), 422, "invalid_request")
    refused(await writer.send("PUT", f"{CALLS}/abc", raw=b" " * 2**21), 413, "too_large")
    refused(await writer.send("PUT", f"{CALLS}/{'x' * 501}", {}), 404, "not_found")
