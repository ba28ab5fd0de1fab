"""Hits of a search: the turns as they were said, with times and with the places of the words in plain text; the index
follows every change of a call; nobody finds what another organization said.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

from calldex.store.call_texts import index_what_is_there

SEARCH = "/api/v1/transcripts/search"
DAY = "2026-03-01T10:00:00Z"


def turn(role: str, content: str, start: float | None = None, end: float | None = None) -> dict[str, Any]:
    return {"role": role, "content": content, "start": start, "end": end}


async def say(writer: Writer, name: str, *said: str, **fields: Any) -> Any:
    """A call in which agent and customer take turns."""
    turns = [turn(("agent", "user")[number % 2], text) for number, text in enumerate(said)]
    return await writer.put(name, transcript=turns, **{"created_at": DAY} | fields)


async def search(writer: Writer, q: str, **more: Any) -> Any:
    return await writer.good("GET", f"{SEARCH}?{urlencode({'q': q} | more)}")


async def ids(writer: Writer, q: str, **more: Any) -> list[str]:
    return sorted(hit["id"] for hit in (await search(writer, q, **more))["data"])


async def test_a_hit_shows_the_call_and_where_it_was_said(writer: Writer) -> None:
    call = await writer.put(
        "a",
        created_at=DAY,
        direction="outbound",
        from_number="+14155550100",
        to_number="+14155550199",
        agent_id="ag1",
        partner="p1",
        transcript=[
            turn("agent", "Will you pay today?", 0.5, 2.25),
            turn("user", "I promise to pay. I promise!", 3, 5.5),
            turn("supervisor", "Promised."),
        ],
    )
    answer = await search(writer, "promised", total="exact")
    hit = answer["data"][0]
    assert {name: hit[name] for name in hit.keys() - {"rank", "matches", "partner"}} == {
        "id": "a",
        "uuid": call["uuid"],
        "occurred_at": DAY,
        "direction": "outbound",
        "from_number": "+14155550100",
        "to_number": "+14155550199",
        "agent_id": "ag1",
    }
    assert hit["partner"] == {"uuid": call["partner"]["uuid"]}
    assert hit["rank"] > 0
    said = {"speaker": "customer", "start_ms": 3000, "end_ms": 5500}
    assert hit["matches"] == [
        {"turn": 1, **said, "excerpt": "I promise to pay. I promise!", "highlights": [[2, 7], [20, 7]]},
        {"turn": 2, "speaker": None, "start_ms": None, "end_ms": None, "excerpt": "Promised.", "highlights": [[0, 8]]},
    ]
    assert (answer["total"], answer["ranked_of"], answer["page"], answer["next_page"]) == (1, 1, 0, None)


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert('pay')</script>",
        '"pay" & <b>pay</b> \\ %s \' OR 1=1 --',
        "\N{RIGHT-TO-LEFT OVERRIDE}yap\N{POP DIRECTIONAL FORMATTING} \N{RIGHT-TO-LEFT MARK}pay\N{RIGHT-TO-LEFT MARK}",
        "\N{BANKNOTE WITH DOLLAR SIGN}\N{COMBINING ACUTE ACCENT} PAY \N{FAMILY}",
    ],
)
async def test_what_was_said_comes_back_as_text_with_its_places(writer: Writer, said: str) -> None:
    await say(writer, "a", "Hello", said)
    match = (await search(writer, "pay"))["data"][0]["matches"][0]
    assert match["excerpt"] == said
    assert match["highlights"]
    assert {said[start : start + length].lower() for start, length in match["highlights"]} == {"pay"}


@pytest.mark.parametrize(
    "q",
    [
        "it's",
        "'",
        "\\",
        "a:*A",
        "pay & !x",
        "(pay)",
        "pay | x",
        "%",
        "1.en:pay",
        "<->",
        "\N{CJK UNIFIED IDEOGRAPH-4E00}'\"",
    ],
)
async def test_no_sign_in_a_search_means_anything_to_the_database(writer: Writer, q: str) -> None:
    await say(writer, "a", "Will you pay?")
    answer = await writer.send("GET", f"{SEARCH}?{urlencode({'q': q})}")
    if answer.status_code == 200:
        assert [hit["id"] for hit in answer.json()["data"]] == (["a"] if q == "(pay)" else [])
    else:
        assert refused(answer, 422, "invalid_request")["problems"][0]["name"] == "q"


async def test_words_are_reduced_in_the_language_of_the_call(writer: Writer) -> None:
    await say(writer, "none", "He promises it")
    await say(writer, "english", "She promised it", language="en-GB")
    await say(writer, "spanish", "Los pagos llegar\u00e1n", language="es-MX")
    await say(writer, "german", "Die Zahlungen kommen", language="DE")
    await say(writer, "japanese", "\u304a\u652f\u6255\u3044\u3067\u3059", language="ja")
    await say(writer, "hindi", "\u092d\u0941\u0917\u0924\u093e\u0928 \u0939\u094b \u0917\u092f\u093e", language="hi")
    assert await ids(writer, "promising") == ["english", "none"]
    assert await ids(writer, "pago") == ["spanish"]
    assert await ids(writer, "LLEGAR\u00c1N") == ["spanish"]
    assert await ids(writer, "Zahlung") == ["german"]
    assert await ids(writer, "pago OR zahlung") == ["german", "spanish"]
    assert await ids(writer, "\u652f\u6255\u3044") == ["japanese"]
    assert await ids(writer, "\u6255\u652f") == []
    assert await ids(writer, "\u092d\u0941\u0917\u0924\u093e\u0928") == ["hindi"]
    assert await ids(writer, "it the -promise") == []
    assert await ids(writer, '"she promised"') == ["english"]


async def test_a_phrase_stays_within_a_turn_and_a_speaker_with_what_was_said(writer: Writer) -> None:
    await say(writer, "a", "Is it the invoice", "Number seven is late", "invoice number nine")
    assert await ids(writer, '"invoice number"') == ["a"]
    assert await ids(writer, '"invoice number" late') == ["a"]
    assert await ids(writer, '"invoice number seven"') == []
    assert await ids(writer, "speaker:customer seven") == await ids(writer, "seven", speaker="customer") == ["a"]
    assert await ids(writer, "speaker:agent seven") == []
    assert await ids(writer, 'speaker:customer "invoice number"') == []
    assert await ids(writer, "speaker:customer number -invoice") == ["a"]
    assert await ids(writer, "speaker:agent numb*") == ["a"]
    assert await ids(writer, "speaker:agent sev*") == []
    assert await ids(writer, "lat* -nin*") == []


async def test_the_index_follows_every_change_of_a_call(writer: Writer) -> None:
    await say(writer, "a", "refund")
    assert await ids(writer, "refund") == ["a"]
    await writer.send("POST", f"{CALLS}/a/transcript", {"turns": [turn("user", "cheque")], "append": True})
    assert await ids(writer, "refund cheque") == ["a"]
    await say(writer, "a", "invoice")
    assert (await ids(writer, "refund"), await ids(writer, "invoice")) == ([], ["a"])
    await writer.put("a", summary="nothing that was said", created_at=DAY)
    assert await ids(writer, "invoice") == ["a"]
    await writer.put("a", transcript=None, transcript_text="User: wire transfer\nAgent: thanks", created_at=DAY)
    assert (await ids(writer, "invoice"), await ids(writer, "speaker:customer wire")) == ([], ["a"])
    await writer.good("DELETE", f"{CALLS}/a", status=204)
    assert await ids(writer, "wire") == []
    organization = writer.tenant.organization.id
    rows = await writer.app.database.pool.fetch("SELECT 1 FROM call_texts WHERE organization_id = $1", organization)
    assert not rows


async def test_calls_that_were_there_before_the_index_are_indexed_the_same(writer: Writer) -> None:
    stranger = await Writer.of(writer.app)
    await say(writer, "a", "Promised", "it's late", language="en")
    await say(stranger, "b", "Zahlungen", language="de")
    await writer.put("text", transcript_text="Agent: Hello\nUser: bonjour", language="fr", created_at=DAY)
    await writer.put("silent", created_at=DAY)
    pool = writer.app.database.pool
    question = "SELECT organization_id, call_id, words::text FROM call_texts ORDER BY 1, 2"
    before = await pool.fetch(question)
    await pool.execute("DELETE FROM call_texts")
    async with pool.acquire() as session:
        assert await index_what_is_there(session) == len(before)
        assert await pool.fetch(question) == before
        assert await index_what_is_there(session) == 0


async def test_nobody_finds_what_another_organization_said(writer: Writer) -> None:
    stranger = await Writer.of(writer.app)
    await say(writer, "mine", "a word in common")
    await say(stranger, "theirs", "a word in common, nor a rare one")
    assert await ids(writer, "common") == ["mine"]
    assert await ids(writer, "rare") == []
    assert await ids(stranger, "common rare") == ["theirs"]
    sandbox = await writer.send("GET", f"{SEARCH}?q=common&total=exact", key=writer.tenant.test_key)
    assert (sandbox.json()["data"], sandbox.json()["total"]) == ([], 0)


async def test_hits_go_on_by_cursor_in_the_order_of_time_and_by_page_in_any(writer: Writer) -> None:
    for number in range(7):
        await say(writer, f"c{number}", "late " * (number % 3 + 1), created_at=f"2026-03-0{number + 1}T10:00:00Z")
    whole = [f"c{number}" for number in range(7)]
    for sort, expected in (("time", whole), ("-time", whole[::-1])):
        seen, cursor = [], None
        while True:
            page = await search(writer, "late", sort=sort, limit=3, **{"cursor": cursor} if cursor else {})
            seen += [hit["id"] for hit in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected
    best = [hit["id"] for hit in (await search(writer, "late"))["data"]]
    assert best[:2] == ["c5", "c2"]
    pages = [await search(writer, "late", page=page, limit=3) for page in range(3)]
    assert [hit["id"] for page in pages for hit in page["data"]] == best
    assert [page["next_page"] for page in pages] == [1, 2, None]
    other = (await search(writer, "late", sort="time", limit=3))["next_cursor"]
    for query in (
        f"q=later&sort=time&cursor={other}",
        f"q=late&cursor={other}",
        f"q=late&speaker=agent&sort=time&cursor={other}",
    ):
        refused(await writer.send("GET", f"{SEARCH}?{query}"), 422, "invalid_request")
    assert (await search(writer, "late", page=10**30))["data"] == []


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        ("", "q", "required"),
        ("q=-refund", "q", "add a word"),
        ("q=a&speakr=agent", "speakr", 'Did you mean "speaker"?'),
        ("q=a&speaker=me", "speaker", "customer, agent"),
        ("q=speaker:agent%20a&speaker=customer", "speaker", "name one of them"),
        ("q=a&sort=duration", "sort", "relevance"),
        ("q=a&limit=101", "limit", "100"),
        ("q=a&fields=id", "fields", "not known"),
        ("q=a%00", "q", "NUL"),
        (f"q={'a' * 501}", "q", "500"),
    ],
)
async def test_a_mistake_in_a_search_is_named(writer: Writer, query: str, name: str, says: str) -> None:
    problem = refused(await writer.send("GET", f"{SEARCH}?{query}"), 422, "invalid_request")["problems"][0]
    assert problem["name"] == name
    assert says in problem["message"]


async def test_a_call_of_any_length_is_taken_and_found(writer: Writer) -> None:
    words = [f"w{number}" for number in range(40_000)]
    await say(writer, "long", " ".join(words), "said " * 40_000, "x" * 5000, "finally " + "\u652f" * 3000)
    assert await ids(writer, "w1 w16000") == ["long"]
    assert await ids(writer, '"w16000 w16001"') == ["long"]
    assert await ids(writer, "said") == ["long"]
    assert await ids(writer, '"w16001 w16000"') == []
    assert (await search(writer, "w16000"))["data"][0]["matches"][0]["highlights"]
