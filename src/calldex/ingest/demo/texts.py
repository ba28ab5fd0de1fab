"""The words of the demo: names, scenarios and conversations, read once from the package."""

from functools import cache
from importlib.resources import files

import msgspec

Lines = list[str]

LANGUAGES = {"US": "en", "FR": "fr", "ES": "es"}


class Country(msgspec.Struct, frozen=True):
    """Names and places of one country; a city is name, state, postal prefix, latitude,
    longitude, time zone and the part of a phone number that belongs to it.
    """

    first: list[str]
    last: list[str]
    heads: list[str]
    tails: list[str]
    streets: list[str]
    cities: list[tuple[str, str, str, str, str, str, str]]


class Names(msgspec.Struct, frozen=True):
    items: list[tuple[str, str, str, str]]
    countries: dict[str, Country]
    users: list[tuple[str, str, bool]]
    workflows: list[tuple[str, list[int], str, str]]
    tags: list[tuple[str, str]]
    roles: list[str]
    agents: list[str]


class Scenario(msgspec.Struct, frozen=True):
    """What a kind of conversation is about and what an analysis says of it.

    `cards` is its share of the calls with the same direction, `sentiments` the weights of
    positive, neutral and negative. Texts hold slots in braces.
    """

    direction: str
    topic: str
    cards: int
    classifications: list[str]
    classifications_v2: list[str]
    sentiments: tuple[int, int, int]
    call_reason: str | None
    reason: str
    summary: str
    recommendation: str
    reply_reason: str
    action: bool
    reply: bool
    task: tuple[str, str] | None
    labels: list[str]
    note: str


class Talk(msgspec.Struct, frozen=True):
    """The conversations of one language.

    A line is a role, a bar and a text: A for the agent, U for the other party, a tilde before it
    for a long pause. Every list of another language is a translation of the beginning of the
    English list, line by line.
    """

    openings: dict[str, list[Lines]]
    closings: list[Lines]
    transfer: list[Lines]
    extras: list[Lines]
    bodies: dict[str, list[Lines]]


@cache
def names() -> Names:
    return msgspec.json.decode(_read("names.json"), type=Names)


@cache
def scenarios() -> dict[str, Scenario]:
    return msgspec.json.decode(_read("scenarios.json"), type=dict[str, Scenario])


@cache
def talk(language: str) -> Talk:
    """The conversations in "en", "fr" or "es"."""
    return msgspec.json.decode(_read(f"talk_{language}.json"), type=Talk)


def _read(name: str) -> bytes:
    return files("calldex.ingest.demo").joinpath(name).read_bytes()
