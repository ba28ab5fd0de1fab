"""The list: every filter of every surface under one set of names, pages by number and by cursor, links, fields."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

CALL_A: dict[str, Any] = {
    "id": "a",
    "direction": "outbound",
    "status": "completed",
    "sentiment": "positive",
    "kind": "session",
    "classifications": [{"classification": "dispute"}],
    "partner": {"id": "p1", "business_unit_id": "north"},
    "invoices": ["i1"],
    "workflow": "w1",
    "agent_id": "ag1",
    "agent_version_id": "av1",
    "contact": "c1",
    "conversation_id": "co1",
    "channel_id": "ch1",
    "sequence_id": "s1",
    "member_id": "m1",
    "from_number": "+1 415 555 0100",
    "to_number": "+49 30 1234567",
    "disconnection_reason": "agent_hangup",
    "mode": "AI",
    "language": "de",
    "completion_rating": "Complete",
    "tags": ["vip", "x"],
    "in_voicemail": True,
    "recording": "https://recordings.example/1.wav",
    "transcript": [{"role": "user", "content": "hello"}],
    "created_at": "2026-03-02T09:00:00Z",
    "started_at": "2026-03-02T10:00:00Z",
    "duration_ms": 5000,
}
CALL_B: dict[str, Any] = {
    "id": "b",
    "direction": "inbound",
    "status": "failed",
    "sentiment": "negative",
    "from_number": "anonymous",
    "to_number": "+14155550111",
    "tags": ["x"],
    "created_at": "2026-03-01T09:00:00Z",
    "duration_ms": 100,
}


async def listed(writer: Writer, query: str) -> list[str]:
    return [call["id"] for call in (await writer.good("GET", f"{CALLS}?{query}"))["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "ab"),
        ("direction=outbound", "a"),
        ("direction=outbound&direction=inbound", "ab"),
        ("direction[]=inbound", "b"),
        ("status=failed", "b"),
        ("sentiment=positive", "a"),
        ("classification=dispute", "a"),
        ("kind=session", "a"),
        ("partner=p1", "a"),
        ("invoice=i1", "a"),
        ("workflow=w1", "a"),
        ("business_unit=north", "a"),
        ("agent=ag1", "a"),
        ("agent_version=av1", "a"),
        ("contact=c1", "a"),
        ("conversation=co1", "a"),
        ("channel=ch1", "a"),
        ("sequence=s1", "a"),
        ("member=m1", "a"),
        ("from=%2B14155550100", "a"),
        ("to=0049301234567", "a"),
        ("number=%2B49301234567", "a"),
        ("number=%2B14155550111&number=anonymous", "b"),
        ("number_prefix=%2B1415", "ab"),
        ("number_prefix=49", "a"),
        ("number_prefix=0049%2030", "a"),
        ("number_prefix=anon", "b"),
        ("number_prefix=9", ""),
        ("disposition=call_completed", "a"),
        ("disposition=call_completed.agent_hangup", "a"),
        ("mode=ai", "a"),
        ("language=DE", "a"),
        ("completion_rating=complete", "a"),
        ("tag=vip", "a"),
        ("tag=vip&tag=x", "ab"),
        ("tag=x&invoice=i1", "a"),
        ("source=native", "ab"),
        ("source=retell", ""),
        ("voicemail=true", "a"),
        ("voicemail=false", "b"),
        ("has_recording=true", "a"),
        ("has_recording=false", "b"),
        ("has_transcript=true", "a"),
        ("has_transcript=false", "b"),
        ("min_duration_ms=101", "a"),
        ("max_duration_ms=100", "b"),
        ("occurred_from=2026-03-02T10:00:00Z", "a"),
        ("occurred_before=2026-03-02T10:00:00Z", "b"),
        ("created_from=2026-03-02T09:00:00Z", "a"),
        ("created_until=2026-03-01T09:00:00Z", "b"),
        ("sort=time", "ba"),
        ("sort=duration", "ba"),
        ("sort=-duration", "ab"),
        ("sort=-duration&tag=x", "ab"),
        ("sort=time&classification=dispute", "a"),
        ("partner=nobody", ""),
    ],
)
async def test_a_filter_finds_what_it_says(writer: Writer, query: str, expected: str) -> None:
    await writer.good("POST", f"{CALLS}:batch", {"calls": [CALL_A, CALL_B]})
    answer = await writer.good("GET", f"{CALLS}?{query}&total=exact")
    assert "".join(call["id"] for call in answer["data"]) == expected
    assert answer["total"] == len(expected)


async def some(writer: Writer, count: int) -> None:
    calls = [
        {"id": f"c{number:03}", "created_at": f"2026-03-01T10:{number // 3:02}:00Z", "duration_ms": (number * 7) % 10}
        for number in range(count)
    ]
    del calls[3]["duration_ms"]
    await writer.good("POST", f"{CALLS}:batch", {"calls": calls})


@pytest.mark.parametrize("sort", ["-time", "time", "-duration", "duration"])
async def test_a_cursor_shows_every_call_once_whatever_arrives(writer: Writer, sort: str) -> None:
    await some(writer, 25)
    whole = await listed(writer, f"sort={sort}&limit=100")
    seen: list[str] = []
    cursor = ""
    while True:
        answer = await writer.send("GET", f"{CALLS}?sort={sort}&limit=4{cursor}")
        page = answer.json()
        seen += [call["id"] for call in page["data"]]
        if page["next_cursor"] is None:
            break
        assert f'cursor={page["next_cursor"]}>; rel="next"' in answer.headers["link"]
        cursor = f"&cursor={page['next_cursor']}"
        await writer.put(f"new{len(seen)}", created_at=f"2026-0{4 - len(seen) % 3}-01T00:00:00Z", duration_ms=len(seen))
    assert [name for name in seen if not name.startswith("new")] == whole
    assert len(seen) == len(set(seen))


async def test_pages_by_number_and_their_links(writer: Writer) -> None:
    await some(writer, 7)
    whole = await listed(writer, "limit=100")
    answer = await writer.send("GET", f"{CALLS}?page=1&limit=3&total=exact&direction[]=")
    assert answer.status_code == 422
    answer = await writer.send("GET", f"{CALLS}?page=1&limit=3&total=exact")
    page = answer.json()
    assert [call["id"] for call in page["data"]] == whole[3:6]
    assert (page["page"], page["next_page"], page["total"]) == (1, 2, 7)
    links = {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["link"])}
    assert links.keys() == {"first", "prev", "next", "last"}
    assert [call["id"] for call in (await writer.good("GET", links["next"]))["data"]] == whole[6:]
    assert [call["id"] for call in (await writer.good("GET", links["last"]))["data"]] == whole[6:]
    assert [call["id"] for call in (await writer.good("GET", links["prev"]))["data"]] == whole[:3]
    last = await writer.good("GET", f"{CALLS}?page=2&limit=3")
    assert (last["next_page"], last["next_cursor"], last["total"]) == (None, None, None)
    assert (await writer.good("GET", f"{CALLS}?page=99999999999999999999&limit=500"))["data"] == []


async def test_a_cursor_belongs_to_its_list_and_its_organization(writer: Writer) -> None:
    await some(writer, 5)
    cursor = (await writer.good("GET", f"{CALLS}?limit=2"))["next_cursor"]
    stranger = await Writer.of(writer.app)
    await some(stranger, 5)
    for client, query in (
        (writer, f"cursor={cursor}&direction=inbound"),
        (writer, f"cursor={cursor}&sort=time"),
        (writer, f"cursor={cursor[:-1]}{'A' if cursor[-1] != 'A' else 'B'}"),
        (writer, "cursor=x"),
        (writer, f"cursor={cursor}&page=1"),
        (stranger, f"cursor={cursor}"),
    ):
        problem = refused(await client.send("GET", f"{CALLS}?{query}"), 422, "invalid_request")
        assert problem["problems"][0]["name"] == "cursor"


async def test_fields_are_shown_or_left_out(writer: Writer) -> None:
    await writer.put("a", **{name: value for name, value in CALL_A.items() if name != "id"})
    whole = await writer.good("GET", f"{CALLS}/a")
    few = (await writer.good("GET", f"{CALLS}?fields=partner,status"))["data"][0]
    assert list(few) == ["id", "status", "partner"]
    assert few["partner"] == whole["partner"]
    less = await writer.good("GET", f"{CALLS}/a?fields=-transcript,-transcript_text")
    assert whole.keys() - less.keys() == {"transcript", "transcript_text"}
    for fields in ("transcrpt", "status,-id", ""):
        refused(await writer.send("GET", f"{CALLS}?fields={fields}"), 422, "invalid_request")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sentimant=positive", 'Did you mean "sentiment"?'),
        ("status=completd", 'Did you mean "completed"?'),
        ("limit=0", "greater than or equal to 1"),
        ("limit=501", "500"),
        ("page=-1", "0"),
        ("total=yes", "none, exact"),
        ("has_recording=maybe", "has_recording"),
        ("occurred_from=2026-03-01", "time"),
        ("sort=name", "-time"),
        ("limit=1&limit=2", "more than once"),
    ],
)
async def test_a_mistake_in_the_query_is_named(writer: Writer, query: str, says: str) -> None:
    problem = refused(await writer.send("GET", f"{CALLS}?{query}"), 422, "invalid_request")
    assert says in problem["problems"][0]["message"]
