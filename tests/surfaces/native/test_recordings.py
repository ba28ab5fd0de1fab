"""Recordings: stored by us, served whole or in part, to a key of the organization or by a link that ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

from calldex.core.errors import NotFound, TooLarge, Unavailable
from calldex.core.signing import read_signed, sign
from calldex.store import recording_files
from calldex.surfaces.native.answering import present
from calldex.surfaces.native.v1 import showing

SOUND = bytes(range(256)) * 2000
PATH = f"{CALLS}/abc/recording"


async def stored(writer: Writer) -> dict[str, Any]:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    answer = await writer.send("POST", PATH, raw=SOUND, content_type="audio/wav")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_recording_comes_back_whole(writer: Writer) -> None:
    assert (await stored(writer))["bytes"] == len(SOUND)
    answer = await writer.send("GET", PATH)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "audio/wav", SOUND)
    assert answer.headers["accept-ranges"] == "bytes"
    head = await writer.send("HEAD", PATH)
    assert (head.headers["content-length"], head.content) == (str(len(SOUND)), b"")


async def test_every_surface_leads_to_it(writer: Writer) -> None:
    link = (await stored(writer))["url"]
    call = await writer.good("GET", f"{CALLS}/abc")
    assert (call["has_recording"], call["stored_recording"]["content_type"]) == (True, "audio/wav")
    url = (await writer.good("GET", "/stuut/v1/calls"))["data"][0]["recording_url"]
    assert (await writer.send("GET", url)).content == SOUND
    whippy = (await writer.good("POST", "/whippy/v1/calls/search", {}))["data"][0]["attachments"]
    assert whippy[0]["url"] == url
    assert (await writer.tenant.client.get(link)).content == SOUND
    assert (await writer.tenant.client.get(url)).status_code == 401


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, None),
        ("bytes=-5", len(SOUND) - 5, None),
        (f"bytes=511990-{10**12}", 511990, None),
    ],
)
async def test_a_part(writer: Writer, asked: str, start: int, end: int | None) -> None:
    await stored(writer)
    answer = await writer.send("GET", PATH, range=asked)
    assert (answer.status_code, answer.content) == (206, SOUND[start:end])
    last = (end or len(SOUND)) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{last}/{len(SOUND)}"
    assert answer.headers["content-length"] == str(last - start + 1)


async def test_a_part_that_there_is_not_and_what_is_no_part(writer: Writer) -> None:
    await stored(writer)
    for asked in ("bytes=512000-", "bytes=-0", "bytes=9-5"):
        answer = await writer.send("GET", PATH, range=asked)
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(SOUND)}")
    for asked in ("bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"):
        assert (await writer.send("GET", PATH, range=asked)).status_code == 200
    assert (await writer.send("GET", PATH, range="bytes=0-1", if_range='"other"')).status_code == 200


async def test_a_form_and_a_stream_without_a_length(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    headers = {"authorization": f"Bearer {writer.tenant.key}"}
    files = {"file": ("call.mp3", SOUND, "audio/mpeg")}
    answer = await writer.tenant.client.post(PATH, files=files, headers=headers)
    assert answer.status_code == 201, answer.text
    assert (await writer.send("GET", PATH)).headers["content-type"] == "audio/mpeg"

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield SOUND

    headers["content-type"] = "audio/ogg; codecs=opus"
    answer = await writer.tenant.client.post(PATH, content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()["bytes"]) == (201, len(SOUND) * 10)
    newest = await writer.send("GET", PATH)
    assert (newest.headers["content-type"], len(newest.content)) == ("audio/ogg", len(SOUND) * 10)


async def test_what_is_no_recording_is_refused_and_leaves_nothing(writer: Writer, folder: Path) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    refused(await writer.send("POST", PATH, raw=b"<p>", content_type="text/html"), 415, "unsupported_media_type")
    refused(await writer.send("POST", PATH, raw=b"x"), 415, "unsupported_media_type")
    refused(await writer.send("POST", PATH, raw=b"", content_type="audio/wav"), 422, "invalid_request")
    form = "multipart/form-data; boundary=x"
    refused(await writer.send("POST", PATH, raw=b"nonsense", content_type=form), 422, "invalid_request")
    other = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\n1\r\n--x--\r\n'
    refused(await writer.send("POST", PATH, raw=other, content_type=form), 422, "invalid_request")
    refused(await writer.send("POST", PATH, raw=b"x", content_type=form.partition(";")[0]), 422, "invalid_request")
    refused(await writer.send("GET", PATH), 404, "not_found")
    refused(await writer.send("POST", f"{CALLS}/none/recording", raw=b"x", content_type="audio/wav"), 404, "not_found")
    place = folder / "recordings" / str(writer.tenant.organization.id)
    assert [found for found in place.rglob("*") if found.is_file()] == []


async def test_the_same_upload_again_is_stored_once(writer: Writer, folder: Path) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    answers = [
        await writer.send("POST", PATH, raw=SOUND, content_type="audio/wav", idempotency_key="k") for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    other = await writer.send("POST", PATH, raw=b"other", content_type="audio/wav", idempotency_key="k")
    refused(other, 422, "invalid_request")
    place = folder / "recordings" / str(writer.tenant.organization.id)
    assert len([found for found in place.rglob("*") if found.is_file()]) == 1


async def test_a_link_ends_and_cannot_be_made_up(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    link = (await stored(writer))["url"]
    client = writer.tenant.client
    broken = link[:-1] + ("A" if link[-1] != "A" else "B")
    for wrong in (broken, link + "A", link.rpartition("/")[0] + "/x", link.rpartition("/")[0] + "/%E2%82%AC"):
        refused(await client.get(wrong), 404, "not_found")
    later = present() + timedelta(days=2)
    monkeypatch.setattr(showing, "present", lambda: later)
    refused(await client.get(link), 404, "not_found")
    monkeypatch.undo()
    assert (await client.get(link)).status_code == 200
    await writer.send("DELETE", f"{CALLS}/abc")
    refused(await client.get(link), 404, "not_found")


async def test_a_recording_whose_file_is_gone_is_404(writer: Writer, folder: Path) -> None:
    await stored(writer)
    place = folder / "recordings" / str(writer.tenant.organization.id)
    for found in place.rglob("*"):
        if found.is_file():
            found.unlink()
    refused(await writer.send("GET", PATH), 404, "not_found")


def test_what_is_signed_for_one_purpose_is_no_good_for_another() -> None:
    text = sign("cursor", b"said", b"secret")
    assert read_signed("cursor", text, b"secret") == b"said"
    assert read_signed("recording", text, b"secret") is None
    assert read_signed("cursor", text, b"other") is None
    assert read_signed("cursor", text + "=", b"secret") is None


async def test_a_place_that_is_no_folder_does_as_well() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield SOUND[:1000]
        yield SOUND[1000:]

    async def part(start: int, end: int) -> bytes:
        return b"".join([piece async for piece in recording_files.read("memory://bucket/prefix", "1/a/b", start, end)])

    size, _ = await recording_files.save("memory://bucket/prefix", "1/a/b", pieces(), len(SOUND))
    assert (size, await part(0, size), await part(990, 1010)) == (len(SOUND), SOUND, SOUND[990:1010])
    with pytest.raises(TooLarge):
        await recording_files.save("memory://bucket/prefix", "1/a/c", pieces(), len(SOUND) - 1)
    await recording_files.remove("memory://bucket/prefix", "1/a/b")
    for location in ("1/a/b", "1/a/c"):
        with pytest.raises(NotFound):
            await anext(recording_files.read("memory://bucket/prefix", location, 0, 1))
    with pytest.raises(Unavailable):
        await recording_files.save("nonsense://x", "1/a/b", pieces(), 1)


async def test_a_recording_is_never_read_as_a_document(writer: Writer) -> None:
    await writer.put("abc", created_at="2026-03-01T00:00:00Z")
    page = b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'
    answer = await writer.send("POST", PATH, raw=page, content_type="audio/x+xml")
    served = await writer.tenant.client.get(answer.json()["url"])
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in served.headers["content-security-policy"]
