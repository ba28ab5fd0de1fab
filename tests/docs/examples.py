"""Reading the examples of a page: commands in ``sh`` fences, each with the answer that the page shows for it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows below a command: ``text`` of a terminal, or ``json`` with the status of the answer."""

    kind: str
    status: int
    text: str


@dataclass(slots=True)
class Example:
    """One command as words, where it stands, and what the page shows for it."""

    place: str
    words: list[str]
    shown: Shown | None = None


@dataclass(slots=True)
class Curl:
    """The request that a curl command makes."""

    url: str = ""
    method: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    output: str | None = None


def read_examples(page: Path) -> list[Example]:
    """The commands of a page in their order. An answer belongs to the last command of the fence before it."""
    text = page.read_text(encoding="utf-8")
    found: list[Example] = []
    for fence in _FENCE.finditer(text):
        kind, more, inside = fence.groups()
        line = text.count("\n", 0, fence.start()) + 1
        place = f"{page.relative_to(ROOT)}:{line}"
        if kind == "sh":
            found += [Example(place, words) for words in _commands(inside)]
        elif kind in ("json", "text") and found and found[-1].shown is None:
            found[-1].shown = Shown(kind, int(more or 200), inside)
    return found


def _commands(text: str) -> list[list[str]]:
    """The commands of a fence; one goes on where a quotation or a backslash leaves it open."""
    commands: list[list[str]] = []
    begun = ""
    for line in text.splitlines():
        begun += line
        if begun.endswith("\\"):
            begun = begun[:-1] + " "
            continue
        try:
            words = shlex.split(begun, comments=True)
        except ValueError:
            begun += "\n"
            continue
        if words:
            commands.append(words)
        begun = ""
    assert not begun, f"a command without end: {begun}"
    return commands


def read_curl(words: list[str]) -> Curl:
    """The request of a curl command; an option that is not understood fails the page."""
    found, rest = Curl(), iter(words[1:])
    for word in rest:
        match word:
            case "-H":
                name, _, value = next(rest).partition(":")
                found.headers[name.strip()] = value.strip()
            case "-d":
                found.body = next(rest)
            case "-X":
                found.method = next(rest)
            case ">":
                found.output = next(rest)
            case _:
                assert not word.startswith("-"), f"curl {word} is not understood"
                assert not found.url, f"curl has two addresses, {found.url} and {word}"
                found.url = word
    return found
