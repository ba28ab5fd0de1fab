"""What a source said in its own shape, as terms and what they say; and addresses that a link may lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from calldex.core.calls import Call
from calldex.core.jsonbytes import encode, understood
from calldex.web.long_texts import piece_of, weight
from calldex.web.texts import text
from calldex.web.unheard import Unheard

PAGE_BYTES: Final = 7_000
"""So much of a call's analysis its page begins with."""

PART_BYTES: Final = 60_000
"""And so much there is when all of it is asked for."""

_TERM_BYTES: Final = 80
"""What a term weighs beside its texts."""

_LONGEST_NAME: Final = 100
_MOST_ADDRESSES: Final = 20


@dataclass(frozen=True, slots=True)
class Term:
    """A key of an object. ``is_json`` says that its value is an object or an array itself, written as JSON."""

    name: str
    value: str
    is_json: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """What sources found out about a call, and what they put to it. ``is_cut`` says that there is more of it."""

    found: list[Term]
    metadata: list[Term]
    custom: list[Term]
    tags: list[Term]
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        return not (self.found or self.metadata or self.custom or self.tags)


@dataclass(frozen=True, slots=True)
class _Light:
    terms: list[Term]
    size: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A recording that lies elsewhere. ``host`` is None when its address is none that a link may lead to."""

    address: str
    host: str | None


def analysis_of(call: Call, silent: Unheard | None, most: int) -> Analysis:
    """What was found out about a call, in up to ``most`` bytes; ``silent`` leaves out what is not for everybody."""
    given = [
        found if silent is None else silent.json(found)
        for found in map(understood, (call.analysis, call.metadata, call.custom_classifications, call.tags))
    ]
    found, custom, tags = (
        _light(entries, most // share)
        for entries, share in ((_terms(given[0]), 3), (_words(given[2]), 6), (_words(given[3]), 6))
    )
    # There may be much of it, so it has what the others leave.
    metadata = _light(_terms(given[1]), most - found.size - custom.size - tags.size)
    cut = any(light.is_cut for light in (found, metadata, custom, tags))
    return Analysis(found.terms, metadata.terms, custom.terms, tags.terms, cut)


def _terms(given: Any) -> Iterable[Term]:
    """An object's keys and values, in their order; anything else under one empty name."""
    if given is None:
        return ()
    pairs = given.items() if isinstance(given, dict) else [("", given)]
    return (_term(str(name), value) for name, value in pairs)


def _words(given: Any) -> Iterable[Term]:
    """The entries of an array as short texts, as tags are; of an object, its keys with their values."""
    if isinstance(given, dict):
        return (Term("", f"{name}: {_plain(value)}", is_json=False) for name, value in given.items())
    entries = given if isinstance(given, list) else [] if given is None else [given]
    return (Term("", _plain(entry), is_json=False) for entry in entries)


def _light(terms: Iterable[Term], most: int) -> _Light:
    """As many terms as weigh no more than ``most`` bytes, none of them more than a third of that."""
    kept: list[Term] = []
    size, cut = 0, False
    for term in terms:
        piece = piece_of(term.value, max(1, most // 3))
        name = term.name if len(term.name) <= _LONGEST_NAME else f"{term.name[:_LONGEST_NAME]}…"
        value = piece.text if piece.rest is None else f"{piece.text}…"
        more = _TERM_BYTES + weight(name) + weight(value)
        cut = cut or piece.rest is not None
        if size + more > most:
            return _Light(kept, size, is_cut=True)
        kept.append(Term(name, value, term.is_json))
        size += more
    return _Light(kept, size, cut)


def elsewhere(call: Call) -> list[Elsewhere]:
    """The addresses of recordings that others keep."""
    found = [*_addresses(understood(call.recording)), *_addresses(understood(call.attachments))]
    return [Elsewhere(address, _host(address)) for address in dict.fromkeys(found)][:_MOST_ADDRESSES]


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
        return Term(name, msgspec.json.format(encode(value), indent=2).decode(), is_json=True)
    return Term(name, _plain(value), is_json=False)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return text("call.yes" if value else "call.no")
    if value is None or value in ([], {}):
        return text("call.nothing")
    return encode(value).decode()
