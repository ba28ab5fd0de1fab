"""What is malformed or too large is refused in the surface's own shape, and never with a 500."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from calldex.actions.issue_key import IssuedKey

from .conftest import Running, Shared

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def tiny(shared: Shared) -> Running:
    shared.running.stream.seek(0)
    shared.running.stream.truncate()
    return shared.running


@pytest.fixture
def key(shared: Shared) -> IssuedKey:
    return shared.key


async def raw(running: Running, request: bytes) -> bytes:
    """The whole answer to bytes that no client library would send."""
    port = int(running.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


def assert_refused(answer: httpx.Response, status: int, code: str) -> str:
    assert answer.status_code == status, answer.text
    assert answer.json()["tiny"] == code
    assert "x-request-id" in answer.headers
    return str(answer.json()["says"])


async def test_unknown_paths_and_methods(tiny: Running) -> None:
    says = assert_refused(await tiny.client.get("/tiny/v1/pears"), 404, "not_found")
    assert says == 'There is nothing at /v1/pears. Did you mean "/v1/pairs"?'
    answer = await tiny.client.delete("/tiny/v1/pairs")
    assert assert_refused(answer, 405, "method_not_allowed") == "DELETE is not allowed here. Allowed: GET."
    assert answer.headers["allow"] == "GET"
    elsewhere = await tiny.client.get("/v1/calls")
    assert elsewhere.status_code == 404
    assert elsewhere.json()["detail"] == "There is nothing at /v1/calls. Calldex serves /tiny; see /apis."


@pytest.mark.parametrize(
    ("thing", "status", "code"),
    [
        ("missing", 404, "not_found"),
        ("conflict", 409, "conflict"),
        ("invalid", 400, "invalid_request"),
        ("deadline", 504, "deadline_exceeded"),
        ("limited", 429, "rate_limited"),
    ],
)
async def test_core_errors_in_the_shape_of_the_surface(
    tiny: Running, key: IssuedKey, thing: str, status: int, code: str
) -> None:
    answer = await tiny.client.get(f"/tiny/v1/things/{thing}", headers={"X-Tiny-Key": key.text})
    assert_refused(answer, status, code)
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
    assert answer.headers["x-left"].isdigit()
    assert tiny.log[-1]["error"] == code


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The body is empty"),
        (b'{"a": NaN}', "invalid character at line 1, column 7"),
        (b'{\n "a": Infinity}', "line 2, column 7"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": "\\udc00x"}', "not valid JSON"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'[["\\u0000"]]', "NUL"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        (b'{"a": 1', "ends too early"),
        (b'{"a": 1} x', "trailing"),
        (b"[" * 4000, "nested too deeply"),
        (b'{"a": 1e999}', "out of range"),
    ],
)
async def test_broken_json(tiny: Running, body: bytes, words: str) -> None:
    answer = await tiny.client.post("/tiny/v1/things", content=body, headers=JSON)
    assert words in assert_refused(answer, 400, "invalid_request")


async def test_good_json_passes(tiny: Running) -> None:
    body = '{"a": ["\\ud83d\\ude00", 1, 2.5, null, true, "\\\\u0000", "é"]}'
    answer = await tiny.client.post("/tiny/v1/things", content=body.encode(), headers=JSON)
    assert answer.status_code == 201
    assert answer.json() == {"a": ["\N{GRINNING FACE}", 1, 2.5, None, True, "\\u0000", "é"]}
    for kind in ("application/json; charset=utf-8", "application/vnd.tiny+json", "Application/JSON"):
        answer = await tiny.client.post("/tiny/v1/things", content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
async def test_wrong_content_type(tiny: Running, kind: str) -> None:
    answer = await tiny.client.post("/tiny/v1/things", content=b"{}", headers={"Content-Type": kind})
    assert kind in assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("size", [4097, 1_000_000, 40_000_000])
async def test_a_body_over_the_limit(tiny: Running, size: int) -> None:
    if size > 20_000_000:
        # So much is not even read; the client may find the connection closed before it listens.
        head = f"POST /tiny/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
        text = await raw(tiny, head.encode())
        assert b" 413 " in text.split(b"\r\n", 1)[0]
        assert b'"tiny":"too_large"' in text
        return
    answer = await tiny.client.post("/tiny/v1/things", content=b" " * size, headers=JSON)
    assert "4096 bytes" in assert_refused(answer, 413, "too_large")
    assert answer.headers["connection"] == "close"


async def test_a_body_over_the_limit_in_chunks(tiny: Running) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    answer = await tiny.client.post("/tiny/v1/things", content=chunks(), headers=JSON)
    assert_refused(answer, 413, "too_large")
    assert (await tiny.client.get("/healthz")).status_code == 200


async def test_a_body_at_the_limit_in_chunks(tiny: Running) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'"'
        yield b"x" * 4094
        yield b'"'

    assert (await tiny.client.post("/tiny/v1/things", content=chunks(), headers=JSON)).status_code == 201


async def test_headers_over_the_limit(tiny: Running) -> None:
    for headers, query in (({"X-Large": "x" * 40_000}, ""), ({}, "?a=" + "x" * 40_000)):
        answer = await tiny.client.get(f"/tiny/v1/pairs{query}", headers=headers)
        assert "32768 are allowed" in assert_refused(answer, 431, "too_large")


async def test_an_endless_header_is_cut_off(tiny: Running) -> None:
    answer = await raw(tiny, b"GET /tiny/v1/pairs HTTP/1.1\r\nX-Endless: " + b"x" * 1_500_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("query", ["a=%00", "a=%ff", "%00=1", "a=%ed%a0%80", "x=1&b=%c3%28"])
async def test_bad_text_in_the_query(tiny: Running, query: str) -> None:
    says = assert_refused(await tiny.client.get(f"/tiny/v1/pairs?{query}"), 400, "invalid_request")
    assert "NUL" in says or "UTF-8" in says


async def test_pairs_keep_their_order_and_repeats(tiny: Running) -> None:
    answer = await tiny.client.get("/tiny/v1/pairs?b=2&a%5B%5D=1&b=+x%20y&&c&d=%C3%A9%2B")
    assert answer.json() == [["b", "2"], ["a[]", "1"], ["b", " x y"], ["c", ""], ["d", "é+"]]


async def test_too_many_parameters(tiny: Running) -> None:
    answer = await tiny.client.get("/tiny/v1/pairs?" + "a&" * 1001)
    assert "1000 are allowed" in assert_refused(answer, 400, "invalid_request")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /tiny/v1/things/\xff\xfe HTTP/1.1",
        b"GET /tiny/v1/pairs?a=\xff HTTP/1.1",
        b"GET http://[::bad/ HTTP/1.1",
        b"GET * HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
        b"GET /tiny/v1/things/%2e%2e/%00 HTTP/1.1",
        b"\x00\x01\x02",
    ],
)
async def test_garbage_is_never_a_500(tiny: Running, request_line: bytes) -> None:
    answer = await raw(tiny, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    status = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    assert status is None or status[1].startswith(b"4"), answer[:200]
