"""Events: what a sender says of a call while it happens and afterwards, read into our words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from calldex.core.calls import Linked


@dataclass(slots=True)
class CallEvent:
    """One event of one call, from whatever sender.

    ``names`` are the sender's ids that mean this call: the call's own, its legs', its conference's. Events that
    share a name are of one call. ``name`` is the sender's word for the event. ``time`` is when it happened by
    the sender's clock and ``rank`` orders events of the same time, so that the outcome never depends on the
    order of arrival. ``values`` and ``kept`` are as in CallChange: exactly what the event says. ``moment`` is when it
    happened where ``time`` is dated back, so that others win over it.
    """

    source: str
    name: str
    names: tuple[str, ...]
    time: datetime
    rank: int
    values: dict[str, Any]
    linked: list[Linked] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a delivery turned out to be.

    ``used``: its events change calls. ``known``: an event kind that the sender documents and we have no use for.
    ``nonsense``: nothing that this sender sends, with the reason.
    """

    meaning: Literal["used", "known", "nonsense"]
    name: str = ""
    events: tuple[CallEvent, ...] = ()
    reason: str | None = None
