"""What the page of the APIs shows of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a surface: `GET`, `/stuut/v1/calls`, one line of what it does."""

    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class SurfaceEntry:
    """One surface as the page shows it."""

    title: str
    base: str
    operations: tuple[Operation, ...]
