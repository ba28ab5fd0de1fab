"""What a client asks for, in our words: one filter for every surface, one window of a list."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal
from uuid import UUID

from calldex.core.searching import Search, Understood


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Values of one filter are alternatives, filters hold together; an empty one filters nothing.

    ``number_keys`` and ``number_prefixes`` are met by either side of a call.
    Records are named by every UUID that the client may have meant (``core.ids.record_candidates``).
    ``occurred_from`` <= time < ``occurred_before`` is half-open; the window of creation includes both ends.
    """

    sources: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    partners: tuple[UUID, ...] = ()
    invoices: tuple[UUID, ...] = ()
    workflows: tuple[UUID, ...] = ()
    business_units: tuple[str, ...] = ()
    agents: tuple[UUID, ...] = ()
    agent_versions: tuple[UUID, ...] = ()
    contacts: tuple[UUID, ...] = ()
    conversations: tuple[UUID, ...] = ()
    channels: tuple[UUID, ...] = ()
    sequences: tuple[UUID, ...] = ()
    members: tuple[UUID, ...] = ()
    from_keys: tuple[str, ...] = ()
    to_keys: tuple[str, ...] = ()
    number_keys: tuple[str, ...] = ()
    number_prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    completion_ratings: tuple[str, ...] = ()
    voicemail: bool | None = None
    has_recording: bool | None = None
    has_transcript: bool | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    nothing: Literal[True] | None = None
    """No call can match: what was asked for lies outside what the key may see."""
    said: Search | Understood | None = None
    """What was said in the call: as it was asked, or already in the words of the organization's index."""

    def given(self) -> dict[str, object]:
        """The filters that filter something, by name."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: value for name, value in values.items() if value is not None and value != ()}


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list: ``limit`` calls after the first ``offset``."""

    limit: int
    offset: int = 0
