"""Deliveries as their senders sign them, made with the vendors' own packages where there are any."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

_ED25519 = Ed25519PrivateKey.from_private_bytes(b"telnyx telnyx telnyx telnyx tel!")

SECRETS = {
    "retell": "key_5d0e7c5d0e7c5d0e7c5d0e7c",
    "twilio": "5d0e7c5d0e7c5d0e7c5d0e7c5d0e7c51",
    "whippy": "whippy-application-key-1",
    "vapi": "vapi-secret-1",
    "elevenlabs": "wsec_5d0e7c5d0e7c5d0e7c5d0e7c",
    "telnyx": base64.b64encode(_ED25519.public_key().public_bytes_raw()).decode(),
    "generic": "whsec_" + base64.b64encode(b"generic generic generic generic!").decode(),
}

Sign = Callable[[bytes, str, str, datetime], dict[str, str]]


def _mac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _retell(body: bytes, _url: str, secret: str, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp() * 1000))
    return {"x-retell-signature": f"v={stamp},d={_mac(secret, body + stamp.encode())}"}


def _twilio(body: bytes, url: str, secret: str, _now: datetime) -> dict[str, str]:
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signature = RequestValidator(secret).compute_signature(url, form)
    return {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}


def _elevenlabs(body: bytes, _url: str, secret: str, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    return {"elevenlabs-signature": f"t={stamp},v0={_mac(secret, stamp.encode() + b'.' + body)}"}


def _telnyx(body: bytes, _url: str, _secret: str, now: datetime) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    signature = base64.b64encode(_ED25519.sign(stamp.encode() + b"|" + body)).decode()
    return {"telnyx-signature-ed25519": signature, "telnyx-timestamp": stamp}


def _generic(body: bytes, _url: str, secret: str, now: datetime) -> dict[str, str]:
    name = f"msg_{hashlib.sha256(body).hexdigest()[:20]}"
    signature = Webhook(secret).sign(name, now, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


SIGN: dict[str, Sign] = {
    "retell": _retell,
    "twilio": _twilio,
    "whippy": lambda body, _url, secret, _now: {"x-whippy-signature": _mac(secret, body)},
    "vapi": lambda _body, _url, secret, _now: {"x-vapi-secret": secret},
    "elevenlabs": _elevenlabs,
    "telnyx": _telnyx,
    "generic": _generic,
}


def signed(
    sender: str, body: bytes, url: str, *, secret: str | None = None, age: timedelta = timedelta()
) -> dict[str, str]:
    """The headers of a delivery that its sender signs, with another secret or some time ago if wanted."""
    return SIGN[sender](body, url, secret or SECRETS[sender], datetime.now(UTC) - age)


def generic_event(kind: str, name: str, second: int, **data: Any) -> bytes:
    """An event of our own."""
    stamp = f"2026-03-12T15:00:{second:02d}Z"
    return json.dumps({"type": kind, "timestamp": stamp, "data": {"id": name, **data}}).encode()
