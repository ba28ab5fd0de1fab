"""Transcript, classifications and notes: each completes the call, and a retry does no harm."""

from __future__ import annotations

from tests.surfaces.native.writer import CALLS, Writer, refused


async def test_turns_replace_or_stand_behind(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    path = f"{CALLS}/abc/transcript"
    await writer.good("POST", path, {"turns": [{"role": "agent", "content": "A"}]})
    call = await writer.good("POST", path, {"turns": [{"role": "user", "content": "B", "start": 1.5}], "append": True})
    assert (call["transcript_text"], len(call["transcript"])) == ("Agent: A\nUser: B", 2)
    call = await writer.good("POST", path, {"turns": [{"role": "user", "content": "C"}]})
    assert (call["transcript_text"], call["has_transcript"]) == ("User: C", True)
    assert (await writer.good("GET", "/stuut/v1/calls"))["data"][0]["transcript_str"] == "User: C"
    refused(await writer.send("POST", path, {"turns": []}), 422, "invalid_request")


async def test_a_classification_is_said_once(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z", classifications=[{"classification": "dispute"}])
    path = f"{CALLS}/abc/classifications"
    body = {"classifications": [{"classification": "other", "id": "c9"}, {"classification": "dispute"}]}
    call = await writer.good("POST", path, body)
    assert [(entry["classification"], len(entry["id"])) for entry in call["classifications"]] == [
        ("dispute", 30),
        ("other", 2),
    ]
    assert await writer.good("POST", path, body) == call
    assert [found["id"] for found in (await writer.good("GET", f"{CALLS}?classification=other"))["data"]] == ["abc"]
    assert (await writer.good("GET", "/stuut/v2/calls"))["data"][0]["classifications"][1]["id"] == "c9"
    refused(await writer.send("POST", path, {"classifications": [{"classification": "x"}]}), 422, "invalid_request")
    twice = {"classifications": [{"classification": "invoice_inquiry"}, {"classification": "invoice_inquiry"}]}
    call = await writer.good("POST", path, twice)
    assert [entry["classification"] for entry in call["classifications"]] == ["dispute", "other", "invoice_inquiry"]


async def test_notes_are_kept_with_author_and_time(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z", notes="Before.")
    path = f"{CALLS}/abc/notes"
    first = await writer.good("POST", path, {"text": "One.", "author": "Ann"}, status=201)
    await writer.good("POST", path, {"text": "Two."}, status=201)
    listed = (await writer.good("GET", path))["data"]
    assert listed[0] == first
    assert [(note["text"], note["author"]) for note in listed] == [("One.", "Ann"), ("Two.", None)]
    assert (await writer.good("GET", f"{CALLS}/abc"))["notes"] == "Before.\nOne.\nTwo."
    refused(await writer.send("POST", path, {"text": ""}), 422, "invalid_request")
