"""Telnyx's signature: Ed25519 over ``timestamp|body``, five minutes (documented: telnyx, resources/webhooks.py)."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.ingest.deliveries import NOW, URL, fixture, refused

from calldex.ingest.telnyx.signature import delivery_id, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
OTHER = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()
BODY = fixture(__file__, "call_hangup.json")
SECONDS = int(NOW.timestamp())


def signed(body: bytes = BODY, seconds: int = SECONDS) -> dict[str, str]:
    signature = base64.b64encode(KEY.sign(f"{seconds}|".encode() + body)).decode()
    return {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": str(seconds)}


def test_what_is_signed_is_accepted() -> None:
    assert verify(signed(), BODY, URL, PUBLIC, NOW).accepted
    assert verify(signed(), BODY, URL, f" {PUBLIC}\n", NOW).accepted


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_window_is_five_minutes(seconds: int) -> None:
    beyond = seconds + (1 if seconds > 0 else -1)
    assert verify(signed(seconds=SECONDS + seconds), BODY, URL, PUBLIC, NOW).accepted
    refused(verify(signed(seconds=SECONDS + beyond), BODY, URL, PUBLIC, NOW), "stale")


def test_another_body_time_or_key_is_wrong() -> None:
    refused(verify(signed(), BODY + b" ", URL, PUBLIC, NOW), "wrong")
    refused(verify(signed() | {"Telnyx-Timestamp": str(SECONDS + 1)}, BODY, URL, PUBLIC, NOW), "wrong")
    refused(verify(signed(), BODY, URL, OTHER, NOW), "wrong")


@pytest.mark.parametrize("key", ["", "no base64", base64.b64encode(b"short").decode(), "é"])
def test_a_key_that_is_none_accepts_nothing(key: str) -> None:
    refused(verify(signed(), BODY, URL, key, NOW), "wrong")


@pytest.mark.parametrize("signature", ["é", "AAAA", "not base64!", base64.b64encode(bytes(64)).decode()])
def test_a_signature_that_is_none_is_wrong(signature: str) -> None:
    refused(verify(signed() | {"Telnyx-Signature-Ed25519": signature}, BODY, URL, PUBLIC, NOW), "wrong")
    refused(verify(signed() | {"Telnyx-Timestamp": "soon"}, BODY, URL, PUBLIC, NOW), "wrong")


@pytest.mark.parametrize("name", ["Telnyx-Signature-Ed25519", "Telnyx-Timestamp"])
def test_both_headers_are_needed(name: str) -> None:
    headers = {key: value for key, value in signed().items() if key != name}
    refused(verify(headers, BODY, URL, PUBLIC, NOW), "missing")


def test_the_events_id_is_the_deliverys_identity() -> None:
    assert delivery_id({}, BODY) == "0ccc7b54-4df3-4bca-a65a-3da1ecc777f3"
    for body in (b"", b"{}", b'{"data": []}', b'{"data": {"id": 4}}'):
        assert delivery_id({}, body) == f"sha256:{hashlib.sha256(body).hexdigest()}"
