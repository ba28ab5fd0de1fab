"""What people said of a call, beside what its sources did: its classifications and its tasks as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from calldex.core.ids import parse_uuid
from calldex.core.jsonbytes import entries_of
from calldex.core.merging import is_of_a_person
from calldex.core.tasks import SourceTask
from calldex.store.call_tasks import TaskState
from calldex.store.corrections import Correction, holding
from calldex.store.record_names import RecordName


@dataclass(frozen=True, slots=True)
class ShownClassification:
    """A classification of a call. ``word`` is what a correction of it names.

    ``by_machine`` is whether a source gave it; ``confidence`` is in percent, as text. ``correction`` is the latest.
    """

    word: str
    by_machine: bool
    reason: str | None = None
    confidence: str | None = None
    confidence_reason: str | None = None
    recommendation: str | None = None
    correction: Correction | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether somebody said that it is something else, or nothing."""
        return self.by_machine and self.correction is not None and self.correction.corrected != self.word

    @property
    def is_right(self) -> bool:
        """Whether somebody said that the machine was right."""
        return self.by_machine and self.correction is not None and self.correction.corrected == self.word

    @property
    def now(self) -> str | None:
        """What holds in its place."""
        return self.word if self.correction is None else self.correction.corrected


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task of a call: what its source says, and what people here did with it."""

    id: str
    label: str
    source: SourceTask | None
    source_assignee: str | None
    state: TaskState | None

    @property
    def is_closed(self) -> bool:
        """Whether it is closed here, or at its source with nobody here having taken it over."""
        if self.state is not None:
            return self.state.closed_at is not None
        return self.source is not None and self.source.is_closed


def shown_classifications(raw: bytes | None, corrections: Sequence[Correction]) -> list[ShownClassification]:
    """What the machine said, in its order, and behind it what people said where it said nothing."""
    held = holding(corrections)
    found: dict[str, ShownClassification] = {}
    for entry in entries_of(raw):
        word = entry.get("classification")
        if not isinstance(word, str) or word in found or is_of_a_person(entry):
            continue
        found[word] = ShownClassification(
            word,
            by_machine=True,
            reason=_text(entry, "reason"),
            confidence=percent(entry.get("agent_confidence_score")),
            confidence_reason=_text(entry, "agent_confidence_reason"),
            recommendation=_text(entry, "action_recommendation"),
            correction=held.get(word),
        )
    for word, correction in held.items():
        if word not in found and correction.corrected is not None:
            found[word] = ShownClassification(word, by_machine=False, correction=correction)
    return list(found.values())


def percent(score: object) -> str | None:
    """A confidence as ``92%``. Sources give it as a share of one, or in percent; anything else is none."""
    if isinstance(score, bool) or not isinstance(score, int | Decimal):
        return None
    share = Decimal(score)
    if not share.is_finite() or not 0 <= share <= 100:
        return None
    return f"{(share * 100 if share <= 1 else share).quantize(Decimal(1))}%"


def shown_tasks(
    given: Sequence[SourceTask], states: Mapping[str, TaskState], names: Mapping[UUID, RecordName]
) -> list[ShownTask]:
    """The tasks of a call, in its order; behind them those that people took over and that its source has forgotten."""
    found = [ShownTask(one.id, one.label, one, _assignee(one, names), states.get(one.id)) for one in given]
    known = {one.id for one in given}
    forgotten = (ShownTask(one.task_id, one.label, None, None, one) for one in states.values())
    return [*found, *(one for one in forgotten if one.id not in known)]


def assignees_of(given: Sequence[SourceTask]) -> set[UUID]:
    """The linked users that the sources gave the tasks to."""
    named = (parse_uuid(one.assignee) for one in given if one.assignee)
    return {one for one in named if one is not None}


def _assignee(task: SourceTask, names: Mapping[UUID, RecordName]) -> str | None:
    if task.assignee is None:
        return None
    uuid = parse_uuid(task.assignee)
    name = names.get(uuid) if uuid is not None else None
    return task.assignee if name is None else name.name


def _text(entry: dict[str, Any], name: str) -> str | None:
    value = entry.get(name)
    return value.strip() or None if isinstance(value, str) else None
