"""Whether what leads to an organization's calls is what they say, and making it so: counts, facets, links, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString

from calldex.store.call_texts import count_not_indexed, index_anew
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


_LINKS: Final[tuple[tuple[LiteralString, LiteralString, LiteralString], ...]] = (
    ("call_classifications", "classification", "classification_words"),
    ("call_invoices", "invoice", "invoices"),
    ("call_tags", "tag", "tag_words"),
)
"""The tables of what a call can have several of, what leads there, and the column of a call that says it."""


def _wanted(column: LiteralString, several: LiteralString) -> LiteralString:
    return (
        f"SELECT DISTINCT c.id AS call_id, u.{column}, c.occurred_at, true AS wanted"
        f" FROM calls c CROSS JOIN LATERAL unnest(c.{several}) AS u ({column})"
        " WHERE c.organization_id = $1 AND c.deleted_at IS NULL"
    )


@dataclass(frozen=True, slots=True)
class Findings:
    """How many calls an organization has, deleted ones included; how many are in a facet that is not theirs; how many
    counts are not the number of calls that they stand for; how many ways from a classification, invoice or tag to a
    call are missing or lead nowhere; how many calls say something that a search does not find, or that they do not say.
    """

    calls: int
    wrong_facets: int
    wrong_counts: int
    wrong_links: int
    wrong_texts: int

    @property
    def sound(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.wrong_facets or self.wrong_counts or self.wrong_links or self.wrong_texts)


async def verify_calls(session: Session, organization_id: int) -> Findings:
    """Compare what leads to an organization's calls with the calls. Reads all of them, and blocks nobody."""
    async with session.transaction(isolation="repeatable_read", readonly=True):
        calls = await session.fetchval("SELECT count(*) FROM calls WHERE organization_id = $1", organization_id)
        facets = await session.fetchval(f"SELECT count(*){_WRONG_FACET}", organization_id)
        counts = await session.fetchval(
            "SELECT count(*) FROM recount_calls($1) r FULL JOIN"
            " (SELECT * FROM call_counts WHERE organization_id = $1) k USING (detail, span, bucket, facet)"
            " WHERE coalesce(r.calls, 0) <> coalesce(k.calls, 0)",
            organization_id,
        )
        links = 0
        for table, column, several in _LINKS:
            links += await session.fetchval(
                f"SELECT count(*) FROM ({_wanted(column, several)}) AS w FULL JOIN"
                f" (SELECT call_id, {column}, occurred_at, true AS there FROM {table} WHERE organization_id = $1) AS l"
                f" USING (call_id, {column}, occurred_at) WHERE w.wanted IS NULL OR l.there IS NULL",
                organization_id,
            )
        texts = await count_not_indexed(session, organization_id)
        texts += await session.fetchval(
            "SELECT count(*) FROM call_texts t LEFT JOIN calls c ON c.organization_id = $1 AND c.id = t.call_id"
            " AND c.deleted_at IS NULL AND c.has_transcript WHERE t.organization_id = $1 AND c.id IS NULL",
            organization_id,
        )
    return Findings(calls, facets, counts, links, texts)


async def mend_calls(session: Session, organization_id: int) -> None:
    """Make facets, counts, links and the words of searches anew from the calls.

    Nobody else can write calls of the organization meanwhile.
    """
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
        for table, column, several in _LINKS:
            await session.execute(f"DELETE FROM {table} WHERE organization_id = $1", organization_id)
            await session.execute(
                f"INSERT INTO {table} (organization_id, {column}, occurred_at, call_id)"
                f" SELECT $1, w.{column}, w.occurred_at, w.call_id FROM ({_wanted(column, several)}) AS w",
                organization_id,
            )
        await index_anew(session, organization_id)
