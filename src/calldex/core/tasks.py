"""The tasks that a call left, as its source gave them: in its own lists, and below its classifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from calldex.core.jsonbytes import entries_of

_CLOSED: Final = frozenset({"closed", "completed", "complete", "done", "resolved", "canceled", "cancelled"})


@dataclass(frozen=True, slots=True)
class SourceTask:
    """A task as its source gave it. ``assignee`` is the linked user's UUID or id, whatever the source said."""

    id: str
    label: str
    description: str | None = None
    status: str | None = None
    assignee: str | None = None
    close_reason: str | None = None
    created_at: str | None = None
    classification: str | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the source itself has closed it."""
        return (self.status or "").casefold() in _CLOSED


def tasks_of(tasks: bytes | None, display_tasks: bytes | None, classifications: bytes | None) -> list[SourceTask]:
    """The tasks of a call, each once, in the order of its lists.

    A task with an id is the same wherever it stands. One without gets an id from what it says, and from how many
    before it say the same, so that it stays the same task when the call is read again.
    """
    found: dict[str, SourceTask] = {}
    named: dict[str, str] = {}
    alike: dict[str, int] = {}
    loose: list[tuple[dict[str, Any], str | None]] = []
    for entry in entries_of(classifications):
        word = entry.get("classification")
        for task in entry.get("tasks") if isinstance(entry.get("tasks"), list) else ():  # type: ignore[union-attr]
            about = word if isinstance(word, str) else None
            if isinstance(task, str) and about is not None:
                named.setdefault(task, about)
            elif isinstance(task, dict):
                loose.append((task, about))
    for task, about in _all(tasks, display_tasks, loose):
        task_id = _text(task, "id") or _made_id(task, alike)
        found.setdefault(task_id, _task(task_id, task, about or named.get(task_id)))
    return list(found.values())


def _all(
    tasks: bytes | None, display_tasks: bytes | None, loose: list[tuple[dict[str, Any], str | None]]
) -> Iterator[tuple[dict[str, Any], str | None]]:
    own = entries_of(tasks)
    yield from ((task, None) for task in own)
    # What a source shows of its tasks repeats them; without ids nobody can tell which, so those are left out.
    yield from ((task, None) for task in entries_of(display_tasks) if _text(task, "id") or not own)
    yield from loose


def _task(task_id: str, task: dict[str, Any], about: str | None) -> SourceTask:
    label = _text(task, "label") or _text(task, "description") or _text(task, "type") or task_id
    assignee = _text(task, "assignee") or _text(task, "assignee_id")
    return SourceTask(
        task_id,
        label,
        _text(task, "description"),
        _text(task, "status"),
        assignee,
        _text(task, "close_reason"),
        _text(task, "created_at"),
        about,
    )


def _made_id(task: dict[str, Any], alike: dict[str, int]) -> str:
    said = "\0".join(_text(task, name) or "" for name in ("label", "description", "type"))
    alike[said] = alike.get(said, 0) + 1
    digest = blake2b(f"{said}\0{alike[said]}".encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
    return f"made-{digest}"


def _text(task: dict[str, Any], name: str) -> str | None:
    value = task.get(name)
    return value.strip() or None if isinstance(value, str) else None
