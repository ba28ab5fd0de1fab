"""Phone numbers: kept as given, and compared by a key that does not depend on how they are written."""

from __future__ import annotations

import re

import phonenumbers

_PLAIN_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)
_ONLY_NUMBER = re.compile(r"(?:tel:)?\+?[\d\s().\-/\u2010-\u2015\u00a0]+(?:(?:x|ext\.?|;ext=)\s*\d+)?\Z", re.IGNORECASE)
_NOT_A_DIGIT = re.compile(r"\D", re.ASCII)

_INTERNATIONAL_DIGITS = 11
"""From this many digits on, a number without a plus is read as one that begins with its country's code."""


def e164(text: str) -> str | None:
    """The number as E.164, or None for a SIP address, a short code or a number whose country is not said."""
    if _PLAIN_E164.fullmatch(text):
        return text
    stripped = text.strip()
    if not _ONLY_NUMBER.fullmatch(stripped):
        return None
    digits = _NOT_A_DIGIT.sub("", stripped)
    if "+" in stripped:
        candidate = stripped
    elif digits.startswith("00"):
        candidate = f"+{digits[2:]}"
    elif len(digits) >= _INTERNATIONAL_DIGITS and not digits.startswith("0"):
        candidate = f"+{digits}"
    else:
        return None
    try:
        number = phonenumbers.parse(candidate, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def prefix_keys(text: str) -> tuple[str, ...]:
    """The beginnings of ``phone_key`` that the beginning of a number may stand for, however it is written.

    Without a plus it may be a country's code or the bare digits of a number whose country is not said.
    """
    stripped = text.strip()
    if not _ONLY_NUMBER.fullmatch(stripped):
        return (stripped,)
    digits = _NOT_A_DIGIT.sub("", stripped)
    if "+" in stripped:
        return (f"+{digits}",)
    return (f"+{digits[2:]}",) if digits.startswith("00") else (digits, f"+{digits}")


def phone_key(text: str) -> str:
    """What two spellings of one number have in common: E.164 where it is known, else the bare digits.

    Anything that is not a number (a SIP address, ``anonymous``) is its own key.
    """
    known = e164(text)
    if known is not None:
        return known
    stripped = text.strip()
    if _ONLY_NUMBER.fullmatch(stripped):
        return _NOT_A_DIGIT.sub("", stripped)
    return stripped
