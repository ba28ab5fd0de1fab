"""ETag and If-None-Match on every surface: who has the present answer gets 304 and no body; after any write of a call,
of what is shown with it or of a linked record the same question has a new answer and a new tag; and a stranger's key
never gets 304 for a tag that it was not given.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.surfaces.native.writer import CALLS, Writer
from tests.surfaces.serving import Serving
from tests.surfaces.stuut.examples import full_v1_call

LISTS = ["/stuut/v1/calls", "/stuut/v2/calls", "/skipcall/v1/calls", "/whippy/v1/calls", f"{CALLS}?total=exact"]
ONE = ["/stuut/v1/calls/", "/stuut/v2/calls/", "/skipcall/v1/calls/", "/whippy/v1/calls/", f"{CALLS}/"]
SAID: dict[str, Any] = {
    "created_at": "2026-03-01T00:00:00Z",
    "direction": "outbound",
    "to_number": "+12025550100",
    "partner": {"id": "p1", "name": "Globex", "assignee": {"id": "u1", "name": "Ann"}},
}


@pytest.fixture
async def writer(app: Serving) -> Writer:
    """An organization with two calls."""
    writer = await Writer.of(app)
    for name in ("a", "b"):
        await writer.put(name, **SAID)
    return writer


async def paths(writer: Writer) -> list[str]:
    found = (await writer.good("GET", f"{CALLS}/a"))["uuid"]
    return [*LISTS, *(f"{path}{found}" for path in ONE)]


async def ask(writer: Writer, path: str, tag: str | None = None, key: str | None = None) -> httpx.Response:
    key = key or writer.tenant.key
    headers = {"authorization": f"Bearer {key}", "x-whippy-key": key}
    if tag is not None:
        headers["if-none-match"] = tag
    return await writer.tenant.client.get(path, headers=headers)


async def tags(writer: Writer) -> dict[str, str]:
    return {path: (await ask(writer, path)).headers["etag"] for path in await paths(writer)}


async def test_who_has_the_answer_is_not_given_it_again(writer: Writer) -> None:
    mate = await writer.key("read")
    found = await tags(writer)
    assert len(set(found.values())) == len(found) == 10
    for path, tag in found.items():
        bare = tag.removeprefix("W/")
        for given in (tag, bare, f"W/{bare}", f'"other", {tag}', f'W/"other",{bare} , "another"'):
            for key in (writer.tenant.key, mate):
                answer = await ask(writer, path, given, key)
                assert (answer.status_code, answer.content) == (304, b""), (path, given)
                assert answer.headers["etag"].removeprefix("W/") == bare
        for given in ('"other"', bare.strip('"'), f'"{bare[2:]}', "", ",", 'W/""'):
            answer = await ask(writer, path, given)
            assert (answer.status_code, answer.headers["etag"]) == (200, tag), (path, given)


async def test_another_question_has_another_tag(writer: Writer) -> None:
    for path in LISTS:
        tag = (await ask(writer, path)).headers["etag"]
        answer = await ask(writer, f"{path}{'&' if '?' in path else '?'}limit=1", tag)
        assert answer.status_code == 200, path
        assert answer.headers["etag"] != tag


WRITES: dict[str, tuple[str, str, Any]] = {
    "another call": ("PUT", f"{CALLS}/c", SAID),
    "a field of the call": ("PUT", f"{CALLS}/a", {"call_reason": "another"}),
    "the other call is deleted": ("DELETE", f"{CALLS}/b", None),
    "a note": ("POST", f"{CALLS}/a/notes", {"text": "A note."}),
    "a classification": ("POST", f"{CALLS}/a/classifications", {"classifications": [{"classification": "other"}]}),
    "a transcript": ("POST", f"{CALLS}/a/transcript", {"turns": [{"role": "user", "content": "Hello"}]}),
    "the partner": ("PUT", "/api/v1/records/partner/p1", {"name": "Initech"}),
    "who is inside the partner": ("PUT", "/api/v1/records/user/u1", {"name": "Bea"}),
    "a batch": ("POST", f"{CALLS}:batch", {"calls": [{"id": "d", **SAID}]}),
}


@pytest.mark.parametrize("what", [*WRITES, "a recording", "an import"])
async def test_after_a_write_every_answer_is_given_anew(writer: Writer, what: str) -> None:
    before = await tags(writer)
    if what == "a recording":
        answer = await writer.send("POST", f"{CALLS}/a/recording", raw=b"sound", content_type="audio/wav")
        assert answer.status_code in (200, 201), answer.text
    elif what == "an import":
        assert await writer.tenant.take("stuut-v1", [full_v1_call(1)]) == ["created"]
    else:
        method, path, body = WRITES[what]
        answer = await writer.send(method, path, body)
        assert answer.status_code in (200, 201, 204), answer.text
    for path, tag in before.items():
        answer = await ask(writer, path, tag)
        assert answer.status_code == 200, path
        assert answer.headers["etag"] != tag
        assert (await ask(writer, path, answer.headers["etag"])).status_code == 304


async def test_a_write_that_changes_nothing_keeps_the_answers(writer: Writer) -> None:
    await writer.tenant.take("stuut-v1", [full_v1_call(1)])
    before = await tags(writer)
    assert await writer.tenant.take("stuut-v1", [full_v1_call(1)]) == ["unchanged"]
    for path, tag in before.items():
        assert (await ask(writer, path, tag)).status_code == 304, path


async def test_a_stranger_never_gets_304_for_our_tag(app: Serving, writer: Writer) -> None:
    stranger = await Writer.of(app)
    for name in ("a", "b"):
        # The same writes, so even the versions are the same.
        await stranger.put(name, **SAID)
    ours = await tags(writer)
    for path, tag in ours.items():
        # The stranger has a call of this very UUID, our own sandbox has none.
        for key, one in ((stranger.tenant.key, 200), (writer.tenant.test_key, 404)):
            answer = await ask(writer, path, tag, key)
            assert answer.status_code == (200 if path in LISTS else one), path
            assert answer.headers.get("etag") != tag
    assert set((await tags(stranger)).values()).isdisjoint(ours.values())
    for path in ours:
        assert (await ask(writer, path, ours[path], "sk_live_wrong")).status_code == 401


async def test_a_deleted_call_is_gone_and_not_unchanged(writer: Writer) -> None:
    before = await tags(writer)
    await writer.send("DELETE", f"{CALLS}/a")
    for path, tag in before.items():
        expected = 200 if path in LISTS or path.startswith("/skipcall") else 404
        assert (await ask(writer, path, tag)).status_code == expected, path


async def test_a_star_has_no_answer_yet_to_compare(writer: Writer) -> None:
    """If-None-Match: * asks for an answer only if there is none, which is of use to writers alone."""
    for path in await paths(writer):
        assert (await ask(writer, path, "*")).status_code in (200, 304), path
    for path in ONE:
        assert (await ask(writer, f"{path}nothing", "*")).status_code == 404, path


async def test_a_second_recording_is_news(writer: Writer) -> None:
    """The call says the same of both, the address where its recording is; what is shown of it is another one."""
    path = f"{CALLS}/a/recording"
    assert (await writer.send("POST", path, raw=b"one", content_type="audio/wav")).status_code == 201
    questions = (f"{CALLS}/a", CALLS)
    found = {question: (await ask(writer, question)).headers["etag"] for question in questions}
    assert (await writer.send("POST", path, raw=b"another", content_type="audio/wav")).status_code == 201
    for question, tag in found.items():
        assert (await ask(writer, question, tag)).status_code == 200


async def test_no_two_states_of_any_database_have_one_tag(writer: Writer) -> None:
    """A backup that is restored counts its changes anew, and so does another installation: the numbers come again."""
    organization = writer.tenant.organization.id
    pool = writer.tenant.database.pool
    before = await pool.fetchrow("SELECT * FROM organization_versions WHERE organization_id = $1", organization)
    assert before is not None
    await writer.put("a", **SAID, call_reason="first")
    tag = (await ask(writer, LISTS[0])).headers["etag"]
    await pool.execute(
        "UPDATE organization_versions SET calls = $2, records = $3, mark = $4 WHERE organization_id = $1",
        organization,
        before["calls"],
        before["records"],
        before["mark"],
    )
    await writer.put("a", **SAID, call_reason="second")
    answer = await ask(writer, LISTS[0], tag)
    assert (answer.status_code, answer.headers["etag"] == tag) == (200, False)
