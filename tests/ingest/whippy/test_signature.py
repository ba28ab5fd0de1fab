"""Whippy's signature: HMAC-SHA256 of the body under the application's key, in hexadecimal or base64."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.whippy.signature import delivery_id, verify

SECRET = "whippy-application-key"
BODY = fixture(__file__, "call_started.json")
DIGEST = hmac.new(SECRET.encode(), BODY, hashlib.sha256).digest()


@pytest.mark.parametrize("signature", [DIGEST.hex(), base64.b64encode(DIGEST).decode()])
def test_both_encodings_are_accepted_and_no_other_body_or_secret_is(signature: str) -> None:
    headers = {"X-Whippy-Signature": signature}
    assert verify(headers, BODY, URL, SECRET, NOW).accepted
    refused(verify(headers, BODY + b" ", URL, SECRET, NOW), "wrong")
    refused(verify(headers, BODY, URL, "other", NOW), "wrong")
    refused(verify(headers, BODY, URL, "", NOW), "wrong")


@pytest.mark.parametrize("signature", [DIGEST.hex().upper(), DIGEST.hex()[:-1], "é", "\udcff", "=" * 44])
def test_other_encodings_are_wrong(signature: str) -> None:
    refused(verify({"x-whippy-signature": signature}, BODY, URL, SECRET, NOW), "wrong")


def test_no_signature_is_missing() -> None:
    refused(verify({}, BODY, URL, SECRET, NOW), "missing")


def test_the_request_id_is_the_deliverys_identity() -> None:
    assert delivery_id({}, BODY) == "07b5d3e9-4a1c-4f62-8d90-6e2f1a7c3b98"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"request_id": 7}', b'{"request_id": "a\\u0000"}', b"[" * 100_000]
)
def test_a_body_without_one_is_known_by_its_digest(body: bytes) -> None:
    assert delivery_id({}, body) == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_long_request_id_is_shortened_to_its_digest() -> None:
    body = b'{"request_id": "' + b"a" * 5000 + b'"}'
    assert delivery_id({}, body) == f"sha256:{hashlib.sha256(b'a' * 5000).hexdigest()}"
