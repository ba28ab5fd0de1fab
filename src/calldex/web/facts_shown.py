"""What a source said in its own shape, as terms and what they say; and addresses that a link may lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from calldex.core.calls import Call
from calldex.core.jsonbytes import encode, understood
from calldex.web.texts import text

_MOST_TERMS: Final = 60
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Term:
    """A key of an object. ``is_json`` says that its value is an object or an array itself, written as JSON."""

    name: str
    value: str
    is_json: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A recording that lies elsewhere. ``host`` is None when its address is none that a link may lead to."""

    address: str
    host: str | None


def terms(given: Any) -> list[Term]:
    """An object's keys and values, in their order; anything else under one empty name. Values are cut when long."""
    if given is None:
        return []
    pairs = given.items() if isinstance(given, dict) else [("", given)]
    return [_term(str(name), value) for name, value in list(pairs)[:_MOST_TERMS]]


def words(given: Any) -> list[str]:
    """The entries of an array as short texts, as tags are; of an object, its keys with their values."""
    if isinstance(given, dict):
        return [f"{name}: {_plain(value)}" for name, value in list(given.items())[:_MOST_TERMS]]
    entries = given if isinstance(given, list) else [] if given is None else [given]
    return [_plain(entry) for entry in entries[:_MOST_TERMS]]


def elsewhere(call: Call) -> list[Elsewhere]:
    """The addresses of recordings that others keep."""
    found = [*_addresses(understood(call.recording)), *_addresses(understood(call.attachments))]
    return [Elsewhere(address, _host(address)) for address in dict.fromkeys(found)][:_MOST_TERMS]


def _addresses(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given] if given else []
    if isinstance(given, dict):
        return _addresses(given.get("url"))
    return [address for entry in given for address in _addresses(entry)] if isinstance(given, list) else []


def _host(address: str) -> str | None:
    """The host of a web address. Whoever follows the link sees where it leads, not what it says of itself."""
    if not address.isprintable() or any(letter in address for letter in " \\"):
        return None
    try:
        split = urlsplit(address)
        host = split.hostname
    except ValueError:
        return None
    return host if split.scheme in ("http", "https") and host else None


def _term(name: str, value: Any) -> Term:
    if isinstance(value, dict | list) and value:
        return Term(name, _cut(msgspec.json.format(encode(value), indent=2).decode()), is_json=True)
    return Term(name, _plain(value), is_json=False)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, bool):
        return text("call.yes" if value else "call.no")
    if value is None or value in ([], {}):
        return text("call.nothing")
    return _cut(encode(value).decode())


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
