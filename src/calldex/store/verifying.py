"""Whether the counts and facets of an organization are what its calls say, and making them so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString

from calldex.store.call_writes import lock_writes
from calldex.store.versions import change_calls

if TYPE_CHECKING:
    from calldex.store.database import Session

_FOLDABLE: Final[tuple[LiteralString, ...]] = (
    "direction",
    "sentiment",
    "status",
    "agent",
    "workflow",
    "source",
    "kind",
    "mode",
    "language",
    "completion_rating",
    "disposition",
)
_SAME: Final[LiteralString] = " AND ".join(
    [
        "f.detail = 5",
        *(
            f"(f.{name} IS NOT DISTINCT FROM c.{name} OR (f.{name} IS NULL AND '{name}' = ANY(v.folded)))"
            for name in _FOLDABLE
        ),
        "(f.length IS NOT DISTINCT FROM call_length(c.duration_ms) OR (f.length IS NULL AND 'length' = ANY(v.folded)))",
        (
            "(coalesce(f.classification_words, '{}') = ARRAY(SELECT DISTINCT w COLLATE \"C\""
            ' FROM unnest(c.classification_words) w ORDER BY w COLLATE "C")'
            " OR (f.classification_words IS NULL AND 'classification_words' = ANY(v.folded)))"
        ),
        "f.voicemail = c.voicemail",
        "f.has_recording = c.has_recording",
        "f.has_transcript = c.has_transcript",
    ]
)
_WRONG_FACET: Final[LiteralString] = (
    " FROM calls c LEFT JOIN organization_versions v ON v.organization_id = c.organization_id"
    " LEFT JOIN call_facets f ON f.organization_id = c.organization_id AND f.id = c.facet"
    f" WHERE c.organization_id = $1 AND ({_SAME}) IS NOT TRUE"
)


@dataclass(frozen=True, slots=True)
class Findings:
    """How many calls an organization has, deleted ones included; how many are in a facet that is not theirs; how many
    counts are not the number of calls that they stand for.
    """

    calls: int
    wrong_facets: int
    wrong_counts: int

    @property
    def sound(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.wrong_facets or self.wrong_counts)


async def verify_counts(session: Session, organization_id: int) -> Findings:
    """Compare an organization's facets and counts with its calls. Reads all of them, and blocks nobody."""
    async with session.transaction(isolation="repeatable_read", readonly=True):
        calls = await session.fetchval("SELECT count(*) FROM calls WHERE organization_id = $1", organization_id)
        facets = await session.fetchval(f"SELECT count(*){_WRONG_FACET}", organization_id)
        counts = await session.fetchval(
            "SELECT count(*) FROM recount_calls($1) r FULL JOIN"
            " (SELECT * FROM call_counts WHERE organization_id = $1) k USING (detail, span, bucket, facet)"
            " WHERE coalesce(r.calls, 0) <> coalesce(k.calls, 0)",
            organization_id,
        )
    return Findings(calls, facets, counts)


async def rebuild_counts(session: Session, organization_id: int) -> None:
    """Make facets and counts anew from the calls. Nobody else can write calls of the organization meanwhile."""
    async with session.transaction():
        await lock_writes(session, organization_id)
        await change_calls(session, organization_id)
        await session.execute(
            "UPDATE calls SET facet = facet_of_call(organization_id, direction, sentiment, status,"
            " classification_words, agent, workflow, source, kind, voicemail, mode, language, completion_rating,"
            " disposition, has_recording, has_transcript, duration_ms)"
            f" WHERE organization_id = $1 AND id IN (SELECT c.id{_WRONG_FACET})",
            organization_id,
        )
        await session.execute("DELETE FROM call_counts WHERE organization_id = $1", organization_id)
        await session.execute(
            "INSERT INTO call_counts (organization_id, detail, span, bucket, facet, calls)"
            " SELECT $1, r.detail, r.span, r.bucket, r.facet, r.calls FROM recount_calls($1) r",
            organization_id,
        )
