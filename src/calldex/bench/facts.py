"""What the questions need to know of the data, learnt from the server as any client could."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

_SAMPLE: Final = 200
_PARTNERS_TRIED: Final = 15
_WORD: Final = re.compile(r"[a-z]{5,}")

Get = Callable[[str], Any]
"""Gives the JSON of a path."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Values that hit something; ``uuid`` is our own id of the ``call``.

    ``filters`` are in the native surface's words, ``totals`` how many calls each has.
    """

    call: str
    uuid: str
    number: str
    day: tuple[str, str]
    words: tuple[str, str]
    search: dict[str, Any]
    filters: dict[str, dict[str, str]]
    totals: dict[str, int]


def learn(get: Get, search: Callable[[dict[str, Any]], Any]) -> Facts:
    """Look into the data. ``search`` is Whippy's, with its filters."""
    # Not the newest ones, which may not have come to their end.
    calls = get(f"/stuut/v1/calls?limit={_SAMPLE}&page=1")["data"] or get(f"/stuut/v1/calls?limit={_SAMPLE}")["data"]
    outbound = next(call for call in calls if call["direction"] == "outbound" and call["to_number"])
    found = search({"mode": "ai", "language": "en", "voicemail": False})["data"]
    agent = _most_used(call["metadata"]["agent_id"] for call in found)
    filters: dict[str, dict[str, str]] = {
        "all": {},
        "direction + sentiment": {"direction": "outbound", "sentiment": "positive"},
        "classification": {
            "classification": _most_used(
                entry["classification"] for call in calls for entry in call["classifications"] or ()
            )
        },
        "partner": {"partner": _typical_partner(get, calls)},
        "agent": {"agent": agent},
    }
    totals = {name: _total(get, words) for name, words in filters.items()}
    chosen = next(call for call in found if call["metadata"]["agent_id"] == agent)
    call = next(call["id"] for call in calls if call["partner"] and call["transcript"])
    return Facts(
        call=call,
        uuid=get(f"/api/v1/calls/{call}?fields=uuid")["uuid"],
        number=outbound["to_number"],
        day=_middle_day(get, totals["all"]),
        words=_two_words(calls),
        search={
            "agent_id": agent,
            "direction": chosen["direction"],
            "language": "en",
            "voicemail": False,
            "min_duration": 1,
        },
        filters=filters,
        totals=totals,
    )


def _most_used(words: Iterable[str | None]) -> str:
    counted = Counter(word for word in words if word)
    word: str = counted.most_common(1)[0][0]
    return word


def _total(get: Get, words: dict[str, str]) -> int:
    return int(get(f"/api/v1/calls?{urlencode({**words, 'limit': 1, 'total': 'exact'})}")["total"])


def _typical_partner(get: Get, calls: list[dict[str, Any]]) -> str:
    """The one with the middle number of calls among those that are met first."""
    partners: list[str] = list(dict.fromkeys(call["partner"]["id"] for call in calls if call["partner"]))
    ranked = sorted(partners[:_PARTNERS_TRIED], key=lambda partner: _total(get, {"partner": partner}))
    return ranked[len(ranked) // 2]


def _middle_day(get: Get, total: int) -> tuple[str, str]:
    """The day of the call in the middle of the list, from midnight to midnight (UTC)."""
    call = get(f"/stuut/v2/calls?limit=1&page={total // 2}")["data"][0]
    moment = datetime.fromisoformat(call["start_time"] or call["created_at"])
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.isoformat(), (midnight + timedelta(days=1)).isoformat()


def _two_words(calls: list[dict[str, Any]]) -> tuple[str, str]:
    """Two words that are said in some conversations and not in all of them."""
    said = [set(_WORD.findall((call["transcript_str"] or "").lower())) for call in calls]
    said = [words for words in said if words]
    counted = Counter(word for words in said for word in words)
    # A word of about a fifth of the conversations, and one that about half of these have, too.
    usual = sorted(counted, key=lambda word: (abs(counted[word] - len(said) / 5), word))
    first = usual[0]
    beside = Counter(word for words in said if first in words for word in words if word != first)
    second = min(beside, key=lambda word: (abs(beside[word] - counted[first] / 2), word))
    return first, second
