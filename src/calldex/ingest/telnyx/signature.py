"""Telnyx's signature: ``telnyx-signature-ed25519`` over ``timestamp|body`` (documented: the vendor's own package).

What an operator enters as the secret is the account's public key, in base64.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from calldex.core.errors import InvalidRequest
from calldex.core.facts import read_object
from calldex.ingest.verdicts import (
    Verdict,
    body_id,
    from_base64,
    given_id,
    header,
    in_window,
    missing,
    whole_number,
    wrong,
)

WINDOW: Final = timedelta(minutes=5)


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether Telnyx signed this body for the account of this public key in the last five minutes."""
    del url
    given, timestamp = header(headers, "telnyx-signature-ed25519"), header(headers, "telnyx-timestamp")
    if given is None or timestamp is None:
        return missing("the header Telnyx-Signature-Ed25519 or Telnyx-Timestamp")
    signature, sent = from_base64(given), whole_number(timestamp)
    if signature is None or sent is None:
        return wrong("Telnyx-Signature-Ed25519 is not base64, or Telnyx-Timestamp is no whole number")
    try:
        key = Ed25519PublicKey.from_public_bytes(from_base64(secret.strip()) or b"")
    except ValueError:
        return wrong("this source's public key is not 32 bytes in base64")
    try:
        key.verify(signature, timestamp.encode() + b"|" + body)
    except InvalidSignature:
        return wrong("Telnyx-Signature-Ed25519 is not that of this body under this public key")
    return in_window(sent * 1000, now, WINDOW)


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The event's id; the digest of a body that has none."""
    del headers
    try:
        data = read_object(body).get("data")
    except (InvalidRequest, RecursionError):
        return body_id(body)
    return given_id(data.get("id") if isinstance(data, dict) else None, body)
