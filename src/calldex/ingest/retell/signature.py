"""Retell's signature: ``x-retell-signature: v=<milliseconds>,d=<hex>`` (documented: the vendor's own package).

The digest is HMAC-SHA256, under the account's API key, of the body followed by the milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from calldex.ingest.verdicts import Verdict, body_id, header, in_window, mac, missing, same, wrong

WINDOW: Final = timedelta(minutes=5)
_FORM: Final = re.compile(r"v=(\d{1,16}),d=([0-9a-f]{64})\Z", re.ASCII)


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether Retell signed this body with this API key in the last five minutes."""
    del url
    given = header(headers, "x-retell-signature")
    if given is None:
        return missing("the header X-Retell-Signature")
    match = _FORM.fullmatch(given)
    if match is None:
        return wrong("X-Retell-Signature is not of the form v=<milliseconds>,d=<hexadecimal>")
    sent = int(match[1])
    expected = mac(secret.encode(), body + str(sent).encode()).hex()
    if not secret or not same(match[2], expected):
        return wrong("X-Retell-Signature is not that of this body under this API key")
    return in_window(sent, now, WINDOW)


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """The digest of the body: Retell repeats a delivery with the same body and gives it no id."""
    del headers
    return body_id(body)
