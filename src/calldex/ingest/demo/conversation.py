"""What was said in a call: turns with times, composed from the texts of the scenario."""

from random import Random
from typing import NamedTuple

import msgspec

from calldex.ingest.demo.chance import between, pick
from calldex.ingest.demo.texts import Lines, talk

# These scenarios greet in their own way, and a machine does not say goodbye.
_OWN_OPENING = frozenset({"not_available", "wrong_number", "voicemail", "stranger"})
_EXTRAS = (0, 0, 0, 1, 1, 1, 1, 2, 2, 3)


class Turn(NamedTuple):
    """One utterance; the times are hundredths of a second from the start of the call."""

    role: str
    text: str
    start: int
    end: int


class Conversation(msgspec.Struct, frozen=True):
    """The turns, the same in English when they were not, and the seconds all of it took."""

    turns: list[Turn]
    translation: list[tuple[str, str]] | None
    seconds: int


def converse(
    rng: Random,
    scenario: str,
    direction: str,
    language: str,
    slots: dict[str, str],
    english: dict[str, str] | None,
    *,
    transfer: bool,
) -> Conversation:
    """A conversation of that scenario.

    `slots` fill the texts in the call's language; `english` fills the translation, which is made
    only when it is given.
    """
    script = _script(rng, scenario, direction, language, transfer=transfer)
    turns: list[Turn] = []
    clock = 40
    for mark, text in _lines(script, language):
        if mark[0] == "~":
            clock += between(rng, 600, 4500) * (5 if rng.random() < 0.1 else 1)
        said = text.format_map(slots)
        end = clock + 30 + 38 * (said.count(" ") + 1)
        turns.append(Turn("agent" if mark[-1] == "A" else "user", said, clock, end))
        clock = end + between(rng, 30, 180)
    # After a transfer people go on talking, which the agent does not hear.
    clock += between(rng, 3000, 30000) if transfer else between(rng, 60, 300)
    translation = None
    if english is not None:
        translation = [
            ("agent" if mark[-1] == "A" else "user", text.format_map(english)) for mark, text in _lines(script, "en")
        ]
    return Conversation(turns, translation, max(30, clock // 100))


# A script names its parts: the list in the texts, the key in it (or none) and the position.
_Part = tuple[str, str, int]


def _script(rng: Random, scenario: str, direction: str, language: str, *, transfer: bool) -> list[_Part]:
    texts = talk(language)
    body: _Part = ("bodies", scenario, _position(rng, texts.bodies[scenario]))
    if scenario in _OWN_OPENING:
        return [body]
    opening: _Part = ("openings", direction, _position(rng, texts.openings[direction]))
    first = _position(rng, texts.extras)
    extras: list[_Part] = [("extras", "", (first + step) % len(texts.extras)) for step in range(pick(rng, _EXTRAS))]
    ending: _Part = (
        ("transfer", "", _position(rng, texts.transfer))
        if transfer
        else ("closings", "", _position(rng, texts.closings))
    )
    before = 1 if direction == "outbound" else 0
    return [opening, *extras[:before], body, *extras[before:], ending]


def _position(rng: Random, variants: list[Lines]) -> int:
    return int(rng.random() * len(variants))


def _lines(script: list[_Part], language: str) -> list[tuple[str, str]]:
    """Mark and text of each turn; what one side says without a pause is one turn."""
    texts = talk(language)
    lines: list[tuple[str, str]] = []
    for part, key, position in script:
        variants = getattr(texts, part)
        for line in (variants[key] if key else variants)[position]:
            mark, _, text = line.partition("|")
            if lines and lines[-1][0][-1] == mark:
                lines[-1] = (lines[-1][0], f"{lines[-1][1]} {text}")
            else:
                lines.append((mark, text))
    return lines
