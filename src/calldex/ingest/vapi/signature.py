"""Vapi's proofs of origin (documented: docs.vapi.ai/server-url/server-authentication and Vapi's own package).

The operator chooses one. HMAC: a signature in ``X-Vapi-Signature`` or ``X-Signature``, HMAC-SHA256 as
hexadecimal or base64, with or without ``sha256=`` before it, over ``timestamp.body`` where ``X-Vapi-Timestamp``
or ``X-Timestamp`` holds a timestamp and over the body alone where neither is sent. Or the secret itself, in
``X-Vapi-Secret`` or as a bearer token. Only a signed timestamp gives a replay window.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from calldex.core.times import parse_instant
from calldex.ingest.verdicts import (
    ACCEPTED,
    Verdict,
    body_id,
    header,
    in_window,
    is_mac,
    mac,
    missing,
    same,
    whole_number,
    wrong,
)

WINDOW: Final = timedelta(minutes=5)
_SIGNATURES: Final = ("x-vapi-signature", "x-signature")
_TIMESTAMPS: Final = ("x-vapi-timestamp", "x-timestamp")
_FIRST_IN_MILLISECONDS: Final = 100_000_000_000
"""A timestamp from here on counts milliseconds: as seconds it would be after the year 5000."""


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether the delivery is signed with the secret or holds it. A signature, where there is one, decides."""
    del url
    signature = _first(headers, _SIGNATURES)
    if signature is not None:
        return _signed(signature, _first(headers, _TIMESTAMPS), body, secret, now)
    given = header(headers, "x-vapi-secret") or _bearer(header(headers, "authorization"))
    if given is None:
        return missing("a header X-Vapi-Signature or X-Vapi-Secret")
    if not same(given, secret) or not secret:
        return wrong("the secret that the delivery holds is not this source's")
    return ACCEPTED


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The digest of the body: Vapi gives its deliveries no id."""
    del headers
    return body_id(body)


def _signed(signature: str, timestamp: str | None, body: bytes, secret: str, now: datetime) -> Verdict:
    message = body if timestamp is None else timestamp.encode("utf-8", "surrogatepass") + b"." + body
    if not is_mac(signature.removeprefix("sha256="), mac(secret.encode(), message)) or not secret:
        return wrong("X-Vapi-Signature is not that of this body under this secret")
    if timestamp is None:
        return ACCEPTED
    sent = _milliseconds(timestamp)
    return wrong("the timestamp that was signed cannot be read") if sent is None else in_window(sent, now, WINDOW)


def _milliseconds(timestamp: str) -> int | None:
    count = whole_number(timestamp)
    if count is not None:
        return count if count >= _FIRST_IN_MILLISECONDS else count * 1000
    try:
        return int(parse_instant(timestamp).timestamp() * 1000)
    except ValueError:
        return None


def _first(headers: Mapping[str, str], candidates: tuple[str, ...]) -> str | None:
    return next((value for name in candidates if (value := header(headers, name)) is not None), None)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
