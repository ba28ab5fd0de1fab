"""Vapi's proofs of origin: HMAC with and without a signed timestamp, the secret itself, a bearer token."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.vapi.signature import delivery_id, verify

SECRET = "vapi-secret"
BODY = fixture(__file__, "end_of_call_report.json")
SECONDS = int(NOW.timestamp())


def digest(message: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


@pytest.mark.parametrize("names", [("X-Vapi-Signature", "X-Vapi-Timestamp"), ("x-signature", "x-timestamp")])
@pytest.mark.parametrize("timestamp", [str(SECONDS), str(SECONDS * 1000 + 250), NOW.isoformat()])
def test_a_signed_timestamp_has_a_window_of_five_minutes(names: tuple[str, str], timestamp: str) -> None:
    signed = digest(timestamp.encode() + b"." + BODY)
    for text in (signed.hex(), f"sha256={signed.hex()}", base64.b64encode(signed).decode()):
        assert verify({names[0]: text, names[1]: timestamp}, BODY, URL, SECRET, NOW).accepted
    headers = {names[0]: signed.hex(), names[1]: timestamp}
    refused(verify(headers, BODY + b" ", URL, SECRET, NOW), "wrong")
    refused(verify(headers | {names[1]: str(SECONDS + 1)}, BODY, URL, SECRET, NOW), "wrong")
    refused(verify({names[0]: signed.hex()}, BODY, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_outside_the_window_it_is_stale(seconds: int) -> None:
    timestamp = str(SECONDS + seconds)
    signed = digest(timestamp.encode() + b"." + BODY).hex()
    verdict = verify({"x-signature": signed, "x-timestamp": timestamp}, BODY, URL, SECRET, NOW)
    refused(verdict, "stale")


def test_a_signed_timestamp_that_is_no_time_is_wrong() -> None:
    signed = digest(b"yesterday." + BODY).hex()
    refused(verify({"x-signature": signed, "x-timestamp": "yesterday"}, BODY, URL, SECRET, NOW), "wrong")


def test_a_signature_without_a_timestamp_is_of_the_body_alone() -> None:
    assert verify({"x-vapi-signature": digest(BODY).hex()}, BODY, URL, SECRET, NOW).accepted
    refused(verify({"x-vapi-signature": digest(BODY, "other").hex()}, BODY, URL, SECRET, NOW), "wrong")
    refused(verify({"x-vapi-signature": digest(BODY, "").hex()}, BODY, URL, "", NOW), "wrong")


@pytest.mark.parametrize("headers", [{"X-Vapi-Secret": SECRET}, {"Authorization": f"Bearer {SECRET}"}])
def test_the_secret_itself_is_accepted(headers: dict[str, str]) -> None:
    assert verify(headers, BODY, URL, SECRET, NOW).accepted
    refused(verify(headers, BODY, URL, "other", NOW), "wrong")
    refused(verify(headers, BODY, URL, "", NOW), "wrong")


def test_a_signature_decides_even_beside_the_secret() -> None:
    headers = {"x-vapi-secret": SECRET, "x-vapi-signature": "00"}
    refused(verify(headers, BODY, URL, SECRET, NOW), "wrong")


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}, {"x-timestamp": "1"}]
)
def test_nothing_is_missing(headers: dict[str, str]) -> None:
    refused(verify(headers, BODY, URL, SECRET, NOW), "missing")


def test_a_delivery_is_known_by_its_body() -> None:
    assert delivery_id({}, BODY) == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
