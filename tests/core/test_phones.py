"""Phone numbers: however one number is written, its key is the same; what is no number is its own key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calldex.core.phones import e164, phone_key

SPELLINGS = {
    "+12025550123": (
        "+12025550123",
        "+1 202 555 0123",
        "+1 (202) 555-0123",
        "+1.202.555.0123",
        "1-202-555-0123",
        "12025550123",
        "0012025550123",
        "00 1 202 555 0123",
        "tel:+1-202-555-0123",
        " +12025550123 ",
        "+1\u2011202\u2011555\u20110123",
        "+1\u00a0202\u00a0555\u00a00123",
    ),
    "+442079460123": ("+442079460123", "+44 20 7946 0123", "+44 (20) 7946-0123", "0044 20 7946 0123", "442079460123"),
    "+33199001234": ("+33199001234", "+33 1 99 00 12 34", "0033199001234", "33 1 99 00 12 34"),
}


@pytest.mark.parametrize(("number", "spelling"), [(key, text) for key, all_ in SPELLINGS.items() for text in all_])
def test_spellings_of_one_number_agree(number: str, spelling: str) -> None:
    assert e164(spelling) == phone_key(spelling) == number


@pytest.mark.parametrize(
    "text",
    [
        "sip:anna@example.com",
        "sip:+12025550123@example.com",
        "sips:a@b;transport=tls",
        "anonymous",
        "Restricted",
        "*67",
        "client:agent_7",
        "☎",
        "a1",
    ],
)
def test_what_is_no_number_is_its_own_key(text: str) -> None:
    assert e164(text) is None
    assert phone_key(text) == phone_key(f" {text} ") == text


@pytest.mark.parametrize(("text", "key"), [("911", "911"), ("202-555-0123", "2025550123"), ("0171 23456", "017123456")])
def test_a_number_whose_country_is_not_said_is_compared_by_its_digits(text: str, key: str) -> None:
    assert e164(text) is None
    assert phone_key(text) == key


def test_different_numbers_have_different_keys() -> None:
    assert len({phone_key(spellings[0]) for spellings in SPELLINGS.values()}) == len(SPELLINGS)
    assert phone_key("+12025550123") != phone_key("+12025550124")


@settings(derandomize=True, deadline=None, database=None)
@given(st.text(max_size=40))
def test_any_text_has_a_key_and_the_key_is_its_own(text: str) -> None:
    key = phone_key(text)
    assert phone_key(key) == key
