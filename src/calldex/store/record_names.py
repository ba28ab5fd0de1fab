"""What linked records are called: their names without the rest of them, and those that calls can be filtered by."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, LiteralString
from uuid import UUID

from calldex.core.ids import record_candidates

if TYPE_CHECKING:
    from calldex.store.database import Session

_MOST_CHOICES: Final = 200

# A NUL in JSON can be kept but not be taken out as text: a record with one shows its id.
_NAME: Final[LiteralString] = (
    "CASE WHEN strpos(r.body::text, '\\u0000') = 0 AND json_typeof(r.body) = 'object' THEN left(coalesce("
    "nullif(btrim(r.body->>'name'), ''),"
    " nullif(btrim(concat_ws(' ', r.body->>'given_name', r.body->>'family_name')), ''),"
    " nullif(btrim(concat_ws(' ', r.body->>'firstName', r.body->>'lastName')), ''),"
    " nullif(btrim(r.body->>'number'), ''), nullif(btrim(r.body->>'email'), '')), 200) END"
)


@dataclass(frozen=True, slots=True)
class RecordName:
    """A linked record as it is spoken of: ``id`` is its source's own, else our UUID; ``name`` the id without a name."""

    uuid: UUID
    kind: str
    id: str
    name: str

    @property
    def handle(self) -> str:
        """The id by which a filter finds it: its source's own, or our UUID where that is not looked for."""
        return self.id if self.uuid in record_candidates(self.kind, self.id) else str(self.uuid)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the calls of an organization can be filtered by, as far as that is a handful of values."""

    agents: list[RecordName]
    workflows: list[RecordName]
    languages: list[str]


@dataclass(slots=True)
class RememberedChoices:
    """The choices of the organizations that asked last. They change with the first call of a new agent, and rarely."""

    seconds: float = 30.0
    most: int = 200
    kept: OrderedDict[int, tuple[float, Choices]] = field(default_factory=OrderedDict)

    async def of(self, session: Session, organization_id: int) -> Choices:
        """What was found at most ``seconds`` ago, else what there is now. One statement, or none."""
        now = monotonic()
        found = self.kept.get(organization_id)
        if found is not None and now < found[0] + self.seconds:
            return found[1]
        choices = await filter_choices(session, organization_id)
        self.kept[organization_id] = now, choices
        self.kept.move_to_end(organization_id)
        if len(self.kept) > self.most:
            self.kept.popitem(last=False)
        return choices


async def record_names(session: Session, organization_id: int, ids: Collection[UUID]) -> dict[UUID, RecordName]:
    """The names of these records, those that there are. One statement."""
    if not ids:
        return {}
    rows = await session.fetch(
        f"SELECT r.id, r.kind, coalesce(r.vendor_id, r.id::text), {_NAME} FROM records r"
        " WHERE r.organization_id = $1 AND r.id = ANY($2)",
        organization_id,
        list(ids),
    )
    return {row[0]: RecordName(row[0], row[1], row[2], row[3] or row[2]) for row in rows}


async def filter_choices(session: Session, organization_id: int) -> Choices:
    """The agents, workflows and languages that calls have. One statement over the facets, however many calls there are.

    An agent of which only an id is known goes by the id that its calls give.
    """
    rows = await session.fetch(
        "WITH f AS (SELECT DISTINCT agent, workflow FROM call_facets WHERE organization_id = $1 AND detail = 3),"
        " a AS (SELECT DISTINCT agent AS id FROM f WHERE agent IS NOT NULL LIMIT $2),"
        " w AS (SELECT DISTINCT workflow AS id FROM f WHERE workflow IS NOT NULL LIMIT $2),"
        " l AS (SELECT DISTINCT lower(language) AS language FROM call_facets"
        " WHERE organization_id = $1 AND detail = 4 AND language IS NOT NULL LIMIT $2)"
        " SELECT 'agent', a.id, coalesce(r.vendor_id, (SELECT c.agent_id FROM calls c WHERE c.organization_id = $1"
        f" AND c.agent = a.id AND c.deleted_at IS NULL LIMIT 1), a.id::text), {_NAME}"
        " FROM a LEFT JOIN records r ON r.organization_id = $1 AND r.id = a.id"
        f" UNION ALL SELECT 'workflow', w.id, coalesce(r.vendor_id, w.id::text), {_NAME}"
        " FROM w LEFT JOIN records r ON r.organization_id = $1 AND r.id = w.id"
        " UNION ALL SELECT 'language', NULL, l.language, NULL FROM l",
        organization_id,
        _MOST_CHOICES,
    )

    def named(kind: str) -> list[RecordName]:
        found = [RecordName(row[1], kind, row[2], row[3] or row[2]) for row in rows if row[0] == kind]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    return Choices(named("agent"), named("workflow"), sorted(row[2] for row in rows if row[0] == "language"))
