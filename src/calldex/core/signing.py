"""Text that only this installation can have made: what it says is signed, and may end at a time."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from typing import Final

_MARK_BYTES: Final = 20


def sign(purpose: str, said: bytes, secret: bytes) -> str:
    """Text for a URL that carries what is said. A text made for one purpose is no good for another."""
    return _text(_mark(purpose, said, secret) + said)


def read_signed(purpose: str, text: str, secret: bytes) -> bytes | None:
    """What a text of ``sign`` says; None for any other text."""
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        return None
    mark, said = whole[:_MARK_BYTES], whole[_MARK_BYTES:]
    # The text itself is compared too: base 64 has several spellings of the same bytes.
    genuine = hmac.compare_digest(mark, _mark(purpose, said, secret)) and _text(whole) == text
    return said if genuine else None


def _mark(purpose: str, said: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + said, sha256)[:_MARK_BYTES]


def _text(whole: bytes) -> str:
    return urlsafe_b64encode(whole).rstrip(b"=").decode()
