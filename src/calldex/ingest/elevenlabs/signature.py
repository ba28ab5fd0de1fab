"""ElevenLabs' signature: ``ElevenLabs-Signature: t=<seconds>,v0=<hex>`` (documented: the vendor's own package).

The digest is HMAC-SHA256, under the webhook's secret, of the seconds, a full stop and the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from calldex.ingest.verdicts import Verdict, body_id, header, in_window, mac, missing, same, whole_number, wrong

WINDOW: Final = timedelta(minutes=30)


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether ElevenLabs signed this body with this secret in the last half hour."""
    del url
    given = header(headers, "elevenlabs-signature")
    if given is None:
        return missing("the header ElevenLabs-Signature")
    parts = [part.strip().partition("=") for part in given.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [value for name, _, value in parts if name == "v0"]
    sent = whole_number(times[0]) if len(times) == 1 else None
    if sent is None or not digests:
        return wrong("ElevenLabs-Signature is not of the form t=<seconds>,v0=<hexadecimal>")
    expected = mac(secret.encode(), times[0].encode() + b"." + body).hex()
    matches = [same(digest, expected) for digest in digests]
    if not secret or not any(matches):
        return wrong("ElevenLabs-Signature is not that of this body under this secret")
    return in_window(sent * 1000, now, WINDOW)


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The digest of the body: ElevenLabs gives its deliveries no id."""
    del headers
    return body_id(body)
