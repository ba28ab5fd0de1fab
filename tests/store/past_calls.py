"""Every past of an organization's calls: a trigger of the test keeps each change under the version that made it, so an
answer, which says its version, can be compared with the calls of exactly that moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from calldex.store.database import Session

Rows = Mapping[UUID, Mapping[str, Any]]

_KEEPING = """
    CREATE TABLE past_calls AS SELECT c.*, 0::bigint AS version, false AS gone FROM calls c WITH NO DATA;
    ALTER TABLE past_calls ADD COLUMN step bigint GENERATED ALWAYS AS IDENTITY;
    CREATE FUNCTION keep_past_call() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        touched calls := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
        now_at bigint := (SELECT calls FROM organization_versions WHERE organization_id = touched.organization_id);
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            INSERT INTO past_calls SELECT (OLD).*, now_at, true;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO past_calls SELECT (NEW).*, now_at, false;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER keep_past_call AFTER INSERT OR UPDATE OR DELETE ON calls
        FOR EACH ROW EXECUTE FUNCTION keep_past_call();
"""


async def keep_past_calls(session: Session) -> None:
    """Let the database of the test keep them from now on."""
    await session.execute(_KEEPING)


@dataclass
class Past:
    """The calls of one organization after each version."""

    versions: list[int] = field(default_factory=lambda: [-1])
    states: list[Rows] = field(default_factory=lambda: [{}])
    read: int = 0

    async def go_on(self, session: Session, organization_id: int) -> None:
        """Read what has changed since the last time; whoever writes has stopped."""
        changes = await session.fetch(
            "SELECT * FROM past_calls WHERE organization_id = $1 AND step > $2 ORDER BY step",
            organization_id,
            self.read,
        )
        for change in changes:
            self.read = change["step"]
            if change["version"] != self.versions[-1]:
                self.versions.append(change["version"])
                self.states.append(dict(self.states[-1]))
            state: Any = self.states[-1]
            if change["gone"]:
                del state[change["id"]]
            else:
                state[change["id"]] = change

    def at(self, version: int) -> Rows:
        """The calls as they were at this version."""
        return self.states[bisect_right(self.versions, version) - 1]

    @property
    def now(self) -> Rows:
        return self.states[-1]
