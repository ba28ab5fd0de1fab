"""The notes of a call: what its sources noted, and behind that what was noted here, each on lines of its own."""

from __future__ import annotations

from collections.abc import Sequence


def all_notes(given: str | None, own: Sequence[str]) -> str | None:
    """What every surface shows as the notes of a call: what was given, then the notes of our own in their order."""
    return "\n".join([*([given] if given else []), *own]) if own else given


def given_notes(whole: str | None, own: Sequence[str]) -> str | None:
    """What a source gave of these notes, without those of our own at their end.

    It may be a copy of what we showed earlier, when not all of them were written yet.
    """
    for count in range(len(own), 0, -1):
        tail = "\n".join(own[:count])
        if whole == tail:
            return None
        if whole is not None and whole.endswith(f"\n{tail}"):
            return whole.removesuffix(f"\n{tail}") or None
    return whole
