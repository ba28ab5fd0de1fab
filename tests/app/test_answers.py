"""What every answer carries, whatever it is: ids, headers, compression, one line of log."""

import gzip

import pytest

from calldex.actions.issue_key import IssuedKey
from calldex.store.organizations import Organization

from .conftest import Running, Shared


@pytest.fixture
def tiny(shared: Shared) -> Running:
    shared.running.stream.seek(0)
    shared.running.stream.truncate()
    return shared.running


@pytest.fixture
def key(shared: Shared) -> IssuedKey:
    return shared.key


@pytest.fixture
def organization(shared: Shared) -> Organization:
    return shared.organization


def bearer(key: IssuedKey) -> dict[str, str]:
    return {"Authorization": f"Bearer {key.text}"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 303),
        ("/apis", 200),
        ("/healthz", 200),
        ("/nowhere", 404),
        ("/tiny", 307),
        ("/tiny/nowhere", 404),
        ("/tiny/v1/things/1", 401),
        ("/tiny/v1/broken", 500),
        ("/tiny/v1/outage", 503),
        ("/tiny/v1/things/%00", 404),
        ("/tiny/v1/things/%ff", 404),
    ],
)
async def test_every_answer_has_an_id_and_safe_headers(tiny: Running, path: str, status: int) -> None:
    answer = await tiny.client.get(path, headers={"X-Request-Id": "from-the-client.1"})
    assert answer.status_code == status
    assert answer.headers["x-request-id"] == "from-the-client.1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert [line["request_id"] for line in tiny.log if line["event"] == "request"] == ["from-the-client.1"]


async def test_a_strange_request_id_is_replaced(tiny: Running) -> None:
    for strange in ("has blanks in it", "x" * 129, 'quote"d', "<b>"):
        answer = await tiny.client.get("/healthz", headers={"X-Request-Id": strange})
        assert len(answer.headers["x-request-id"]) == 24


async def test_the_log_has_the_organization_and_never_the_key(
    tiny: Running, key: IssuedKey, organization: Organization
) -> None:
    await tiny.client.get("/tiny/v1/things/one?phone=%2B12025550100", headers=bearer(key))
    (line,) = tiny.log
    assert line["organization"] == str(organization.public_id)
    assert line["key_id"] == str(key.id)
    assert (line["surface"], line["route"], line["status"]) == ("tiny", "/tiny/v1/things/{thing_id}", 200)
    assert line["ms"] > 0
    text = tiny.stream.getvalue()
    assert key.text not in text
    assert "2025550100" not in text


async def test_a_surprise_is_logged_once_and_told_to_nobody(tiny: Running) -> None:
    answer = await tiny.client.get("/tiny/v1/broken")
    assert answer.json() == {
        "tiny": "internal_error",
        "says": "Something went wrong on our side; the log has more under the request id.",
        "status": 500,
    }
    surprises = [line for line in tiny.log if line["event"] == "unexpected error"]
    assert len(surprises) == 1
    assert surprises[0]["request_id"] == answer.headers["x-request-id"]
    assert "ValueError" in surprises[0]["exception"]


async def test_an_outage_is_503_without_a_traceback(tiny: Running) -> None:
    answer = await tiny.client.get("/tiny/v1/outage")
    assert (answer.status_code, answer.json()["tiny"]) == (503, "unavailable")
    assert "exception" not in tiny.stream.getvalue()


async def test_large_answers_are_compressed_for_those_who_ask(tiny: Running) -> None:
    plain = await tiny.client.get("/tiny/v1/big?size=50000", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    async with tiny.client.stream("GET", "/tiny/v1/big?size=50000", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(raw) < len(plain.content) / 10
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize("offer", ["", "br", "gzip;q=0", "gzip; q=0.0, br"])
async def test_nothing_is_compressed_unasked(tiny: Running, offer: str) -> None:
    answer = await tiny.client.get("/tiny/v1/big?size=5000", headers={"Accept-Encoding": offer})
    assert "content-encoding" not in answer.headers
    assert len(answer.json()) == 5000


async def test_small_answers_stay_as_they_are(tiny: Running) -> None:
    answer = await tiny.client.get("/tiny/v1/big?size=5", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


async def test_the_index_page_lists_the_operations(tiny: Running) -> None:
    page = (await tiny.client.get("/apis")).text
    assert "GET /tiny/v1/things/{thing_id}" in page
    assert "http://" not in page
    assert "https://" not in page


async def test_the_reference_needs_nothing_from_elsewhere(tiny: Running) -> None:
    page = await tiny.client.get("/tiny/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    script = await tiny.client.get("/static/rapidoc-min.js")
    assert script.status_code == 200
    assert script.headers["content-type"].startswith("text/javascript")
    again = await tiny.client.get("/static/rapidoc-min.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    assert (await tiny.client.get("/static/../settings.py")).status_code == 404
    description = (await tiny.client.get("/tiny/openapi.json")).json()
    assert description["openapi"].startswith("3.1")
    assert description["servers"] == [{"url": "/tiny"}]
