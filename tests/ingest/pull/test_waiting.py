"""What a server says about waiting is believed, in every form that is known; else pauses grow, with chance in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from calldex.core.errors import UsageError
from calldex.ingest.pull.apis import APIS
from calldex.ingest.pull.fetching import base_url
from calldex.ingest.pull.waiting import Patience, asked_pause, pause, used_up

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
IN_TEN = NOW + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": format_datetime(IN_TEN, usegmt=True)}, 10),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 40}, None),
        ({"x-ratelimit-remaining-interval-milliseconds": "250"}, 0.25),
        ({"retry-after": "1", "x-ratelimit-remaining-interval-milliseconds": "1900"}, 1.9),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(IN_TEN.timestamp()))}, 10),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, 30),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "30"}, None),
    ],
)
def test_what_a_refusal_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_pause(headers, NOW) == seconds


def test_the_last_request_of_a_window_is_noticed() -> None:
    assert used_up({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(IN_TEN.timestamp()))}, NOW) == 10
    assert used_up({"x-ratelimit-remaining": "1", "x-ratelimit-reset": str(int(IN_TEN.timestamp()))}, NOW) == 0
    assert used_up({}, NOW) == 0


def test_pauses_grow_up_to_a_limit_and_differ() -> None:
    patience = Patience(first_pause=1, longest_pause=8)
    assert [pause(attempt, patience, lambda: 1.0) for attempt in range(1, 6)] == [1, 2, 4, 8, 8]
    assert [pause(attempt, patience, lambda: 0.0) for attempt in range(1, 6)] == [0.5, 1, 2, 4, 4]


@pytest.mark.parametrize(
    ("api", "given", "base"),
    [
        ("stuut-v1", "http://api.example.com", "http://api.example.com"),
        ("stuut-v1", "https://api.example.com/stuut/v1/calls", "https://api.example.com/stuut"),
        ("stuut-v2", "https://api.example.com/v2/", "https://api.example.com"),
        ("whippy", " https://api.example.com:8443/v1/calls/search", "https://api.example.com:8443"),
        ("skipcall", "https://api.example.com/x/v1", "https://api.example.com/x"),
    ],
)
def test_an_address_is_understood_with_or_without_what_we_add(api: str, given: str, base: str) -> None:
    assert base_url(APIS[api], given) == base


@pytest.mark.parametrize(
    "given", ["api.example.com", "ftp://x", "https://", "https://u:p@x", "https://x/?k=1", "http://[x"]
)
def test_other_addresses_are_refused_without_repeating_them(given: str) -> None:
    with pytest.raises(UsageError, match="--url must be") as raised:
        base_url(APIS["whippy"], given)
    assert "u:p" not in raised.value.message
