"""Draws from a seeded generator: picks, ids and shuffled decks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import TypeVar

T = TypeVar("T")

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Ten bits at a time are two characters: thirteen look-ups make a whole id.
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices, each as likely as the others."""
    return choices[int(rng.random() * len(choices))]


def between(rng: Random, low: int, high: int) -> int:
    """A whole number, both ends included."""
    return low + int(rng.random() * (high - low + 1))


def uuid7_bits(rng: Random, when: datetime) -> int:
    """The 128 bits of a version 7 UUID made at that moment."""
    milliseconds = int(when.timestamp() * 1000)
    noise = rng.getrandbits(74)
    return (milliseconds << 80) | (7 << 76) | ((noise >> 62) << 64) | (2 << 62) | (noise & (2**62 - 1))


def typed_id(rng: Random, prefix: str, when: datetime) -> str:
    """Prefix, underscore and 26 base32 characters of a version 7 UUID."""
    bits = uuid7_bits(rng, when)
    pairs = _PAIRS
    return f"{prefix}_" + "".join([pairs[(bits >> shift) & 1023] for shift in range(120, -1, -10)])


def uuid_text(bits: int) -> str:
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uuid4(rng: Random) -> str:
    """A random (version 4) UUID as text."""
    noise = rng.getrandbits(122)
    bits = ((noise >> 74) << 80) | (4 << 76) | (((noise >> 62) & 0xFFF) << 64) | (2 << 62)
    return uuid_text(bits | (noise & (2**62 - 1)))


def hexes(rng: Random, digits: int) -> str:
    """That many hexadecimal digits."""
    return f"{rng.getrandbits(digits * 4):0{digits}x}"


def deal(rng: Random, cards: Sequence[T]) -> Iterator[T]:
    """Cards in a random order, every one of them before any comes again, for ever.

    Each outcome gets its share in any run of a few dozen draws, so that even a small demo shows
    the rare ones; independent draws would not promise that.
    """
    while True:
        hand = list(cards)
        rng.shuffle(hand)
        yield from hand
