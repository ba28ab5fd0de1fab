"""Facts: what a sender's JSON says, taken out key by key; every mistake is collected with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from calldex.core.errors import InvalidRequest, Problem
from calldex.core.jsonbytes import decode, encode, what_is_wrong
from calldex.core.times import parse_instant

FactKind = Literal["text", "instant", "flag", "whole", "object", "array"]
Path = tuple[str | int, ...]

_LARGEST_WHOLE: Final = 2**63 - 1
_LONGEST_SHOWN: Final = 60


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of one call, fractions as Decimal.

    Raises InvalidRequest for bytes that are no UTF-8, no JSON or no object, and for NUL characters in text,
    which the database cannot keep.
    """
    try:
        given = decode(raw)
    except UnicodeDecodeError:
        raise _refused("the bytes are not UTF-8 text") from None
    except RecursionError:
        raise _refused("the JSON is nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise _refused(f"the JSON cannot be read: {what_is_wrong(error, raw)}") from None
    if not isinstance(given, dict):
        raise _refused(f"a call is a JSON object, and {shown(given)} was given")
    if b"\\u0000" in raw:
        problems = _nuls(given, ())
        if problems:
            raise InvalidRequest(problems=tuple(problems))
    return given


def shown(value: object) -> str:
    """A value as a sentence quotes it: JSON, cut to what fits a line."""
    text = encode(value).decode()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def mistake(path: Path, expected: str, given: object) -> Problem:
    """A value that is not what belongs there; ``path`` leads to it inside the call."""
    dotted = ".".join(map(str, path))
    return Problem(("call", *path), f"{dotted}: {expected} is expected, and {shown(given)} was given", "type", given)


def fact(given: Any, kind: FactKind, path: Path, problems: list[Problem]) -> Any:
    """A value of the kind; None for null, and for a value of another kind, which becomes a problem."""
    if given is None:
        return None
    if kind == "instant":
        return _instant(given, path, problems)
    fits, expected = _CHECKS[kind]
    if not fits(given):
        problems.append(mistake(path, f"{expected} or null", given))
        return None
    return given


def facts(
    given: Mapping[str, Any],
    table: Mapping[str, tuple[str, FactKind]],
    problems: list[Problem],
    path: Path = (),
) -> dict[str, Any]:
    """The values of the table's keys under their names in our words; a key that is absent has none."""
    return {name: fact(given[key], kind, (*path, key), problems) for key, (name, kind) in table.items() if key in given}


def _instant(given: Any, path: Path, problems: list[Problem]) -> datetime | None:
    if not isinstance(given, str):
        problems.append(mistake(path, "an ISO 8601 time with a zone or null", given))
        return None
    try:
        return parse_instant(given)
    except ValueError as error:
        sentence = f"{'.'.join(map(str, path))}: {shown(given)} was given: {error}"
        problems.append(Problem(("call", *path), sentence, "instant", given))
        return None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_WHOLE


_CHECKS: Final[dict[FactKind, tuple[Callable[[Any], bool], str]]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "flag": (lambda value: isinstance(value, bool), "true, false"),
    "whole": (_is_whole, "a whole number of at most 64 bits"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "array": (lambda value: isinstance(value, list), "an array"),
}


def _refused(sentence: str) -> InvalidRequest:
    return InvalidRequest(problems=(Problem(("call",), sentence, "json"),))


def _nuls(value: Any, path: Path) -> list[Problem]:
    if isinstance(value, str):
        dotted = ".".join(map(str, path))
        sentence = f"{dotted}: text must not hold a NUL character, and {shown(value)} was given"
        return [Problem(("call", *path), sentence, "nul", value)] if "\0" in value else []
    if isinstance(value, dict):
        inside = [found for key, entry in value.items() for found in _nuls(entry, (*path, key.replace("\0", "\ufffd")))]
        names = [key for key in value if "\0" in key]
        return [*(_named_nul(path, key) for key in names), *inside]
    if isinstance(value, list):
        return [found for place, entry in enumerate(value) for found in _nuls(entry, (*path, place))]
    return []


def _named_nul(path: Path, key: str) -> Problem:
    place = (*path, key.replace("\0", "\ufffd"))
    dotted = ".".join(map(str, place))
    return Problem(("call", *place), f"{dotted}: a key must not hold a NUL character", "nul", key)
