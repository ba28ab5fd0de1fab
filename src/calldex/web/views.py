"""A view of the calls: the filters that the address of a page says, in the words of people.

The address is the view: whoever opens it sees the same calls, so it can be kept, shared and saved under a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from calldex.core.calls import CLASSIFICATIONS, DIRECTIONS, SENTIMENTS, STATUSES
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.filters import CallFilter
from calldex.core.ids import record_candidates
from calldex.core.parameters import Asking, Whole, read_parameters
from calldex.core.phones import phone_key, prefix_keys
from calldex.core.searching import read_search
from calldex.web.showing import is_zone, zone_of

PAGE_SIZE: Final = 50
PERIODS: Final = ("today", "yesterday", "7d", "30d", "90d", "365d")
"""Windows of time that move with the clock, in the viewer's time zone; the days end with the present one."""

_DAYS: Final = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
_LONGEST_SECONDS: Final = 10**9
_NO_TEXT: Final = ("Cc", "Cs", "Co", "Cn")
"""Kinds of letters that nobody writes. Those that join or turn others, as Persian and Hebrew need, are text."""

_TEN_DIGITS: Final = re.compile(r"[2-9]\d{9}", re.ASCII)


def _searchable(text: str) -> str:
    read_search(text)
    return text


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else _no_day()
    except ValueError:
        raise ValueError("a day such as 2026-03-12 is expected") from None


def _no_day() -> date:
    raise ValueError


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError("a time zone such as Europe/Berlin is expected")
    return name


Name = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[date, BeforeValidator(_day)]
Seconds = Annotated[Whole, Field(ge=0, le=_LONGEST_SECONDS)]
Direction = Literal[DIRECTIONS]  # type: ignore[valid-type]
Status = Literal[STATUSES]  # type: ignore[valid-type]
Sentiment = Literal[SENTIMENTS]  # type: ignore[valid-type]
Classification = Literal[CLASSIFICATIONS]  # type: ignore[valid-type]


class _Asked(Asking):
    """The query of an address."""

    period: Literal[PERIODS] | None = None  # type: ignore[valid-type]
    since: Day | None = None
    until: Day | None = None
    zone: Annotated[Name, AfterValidator(_zone)] | None = None
    direction: list[Direction] = []  # noqa: RUF012 - Pydantic copies a default for each model.
    status: list[Status] = []  # noqa: RUF012
    sentiment: list[Sentiment] = []  # noqa: RUF012
    classification: list[Classification] = []  # noqa: RUF012
    partner: list[Name] = []  # noqa: RUF012
    workflow: list[Name] = []  # noqa: RUF012
    agent: list[Name] = []  # noqa: RUF012
    language: list[Name] = []  # noqa: RUF012
    longer: Seconds | None = None
    shorter: Annotated[Seconds, Field(ge=1)] | None = None
    number: Name | None = None
    voicemail: Literal["yes", "no"] | None = None
    said: Annotated[Name, AfterValidator(_searchable)] | None = None
    page: Annotated[Whole, Field(ge=1, le=2**53)] = 1


FILTERS: Final = tuple(name for name in _Asked.model_fields if name not in ("page", "zone"))
"""The names of the filters in the address, in the order in which they stand there."""


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at. ``given`` has the values of the filters as the address says them, without empty ones.

    ``zone`` is the time zone in which days are meant: the one that the address names, else the viewer's.
    ``page`` counts from 1.
    """

    asked: _Asked
    given: tuple[tuple[str, str], ...]
    zone: ZoneInfo
    page: int = 1

    @property
    def counts_later(self) -> bool:
        """Whether to count the calls can take much longer than to find a page of them: every match is looked up."""
        return self.asked.said is not None or self.asked.number is not None

    @property
    def is_filtered(self) -> bool:
        return bool(self.given)

    def values(self, name: str) -> list[str]:
        """The values of a filter as they were given."""
        return [value for key, value in self.given if key == name]

    def value(self, name: str) -> str:
        """The one value of a filter, empty when there is none."""
        return next(iter(self.values(name)), "")

    def has(self, name: str, value: str) -> bool:
        return (name, value) in self.given

    def query(self, *, page: int | None = None, without: str = "", value: str | None = None, **changed: Any) -> str:
        """The query of the same view, changed: filters put in place of those of their name (None takes them out),
        one filter taken out, or only one ``value`` of it. Another view begins on its first page.
        """
        pairs = [
            (key, given)
            for key, given in self.given
            if key not in changed and not (key == without and (value is None or given == value))
        ]
        for name, several in changed.items():
            pairs += [
                (name, str(one))
                for one in (several if isinstance(several, list | tuple) else [several])
                if one is not None
            ]
        if any(key in ("since", "until") for key, _ in pairs):
            pairs.append(("zone", str(self.zone)))
        if page is not None and page > 1:
            pairs.append(("page", str(page)))
        return urlencode(pairs)

    def window(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The window of time that is asked for, half-open, in UTC; None where it is open."""
        asked = self.asked
        first: date | None = asked.since
        last: date | None = asked.until
        if asked.period is not None:
            today = now.astimezone(self.zone).date()
            first = today - timedelta(days=1 if asked.period == "yesterday" else _DAYS.get(asked.period, 1) - 1)
            last = today - timedelta(days=1) if asked.period == "yesterday" else today
        after = None if last is None or last == date.max else last + timedelta(days=1)
        return _begin_of(first, self.zone), _begin_of(after, self.zone)

    def filter(self, now: datetime) -> CallFilter:
        """The same in the words of all surfaces."""
        asked = self.asked
        begin, end = self.window(now)
        return CallFilter(
            directions=_unique(asked.direction),
            statuses=_unique(asked.status),
            sentiments=_unique(asked.sentiment),
            classifications=_unique(asked.classification),
            partners=_records("partner", asked.partner),
            workflows=_records("workflow", asked.workflow),
            agents=_records("agent", asked.agent),
            languages=_unique(asked.language),
            number_prefixes=() if asked.number is None else _beginnings(asked.number),
            voicemail=None if asked.voicemail is None else asked.voicemail == "yes",
            min_duration_ms=None if asked.longer is None else asked.longer * 1000,
            # Half-open, so that ranges lie side by side; where they meet, lengths are counted by class.
            max_duration_ms=None if asked.shorter is None else asked.shorter * 1000 - 1,
            occurred_from=begin,
            occurred_before=end,
            said=None if asked.said is None else read_search(asked.said),
        )


def read_view(pairs: Iterable[tuple[str, str]], zone: ZoneInfo, *, relaxed: Sequence[str] = ()) -> View:
    """The view of an address. Empty values are those of fields that were left empty, and say nothing.

    ``relaxed`` are names that a page has for itself. Raises InvalidRequest with every mistake: no filter is ignored.
    """
    given = [(name.removesuffix("[]"), _one_line(value)) for name, value in pairs]
    given = [(name, value) for name, value in given if value and name not in relaxed]
    bad = [name for name, value in given if any(unicodedata.category(letter) in _NO_TEXT for letter in value)]
    if bad:
        raise InvalidRequest(problems=(Problem(("query", bad[0]), f"{bad[0]}: it is no text.", "invalid_text"),))
    asked = read_parameters(_Asked, given)
    if asked.period is not None and (asked.since is not None or asked.until is not None):
        raise _wrong("period", "choose either a period or days from and to")
    if asked.since is not None and asked.until is not None and asked.until < asked.since:
        raise _wrong("until", "the last day is before the first")
    if asked.longer is not None and asked.shorter is not None and asked.shorter <= asked.longer:
        raise _wrong("shorter", "no call is as long as that and yet shorter")
    kept = tuple(dict.fromkeys((name, value) for name, value in given if name in FILTERS))
    return View(asked, kept, zone if asked.zone is None else zone_of(asked.zone), asked.page)


def _wrong(name: str, sentence: str) -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("query", name), f"{name}: {sentence}.", "contradiction"),))


def _begin_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The moment at which a day begins in a time zone, in UTC."""
    if day is None:
        return None
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return None


def _one_line(text: str) -> str:
    """A text as it was meant, whatever it was copied from: blanks of all kinds and ends of lines are blanks."""
    return " ".join(text.split())


def _beginnings(text: str) -> tuple[str, ...]:
    """What the key of a number may begin with, however it is written; a whole number is its own beginning.

    Marks of direction, which address books put around numbers, are no part of one. Ten digits may be a number of North
    America without its country's code, and 011 is what is dialled there before the code of another country.
    """
    plain = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    keys = [*prefix_keys(plain), phone_key(plain)]
    digits = keys[0]
    if _TEN_DIGITS.fullmatch(digits):
        keys.append(f"+1{digits}")
    elif digits.startswith("011") and digits.isdecimal():
        keys.append(f"+{digits[3:]}")
    return _unique(key for key in keys if key and key != "+") or (text,)


def _unique(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _records(kind: str, named: Sequence[str]) -> tuple[Any, ...]:
    return _unique(record for text in named for record in record_candidates(kind, text))
