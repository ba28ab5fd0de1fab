"""Who gets an answer: owner and team mate do, a stranger never, and nobody without the scope.

Every operation of the OpenAPI document is in the table below, so a new one cannot be forgotten.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.surfaces.native.writer import CALLS, Writer, refused

from calldex.actions.issue_key import issue_key

AUDIO = {"raw": b"RIFFdata", "content_type": "audio/wav"}
OPERATIONS: dict[tuple[str, str], tuple[str, Any, dict[str, Any], str]] = {
    ("GET", "/v1/calls"): ("/v1/calls", None, {}, "read"),
    ("GET", "/v1/calls/{id}"): ("/v1/calls/abc", None, {}, "read"),
    ("GET", "/v1/calls/{id}.vcon"): ("/v1/calls/abc.vcon", None, {}, "read"),
    ("GET", "/v1/calls/{id}/notes"): ("/v1/calls/abc/notes", None, {}, "read"),
    ("GET", "/v1/calls/{id}/recording"): ("/v1/calls/abc/recording", None, {}, "read"),
    ("GET", "/v1/records/{kind}/{id}"): ("/v1/records/partner/p1", None, {}, "read"),
    ("GET", "/v1/transcripts/search"): ("/v1/transcripts/search?q=hello", None, {}, "read"),
    ("PUT", "/v1/calls/{id}"): ("/v1/calls/abc", {"summary": "s"}, {}, "write"),
    ("POST", "/v1/calls"): ("/v1/calls", {"summary": "s"}, {}, "write"),
    ("PATCH", "/v1/calls/{id}"): ("/v1/calls/abc", {"summary": "s"}, {"if_match": '"REVISION"'}, "write"),
    ("POST", "/v1/calls:batch"): ("/v1/calls:batch", {"calls": [{"id": "abc"}]}, {}, "write"),
    ("PUT", "/v1/records/{kind}/{id}"): ("/v1/records/partner/p1", {"name": "n"}, {}, "write"),
    ("POST", "/v1/records:batch"): (
        "/v1/records:batch",
        {"records": [{"kind": "partner", "id": "p1", "body": {"name": "n"}}]},
        {},
        "write",
    ),
    ("POST", "/v1/calls/{id}/transcript"): (
        "/v1/calls/abc/transcript",
        {"turns": [{"role": "user", "content": "c"}]},
        {},
        "write",
    ),
    ("POST", "/v1/calls/{id}/classifications"): (
        "/v1/calls/abc/classifications",
        {"classifications": [{"classification": "other"}]},
        {},
        "write",
    ),
    ("POST", "/v1/calls/{id}/notes"): ("/v1/calls/abc/notes", {"text": "t"}, {}, "write"),
    ("POST", "/v1/calls/{id}/recording"): ("/v1/calls/abc/recording", None, AUDIO, "write"),
    ("POST", "/v1/calls/{id}/approve"): ("/v1/calls/abc/approve", None, {}, "approve"),
    ("POST", "/v1/calls/{id}/reject"): ("/v1/calls/abc/reject", None, {}, "approve"),
    ("DELETE", "/v1/calls/{id}"): ("/v1/calls/abc", None, {}, "write"),
}
WITHOUT_A_KEY = {("GET", "/v1/recordings/{token}")}
OF_NO_CALL = {"/v1/calls", "/v1/calls:batch", "/v1/records:batch", "/v1/transcripts/search?q=hello"}
"""Paths that name nothing which is there: a stranger may use them, on what is theirs."""


async def prepare(writer: Writer) -> str:
    call = await writer.put("abc", status="pending_approval", partner={"id": "p1"}, created_at="2026-03-01T10:00:00Z")
    await writer.send("POST", f"{CALLS}/abc/recording", raw=b"RIFF", content_type="audio/wav")
    return str((await writer.good("GET", f"{CALLS}/{call['uuid']}"))["revision"])


def filled(headers: dict[str, Any], revision: str) -> dict[str, Any]:
    return {
        name: value.replace("REVISION", revision) if isinstance(value, str) else value
        for name, value in headers.items()
    }


async def test_every_operation_is_in_the_table(writer: Writer) -> None:
    document = (await writer.tenant.client.get("/api/openapi.json")).json()
    served = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert served == OPERATIONS.keys() | WITHOUT_A_KEY


@pytest.mark.parametrize(("operation"), OPERATIONS, ids=" ".join)
async def test_owner_team_mate_and_stranger(writer: Writer, operation: tuple[str, str]) -> None:
    path, body, headers, scope = OPERATIONS[operation]
    method, url = operation[0], f"/api{path}"
    revision = await prepare(writer)
    stranger = await Writer.of(writer.app)
    answer = await stranger.send(method, url, body, **filled(headers, revision))
    if path in OF_NO_CALL:
        assert answer.status_code in (200, 201)
        if method == "GET":
            assert answer.json()["data"] == []
    elif operation[0] == "PUT":
        # What a stranger writes under the same id is a stranger's own.
        assert answer.status_code == 201
    else:
        refused(answer, 404, "not_found")
    others = {"read", "write", "approve"} - {scope}
    without = await writer.key(*others)
    refused(await writer.send(method, url, body, key=without, **filled(headers, revision)), 403, "forbidden")
    refused(
        await writer.send(method, url, body, key="sk_live_nonsense", **filled(headers, revision)),
        401,
        "unauthenticated",
    )
    sandbox = await writer.send(method, url, body, key=writer.tenant.test_key, **filled(headers, revision))
    assert sandbox.status_code == answer.status_code
    assert str((await writer.good("GET", f"{CALLS}/abc"))["revision"]) == revision
    mate = (await issue_key(writer.tenant.database, writer.tenant.organization)).text
    good = await writer.send(method, url, body, key=mate, **filled(headers, revision))
    assert good.status_code in (200, 201, 204), good.text


async def test_a_key_without_read_reads_nowhere(writer: Writer) -> None:
    key = await writer.key("write")
    for path in ("/stuut/v1/calls", "/stuut/v2/calls", "/skipcall/v1/calls"):
        assert (await writer.send("GET", path, key=key)).status_code == 403
    assert (await writer.send("POST", "/whippy/v1/calls/search", {}, key=key)).status_code == 403


async def test_other_paths_and_methods_have_the_same_shape(writer: Writer) -> None:
    refused(await writer.send("GET", "/api/v1/cals"), 404, "not_found")
    refused(await writer.send("POST", f"{CALLS}/abc", {}), 405, "method_not_allowed")
    refused(await writer.send("GET", "/api/v1/records/partnr/p"), 404, "not_found")
    page = await writer.tenant.client.get("/api/problems/not_found")
    assert (page.status_code, "not_found" in page.text) == (200, True)
    refused(await writer.send("GET", "/api/problems/nonsense"), 404, "not_found")


@pytest.mark.parametrize("name", ["%00", "a%ff", "x" * 900, "%F0%9F%98%80", "call_01h455vb4pex5vsknk084sn02q"])
async def test_an_id_that_is_none_of_ours_is_404(writer: Writer, name: str) -> None:
    refused(await writer.send("GET", f"{CALLS}/{name}"), 404, "not_found")
    refused(await writer.send("GET", f"/api/v1/records/partner/{name}"), 404, "not_found")
    refused(await writer.send("DELETE", f"{CALLS}/{name}"), 404, "not_found")
