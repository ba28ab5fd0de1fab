"""The life of a call: the eleven statuses and the moves between them, in one table."""

from __future__ import annotations

from typing import Final

from calldex.core.errors import Conflict

MOVES: Final[dict[str, tuple[str, ...]]] = {
    "pending_approval": ("queued", "canceled"),
    "queued": ("registered", "initiated", "canceled", "failed"),
    "registered": ("initiated", "ringing", "in_progress", "canceled", "busy", "no_answer", "failed"),
    "initiated": ("ringing", "in_progress", "canceled", "busy", "no_answer", "failed"),
    "ringing": ("in_progress", "canceled", "busy", "no_answer", "failed"),
    "in_progress": ("completed", "failed"),
    "canceled": (),
    "completed": (),
    "busy": (),
    "no_answer": (),
    "failed": (),
}
"""From each status to those that can follow it directly. A call whose status has no moves has ended."""

WAITING: Final = "pending_approval"
"""A call leaves this status by a decision: approved it is queued, rejected it is canceled."""

APPROVED: Final = "queued"
REJECTED: Final = "canceled"


class ImpossibleMove(Conflict):
    """A call cannot go from its status to the one that was asked for; ``possible`` are those it can go to."""

    code = "impossible_move"

    def __init__(self, status: str, wanted: str, possible: tuple[str, ...]) -> None:
        allowed = f"it can become {', '.join(possible)}" if possible else "it has ended"
        super().__init__(f'A call that is "{status}" cannot become "{wanted}": {allowed}.')
        self.status = status
        self.possible = possible


class NotWaiting(Conflict):
    """A call about which there is nothing to decide (any more): it has the status ``status``."""

    def __init__(self, status: str) -> None:
        super().__init__(f'The call does not wait for approval: it is "{status}".')
        self.status = status


def later_statuses(status: str) -> tuple[str, ...]:
    """Every status that a call can still come to, in the order of the table; the statuses between may go unseen."""
    found: set[str] = set()
    waiting = [status]
    while waiting:
        for following in MOVES.get(waiting.pop(), ()):
            if following not in found:
                found.add(following)
                waiting.append(following)
    return tuple(name for name in MOVES if name in found)


def check_move(status: str, wanted: str) -> None:
    """Raises ImpossibleMove unless ``wanted`` can follow ``status`` directly."""
    possible = MOVES.get(status, ())
    if wanted not in possible:
        raise ImpossibleMove(status, wanted, possible)


def check_way(status: str, wanted: str) -> None:
    """Raises ImpossibleMove unless a call can come from ``status`` to ``wanted``, be it by way of others.

    A status outside the table is a vendor's own word, of which nothing is known: anything may follow it. A call that
    waits for a decision goes only where the decision sends it, so that none is passed over.
    """
    if status == wanted or status not in MOVES:
        return
    possible = MOVES[status] if status == WAITING else later_statuses(status)
    if wanted not in possible:
        raise ImpossibleMove(status, wanted, possible)
