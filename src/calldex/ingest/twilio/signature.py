"""Twilio's signature: ``X-Twilio-Signature`` over the URL and the form (documented: the vendor's own package).

It is the base64 of an HMAC under the account's auth token: SHA-1, or SHA-256 where the delivery says that it
was signed with a shared key. A form is signed parameter by parameter; any other body by its SHA-256, which is
part of the URL. Nothing in it tells the time, so there is no replay window: a repeated delivery is known by its
id and changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit

from calldex.ingest.verdicts import ACCEPTED, Verdict, given_id, header, mac, missing, same, wrong

FORM: Final = "application/x-www-form-urlencoded"
_ALGORITHMS: Final = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORTS: Final = {"https": 443, "http": 80}


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str, now: datetime) -> Verdict:
    """Whether Twilio signed this body for this URL with this auth token.

    ``url`` is the one that Twilio called, scheme, host and query included; behind a proxy that is not the one
    that this server was called by.
    """
    del now
    given = header(headers, "x-twilio-signature")
    if given is None:
        return missing("the header X-Twilio-Signature")
    algorithm = _algorithm(header(headers, "x-twilio-webhooks-signature-settings"))
    if algorithm is None:
        return wrong("X-Twilio-Webhooks-Signature-Settings names an algorithm that is not known")
    signed = _signed_form(body) if is_form(header(headers, "content-type")) else _signed_body(body, url)
    if signed is None:
        return wrong("the body is not what the URL's bodySHA256 or the form's encoding says")
    expected = [_signature(secret, address + signed, algorithm) for address in _spellings(url)]
    matches = [same(given, one) for one in expected]
    if not secret or not any(matches):
        return wrong("X-Twilio-Signature is not that of this URL and body under this auth token")
    return ACCEPTED


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """Twilio's own token, which its retries repeat; else the digest of the body."""
    return given_id(header(headers, "i-twilio-idempotency-token"), body)


def is_form(content_type: str | None) -> bool:
    """Whether a body of this content type is a form, as all of Twilio's voice callbacks are."""
    return content_type is None or content_type.split(";")[0].strip().lower() == FORM


def _algorithm(settings: str | None) -> str | None:
    for part in (settings or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return _ALGORITHMS.get(value.strip().upper())
    return "sha1"


def _signed_form(body: bytes) -> str | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    return "".join(name + value for name, value in sorted(set(pairs)))


def _signed_body(body: bytes, url: str) -> str | None:
    digests = parse_qs(url.partition("?")[2]).get("bodySHA256")
    if not digests or not same(digests[0].lower(), hashlib.sha256(body).hexdigest()):
        return None
    return ""


def _signature(secret: str, signed: str, algorithm: str) -> str:
    return base64.b64encode(mac(secret.encode(), signed.encode("utf-8", "surrogatepass"), algorithm)).decode()


def _spellings(url: str) -> list[str]:
    """The URL with and without its port: Twilio signs either."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [url]
    bare = parts.netloc[: -len(f":{port}")] if port is not None else parts.netloc
    standard = port if port is not None else _PORTS.get(parts.scheme, 80)
    return list(dict.fromkeys([url, _at(parts, bare), _at(parts, f"{bare}:{standard}")]))


def _at(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()
