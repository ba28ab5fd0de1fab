"""What the senders' parse modules share: reading a body, saying what it turned out to be, times and turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar

from calldex.core.calls import SENTIMENTS
from calldex.core.deriving import LONGEST_WORD
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.events import CallEvent, Heard
from calldex.core.facts import Path, mistake, read_object
from calldex.core.jsonbytes import encode

Word = TypeVar("Word")

STARTED: Final = 10
UPDATED: Final = 20
ENDED: Final = 30
ANALYZED: Final = 40
"""The rank of an event among those of the same moment."""

_LATEST_MILLISECONDS: Final = 253_402_300_799_999
_MOST_SHOWN: Final = 3
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def used(name: str, *events: CallEvent) -> Heard:
    """A delivery whose events change calls."""
    return Heard("used", name, events)


def known(name: str) -> Heard:
    """A delivery of a kind that the sender documents and that says nothing of a call that we keep."""
    return Heard("known", name)


def nonsense(reason: str, name: str = "") -> Heard:
    """A delivery that is nothing the sender sends, or that cannot be read."""
    return Heard("nonsense", name, (), reason)


def hear(body: bytes, read: Callable[[dict[str, Any]], Heard]) -> Heard:
    """What ``read`` makes of the JSON object in the body; nonsense for a body that it cannot be made of."""
    try:
        return read(read_object(body))
    except InvalidRequest as error:
        return nonsense(_sentence(error))
    except RecursionError:
        return nonsense("the JSON is nested too deeply")


def settle(problems: list[Problem]) -> None:
    """Raises InvalidRequest, which ``hear`` turns into nonsense, when there are problems."""
    if problems:
        raise InvalidRequest(problems=tuple(problems))


def _sentence(error: InvalidRequest) -> str:
    told = [problem.message for problem in error.problems] or [error.message]
    more = f"; and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
    return "; ".join(told[:_MOST_SHOWN]) + more


def inside(given: Any, path: Path, problems: list[Problem]) -> dict[str, Any]:
    """The object at the path; empty for null and silence, a problem for anything else."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        problems.append(mistake(path, "an object or null", given))
        return {}
    return given


def names(required: Any, path: Path, problems: list[Problem], *others: Any) -> tuple[str, ...]:
    """The ids that mean a call: the one that must be there, and those of the others that are ids at all."""
    if not isinstance(required, str) or not required:
        problems.append(mistake(path, "the call's id", required))
        return ()
    if len(required) > LONGEST_WORD:
        problems.append(mistake(path, f"an id of at most {LONGEST_WORD} characters", required))
    fitting = [name for name in others if isinstance(name, str) and 0 < len(name) <= LONGEST_WORD]
    return tuple(dict.fromkeys([required, *fitting]))


def number(given: Any, path: Path, problems: list[Problem]) -> Decimal | None:
    """A number that is not negative and that no clock or stop-watch exceeds; None for null."""
    if given is None:
        return None
    if isinstance(given, int | Decimal) and not isinstance(given, bool) and 0 <= given <= _LATEST_MILLISECONDS:
        return Decimal(given)
    problems.append(mistake(path, "a number, 0 or more, or null", given))
    return None


def epoch(given: Any, path: Path, problems: list[Problem], *, per_second: int) -> datetime | None:
    """The moment that a count of seconds (``per_second=1``) or milliseconds (1000) since 1970 is."""
    count = number(given, path, problems)
    if count is None:
        return None
    milliseconds = int(count * 1000 / per_second)
    if milliseconds > _LATEST_MILLISECONDS:
        problems.append(mistake(path, "a time before the year 10000", given))
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)


def shifted(moment: datetime | None, milliseconds: int | None) -> datetime | None:
    """The moment so much later, or earlier when negative; None when either is unknown or no date is that far."""
    if moment is None or milliseconds is None:
        return None
    try:
        return moment + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def yielding(moment: datetime, days: int) -> datetime:
    """The time of a statement that others are to win over, such as what a leg says of the whole call.

    Newer statements win key by key, and no call lasts a day. So a statement that is dated days back yields to
    every one that is dated less far back, whichever arrives first, and those dated alike keep their order.
    """
    try:
        return moment - timedelta(days=days)
    except OverflowError:
        return moment


def sentiment_of(word: str | None) -> str | None:
    """Our word for a sender's sentiment, None for one that is not among ours."""
    folded = (word or "").lower()
    return folded if folded in SENTIMENTS else None


def meant(table: Mapping[str, Word], given: Any) -> Word | None:
    """What the table has for a sender's word; None for other words and for what is no text."""
    return table.get(given) if isinstance(given, str) else None


def turn(role: str, content: str, start: Any = None, end: Any = None) -> dict[str, Any]:
    """One utterance of a transcript; times are seconds from the start of the call, None where unknown."""
    return {"role": role, "content": content, "start": _seconds(start), "end": _seconds(end)}


def _seconds(given: Any) -> int | Decimal | None:
    fits = isinstance(given, int | Decimal) and not isinstance(given, bool) and 0 <= given <= _LATEST_MILLISECONDS
    return given if fits else None


def address(given: Any) -> bytes:
    """A recording's URL, or null, as it is kept."""
    return encode(given)


def without(given: dict[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """The keys that we have no field for."""
    gone = frozenset(taken)
    return {key: value for key, value in given.items() if key not in gone}
