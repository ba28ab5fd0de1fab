"""Whether a delivery is the sender's own: the verdict, and the comparisons that all schemes share."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

_WHOLE: Final = re.compile(r"\d{1,16}\Z", re.ASCII)
_LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a signature. ``message`` is a sentence for the sender, and never holds a secret.

    ``missing``: there is none. ``wrong``: there is one, and it is not this body's under this secret. ``stale``:
    it is right and outside the sender's replay window.
    """

    outcome: Literal["accepted", "missing", "wrong", "stale"]
    message: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the delivery may be kept and read."""
        return self.outcome == "accepted"


ACCEPTED: Final = Verdict("accepted")


def missing(what: str) -> Verdict:
    """The verdict on a delivery without the header that carries the signature."""
    return Verdict("missing", f"The delivery is not signed: {what} is missing.")


def wrong(what: str) -> Verdict:
    """The verdict on a signature that is malformed or of another body, URL or secret."""
    return Verdict("wrong", f"The signature is wrong: {what}.")


def in_window(sent_milliseconds: int, now: datetime, window: timedelta) -> Verdict:
    """Accepted, or stale when a signature that is right was made too long ago or too far ahead."""
    distance = abs(now.timestamp() * 1000 - sent_milliseconds)
    if distance <= window / timedelta(milliseconds=1):
        return ACCEPTED
    minutes = window // timedelta(minutes=1)
    return Verdict(
        "stale", f"The timestamp is stale: the signature was made more than {minutes} minutes away from our clock."
    )


def header(headers: Mapping[str, str], name: str) -> str | None:
    """The header's value, whatever its letter case; None when it is absent or empty."""
    direct = headers.get(name)
    if direct is None:
        direct = next((value for key, value in headers.items() if key.lower() == name), None)
    return direct.strip() or None if direct is not None else None


def whole_number(text: str) -> int | None:
    """The number that a timestamp of plain digits is, or None."""
    return int(text) if _WHOLE.fullmatch(text) else None


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, found out in a time that does not tell how far they agree."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def mac(secret: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """The HMAC of a message."""
    return hmac.new(secret, message, algorithm).digest()


def is_mac(given: str, expected: bytes) -> bool:
    """Whether a text is this MAC, as lower-case hexadecimal or as base64."""
    as_hex = same(given, expected.hex())
    as_base64 = same(given, base64.b64encode(expected).decode())
    return as_hex or as_base64


def from_base64(text: str) -> bytes | None:
    """The bytes of a base64 text, or None for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def body_id(body: bytes) -> str:
    """What identifies a delivery of a sender that gives its deliveries no id: the digest of its body."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def given_id(given: object, body: bytes) -> str:
    """The sender's own id of a delivery where it is one; else the digest of the body."""
    if isinstance(given, str) and given and "\0" not in given and given.isprintable():
        return given if len(given) <= _LONGEST_ID else body_id(given.encode())
    return body_id(body)
