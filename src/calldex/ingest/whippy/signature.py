"""Whippy's signature: ``X-Whippy-Signature``, HMAC-SHA256 of the body under the application's key.

The encoding is not documented, so hexadecimal and base64 are both taken. No timestamp is part of the scheme, so
there is no replay window: a repeated delivery is known by its ``request_id`` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from calldex.core.errors import InvalidRequest
from calldex.core.facts import read_object
from calldex.ingest.verdicts import ACCEPTED, Verdict, body_id, given_id, header, is_mac, mac, missing, wrong


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether Whippy signed this body with this application's key."""
    del url, now
    given = header(headers, "x-whippy-signature")
    if given is None:
        return missing("the header X-Whippy-Signature")
    if not is_mac(given, mac(secret.encode(), body)) or not secret:
        return wrong("X-Whippy-Signature is not that of this body under this key")
    return ACCEPTED


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The ``request_id`` in the body; the digest of a body that has none."""
    del headers
    try:
        return given_id(read_object(body).get("request_id"), body)
    except (InvalidRequest, RecursionError):
        return body_id(body)
