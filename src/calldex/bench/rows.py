"""A question with everybody who answers it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from calldex.bench.series import Series

SIDES: Final = ("sql", "route", "raw")
"""The ceilings: bare statements, an empty route of the framework, an empty application."""


@dataclass(slots=True)
class Row:
    """A question, our answer to it, and everybody who answers it; ``memory`` is of our server, in bytes."""

    name: str
    answer: bytes
    sides: dict[str, Series] = field(default_factory=dict)
    peers: dict[str, Series] = field(default_factory=dict)
    peer_sizes: dict[str, int] = field(default_factory=dict)
    statements: int | None = None
    memory: int = 0

    @property
    def everybody(self) -> list[Series]:
        return [*self.sides.values(), *self.peers.values()]


def figures_of(row: Row) -> dict[str, Any]:
    ours = row.sides["calldex"].figures()
    ceilings = {side: row.sides[side].figures() for side in SIDES if side in row.sides}
    peers = {name: {**series.figures(), "bytes": row.peer_sizes[name]} for name, series in row.peers.items()}
    sql = ceilings.get("sql")
    return {
        "question": row.name,
        "bytes": len(row.answer),
        "statements": row.statements,
        "memory_mb": row.memory / 1e6,
        **ours,
        "ceilings": ceilings,
        "peers": peers,
        # Times of (a) and of peers: how many times as much. Of (b): the part of its requests in a second.
        "processor_by_sql": ours["processor_ms"] / sql["processor_ms"] if sql and sql["processor_ms"] else None,
        "p50_by_sql": ours["p50_ms"] / sql["p50_ms"] if sql else None,
        "of_route": ours["per_second"] / ceilings["route"]["per_second"],
        "of_raw": ours["per_second"] / ceilings["raw"]["per_second"],
        "peers_p50_by_ours": _times(peers, ours, "p50_ms"),
        "peers_processor_by_ours": _times(peers, ours, "processor_ms"),
    }


def _times(peers: dict[str, dict[str, Any]], ours: dict[str, Any], figure: str) -> dict[str, float]:
    """How many times as much of it each peer has."""
    return {name: figures[figure] / ours[figure] for name, figures in peers.items() if ours[figure]}
