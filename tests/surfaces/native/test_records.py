"""Linked records: versions hold, what is not said stays, and every surface shows what was written."""

from __future__ import annotations

from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

RECORDS = "/api/v1/records"


async def test_a_record_comes_back_as_it_went_in(writer: Writer) -> None:
    body = {"name": "Globex", "custom": {"a": [1, None]}, "modified_at": "2026-03-01T00:00:00Z"}
    answer = await writer.send("PUT", f"{RECORDS}/partner/p1", body)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    found = await writer.good("GET", f"{RECORDS}/partner/p1")
    assert (found["kind"], found["id"], found["source"], found["revision"]) == ("partner", "p1", "native", 1)
    assert found["body"] == {"id": "p1", **body}
    assert await writer.good("GET", f"{RECORDS}/partner/{found['uuid']}") == found
    refused(await writer.send("GET", f"{RECORDS}/user/{found['uuid']}"), 404, "not_found")
    known = await writer.send("GET", f"{RECORDS}/partner/p1", if_none_match='"1"')
    assert known.status_code == 304


async def test_an_older_version_overwrites_nothing(writer: Writer) -> None:
    path = f"{RECORDS}/invoice/i1"
    await writer.send("PUT", path, {"amount_due": "10.00", "modified_at": "2026-03-02T00:00:00Z"})
    old = await writer.good("PUT", path, {"amount_due": "99.00", "memo": "m", "modified_at": "2026-03-01T00:00:00Z"})
    assert (old["body"]["amount_due"], old["body"]["memo"]) == ("10.00", "m")
    newer = await writer.good("PUT", path, {"amount_due": "7.50"})
    assert newer["body"]["amount_due"] == "7.50"
    same = await writer.good("PUT", path, {"amount_due": "7.50"})
    assert same["revision"] == newer["revision"]


async def test_calls_show_the_record_as_it_is_now(writer: Writer) -> None:
    await writer.put("a", partner="p1", invoices=["i1"], created_at="2026-03-01T00:00:00Z")
    await writer.send("PUT", f"{RECORDS}/invoice/i1", {"number": "47", "partner": "p1", "amount_due": "12.30"})
    await writer.send("PUT", f"{RECORDS}/partner/p1", {"name": "Initech", "assignee": {"id": "u1", "name": "Ann"}})
    shown = (await writer.good("GET", "/stuut/v1/calls?partner=p1"))["data"][0]
    assert (shown["partner"]["name"], shown["partner"]["assignee"]["name"]) == ("Initech", "Ann")
    assert shown["invoices"][0]["partner"]["name"] == "Initech"
    assert (await writer.good("GET", f"{RECORDS}/user/u1"))["body"]["name"] == "Ann"
    call = await writer.good("GET", f"{CALLS}/a")
    assert call["invoices"][0]["body"]["amount_due"] == "12.30"


async def test_a_vendors_record_is_the_same_record(writer: Writer) -> None:
    given = {
        "id": "call_x",
        "direction": "inbound",
        "to_number": "+14155550100",
        "created_at": "2026-03-01T10:00:00Z",
        "partner": {"id": "ptn_9", "name": "Old", "modified_at": "2026-03-01T10:00:00Z"},
    }
    await writer.tenant.take("stuut-v1", [given])
    found = await writer.good("PUT", f"{RECORDS}/partner/ptn_9", {"name": "New"})
    assert (found["source"], found["revision"]) == ("stuut", 2)
    await writer.tenant.take("stuut-v1", [given])
    assert (await writer.good("GET", "/stuut/v1/calls/call_x"))["partner"]["name"] == "New"


async def test_a_version_can_be_named(writer: Writer) -> None:
    path = f"{RECORDS}/user/u1"
    refused(await writer.send("PUT", path, {"name": "A"}, if_match='"1"'), 412, "precondition_failed")
    assert (await writer.send("PUT", path, {"name": "A"}, if_none_match="*")).status_code == 201
    refused(await writer.send("PUT", path, {"name": "B"}, if_none_match="*"), 412, "precondition_failed")
    assert (await writer.send("PUT", path, {"name": "B"}, if_match='"1"')).headers["etag"] == '"2"'
    refused(await writer.send("PUT", path, {"name": "C"}, if_match='"1"'), 412, "precondition_failed")


async def test_a_batch_has_a_result_for_each(writer: Writer) -> None:
    records: list[Any] = [
        {"kind": "partner", "id": "p1", "body": {"name": "A"}},
        {"kind": "partnr", "id": "p1"},
        {"kind": "invoice", "id": "i1", "body": {"total_amount": "x"}},
        "nonsense",
        {"kind": "user", "id": "u1", "body": {}, "extra": 1},
        {"kind": "partner", "id": "p1", "body": {"name": "B"}},
        {"kind": "user"},
    ]
    results = (await writer.good("POST", f"{RECORDS}:batch", {"records": records}))["results"]
    assert [result["status"] for result in results] == [201, 404, 422, 422, 422, 201, 422]
    assert (await writer.good("GET", f"{RECORDS}/partner/p1"))["body"]["name"] == "B"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"id": "other"}, "/id"),
        ({"modified_at": "yesterday"}, "/modified_at"),
        ({"amount_due": True}, "/amount_due"),
        ({"amount_due": "NaN"}, "/amount_due"),
        ({"partner": {"name": "no id"}}, "/partner"),
        ({"partner": {"id": "p", "created_at": 5}}, "/partner/created_at"),
    ],
    ids=str,
)
async def test_a_mistake_is_named(writer: Writer, body: dict[str, Any], pointer: str) -> None:
    problem = refused(await writer.send("PUT", f"{RECORDS}/invoice/i1", body), 422, "invalid_request")
    assert problem["problems"][0]["pointer"] == pointer


async def test_money_keeps_its_digits(writer: Writer) -> None:
    raw = b'{"amount_due": 1250.50, "amount_paid": "0.10", "total_amount": 12345678901234567890.12}'
    await writer.send("PUT", f"{RECORDS}/invoice/i1", raw=raw, content_type="application/json")
    body = (await writer.good("GET", f"{RECORDS}/invoice/i1"))["body"]
    assert (body["amount_due"], body["amount_paid"], body["total_amount"]) == (
        "1250.50",
        "0.10",
        "12345678901234567890.12",
    )
