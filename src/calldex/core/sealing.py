"""Secrets of others that we must be able to read again: sealed for the database, open in memory only.

AES-256-GCM under a key that follows from the installation's secret. What is sealed is bound to its place, so
that a row copied to another place cannot be opened there.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
_NONCE = 12


def seal(secret: bytes, plain: str, place: str) -> bytes:
    """The text, sealed under the installation's secret for this place."""
    nonce = os.urandom(_NONCE)
    return _FORM + nonce + AESGCM(_key(secret)).encrypt(nonce, plain.encode(), place.encode())


def unseal(secret: bytes, sealed: bytes, place: str) -> str | None:
    """The text again; None when it was sealed under another secret or for another place."""
    nonce, text = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if sealed[:1] != _FORM:
        return None
    try:
        return AESGCM(_key(secret)).decrypt(nonce, text, place.encode()).decode()
    except (InvalidTag, ValueError):
        return None


def _key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"calldex: secrets of endpoints", sha256)
