"""Standard Webhooks (1.0.0, symmetric): ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``.

The signature is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``. Several, with blanks between,
may be sent while a secret is changed. The secret is base64, after ``whsec_``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from calldex.ingest.verdicts import (
    Verdict,
    from_base64,
    given_id,
    header,
    in_window,
    mac,
    missing,
    same,
    whole_number,
    wrong,
)

WINDOW: Final = timedelta(minutes=5)
PREFIX: Final = "whsec_"


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether one of the signatures is this body's under this secret, made in the last five minutes."""
    del url
    found = [header(headers, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    identity, timestamp, given = found
    if identity is None or timestamp is None or given is None:
        return missing("one of the headers webhook-id, webhook-timestamp and webhook-signature")
    sent = whole_number(timestamp)
    if sent is None:
        return wrong("webhook-timestamp is no whole number of seconds")
    key = from_base64(secret.removeprefix(PREFIX))
    if not key:
        return wrong("this source's secret is not base64")
    message = b".".join((identity.encode("utf-8", "surrogatepass"), timestamp.encode(), body))
    expected = base64.b64encode(mac(key, message)).decode()
    matches = [same(one.removeprefix("v1,"), expected) for one in given.split() if one.startswith("v1,")]
    if not any(matches):
        return wrong("no signature in webhook-signature is that of this body under this secret")
    return in_window(sent * 1000, now, WINDOW)


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The ``webhook-id``, which a repeated delivery repeats."""
    return given_id(header(headers, "webhook-id"), body)
