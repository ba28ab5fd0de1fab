"""The form of an API key: what one looks like, how it is checked, what is kept of it."""

import hmac
import secrets
import zlib
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

SCOPES = ("read", "write", "approve")
"""What a key may be allowed to do: see calls, write them, decide about those that wait for approval."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LETTERS = frozenset(_ALPHABET)
_PREFIXES = {"sk_live_": False, "sk_test_": True}
_PREFIX_LENGTH = 8
_SHORT_LENGTH = 10
_RANDOM_LENGTH = 32  # 190 bits: guessing is hopeless, so a fast keyed hash is enough.
_CHECKSUM_LENGTH = 6  # 62 ** 6 is the first power of 62 that holds a 32-bit checksum.
_KEY_LENGTH = _PREFIX_LENGTH + _SHORT_LENGTH + _RANDOM_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: the organization that a key belongs to, what the key may do, and how it is called.

    For a test key the organization is the sandbox.
    """

    organization_id: int
    organization_public_id: UUID
    key_id: UUID
    test: bool
    scopes: frozenset[str]
    name: str | None = None

    def may(self, scope: str) -> bool:
        """Whether the key has the scope; one that was issued without any has them all."""
        return not self.scopes or scope in self.scopes


@dataclass(frozen=True, slots=True)
class KeyParts:
    """A key whose form and checksum are right; whether it was ever issued is another question."""

    text: str
    short: str
    test: bool


def make_key(*, test: bool) -> KeyParts:
    """A new key. Its text is shown once and then forgotten."""
    short = _random_text(_SHORT_LENGTH)
    body = visible_key(short, test=test) + _random_text(_RANDOM_LENGTH)
    return KeyParts(text=body + _checksum(body), short=short, test=test)


def visible_key(short: str, *, test: bool) -> str:
    """The part of a key that may be shown, by which its owner knows it again."""
    return ("sk_test_" if test else "sk_live_") + short


def parse_key(text: str) -> KeyParts | None:
    """The parts of a key, or None when the text cannot be one, which costs no look-up."""
    if len(text) != _KEY_LENGTH:
        return None
    test = _PREFIXES.get(text[:_PREFIX_LENGTH])
    if test is None or not _LETTERS.issuperset(text[_PREFIX_LENGTH:]):
        return None
    if text[-_CHECKSUM_LENGTH:] != _checksum(text[:-_CHECKSUM_LENGTH]):
        return None
    short = text[_PREFIX_LENGTH : _PREFIX_LENGTH + _SHORT_LENGTH]
    return KeyParts(text=text, short=short, test=test)


def hash_key(text: str, secret: bytes) -> bytes:
    """What is stored of a key: useless to whoever has the database but not the secret."""
    return hmac.digest(secret, text.encode(), sha256)


def same_hash(one: bytes, other: bytes) -> bool:
    """Compare two hashes in a time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
