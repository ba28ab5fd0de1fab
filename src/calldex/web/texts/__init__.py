"""Every sentence of the explorer's pages, in one place: ``en.toml``, one table a page."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def texts() -> dict[str, str]:
    """The texts by their dotted names, as ``calls.title``."""
    return dict(_flat(tomllib.loads((files("calldex.web.texts") / "en.toml").read_text(encoding="utf-8")), ""))


def text(name: str, /, **values: object) -> str:
    """One text with its values put in. They are plain text, and escaped where they are shown.

    Raises KeyError for a name that there is not: a page never shows the name of a text.
    """
    found = texts()[name]
    return found.format(**values) if values else found


def counted(name: str, number: int) -> str:
    """The text for one or for several, as ``calls.total_one`` and ``calls.total_many``, with ``{n}``."""
    return text(f"{name}_{'one' if number == 1 else 'many'}", n=f"{number:,}")


def word(kind: str, value: str | None) -> str:
    """How a word of the field is shown, as ``word("status", "no_answer")``; a word that we do not know as it is."""
    if value is None:
        return ""
    return texts().get(f"words.{kind}.{value}") or value.replace("_", " ")


def _flat(table: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{before}{name}.")
        else:
            found.append((before + name, value))
    return found
