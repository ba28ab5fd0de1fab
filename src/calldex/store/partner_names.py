"""Partners by the words of their names: any word's beginning finds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from calldex.core.ids import record_candidates
from calldex.core.jsonbytes import members_of
from calldex.core.spoken import folded_words

if TYPE_CHECKING:
    from calldex.store.database import Session
    from calldex.store.records import StoredRecord

KIND: Final = "partner"
_NAMES: Final = ("name", "legal_name", "given_name", "family_name", "account_number", "email")
_MOST_WORDS: Final = 32
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class FoundPartner:
    """A partner as a list of suggestions shows it; ``id`` is one by which a filter finds it."""

    uuid: UUID
    id: str
    name: str
    account_number: str | None


def name_words(body: bytes) -> set[str]:
    """The words by which a partner is found, as they are compared."""
    said = members_of(body)
    words = [word for name in _NAMES if isinstance(said.get(name), str) for word in folded_words(said[name])]
    return set(dict.fromkeys(words[:_MOST_WORDS]))


async def write_names(session: Session, organization_id: int, records: Iterable[StoredRecord]) -> None:
    """Keep the words of those of the records that are partners, in place of those that were kept before."""
    await _write(session, organization_id, [(one.id, one.body) for one in records if one.kind == KIND])


async def _write(session: Session, organization_id: int, partners: Sequence[tuple[UUID, bytes]]) -> None:
    if not partners:
        return
    await session.execute(
        "DELETE FROM partner_names WHERE organization_id = $1 AND partner = ANY($2)",
        organization_id,
        [partner for partner, _ in partners],
    )
    await session.copy_records_to_table(
        "partner_names",
        columns=("organization_id", "word", "partner"),
        records=[(organization_id, word, partner) for partner, body in partners for word in sorted(name_words(body))],
    )


async def find_partners(session: Session, organization_id: int, text: str, limit: int) -> list[FoundPartner]:
    """Partners that have for each word of the text one in their names that begins with it, by name. One statement."""
    words = list(dict.fromkeys(folded_words(text)))[:8]
    if not words:
        return []
    # The rarest word cannot be known, so each is looked up by itself; a range of one letter is cut off.
    tests = " AND ".join(
        "EXISTS (SELECT 1 FROM partner_names o WHERE o.organization_id = $1 AND o.partner = n.partner"
        f" AND o.word >= ${number} AND o.word < ${number} || U&'\\+10FFFF')"
        for number in range(4, 3 + len(words))
    )
    rows = await session.fetch(
        "SELECT r.id, r.vendor_id, convert_to(r.body::text, 'UTF8') FROM ("
        "SELECT DISTINCT n.partner FROM partner_names n WHERE n.organization_id = $1"
        " AND n.word >= $3 AND n.word < $3 || U&'\\+10FFFF'"
        f"{' AND ' + tests if tests else ''} LIMIT 200) AS f"
        " JOIN records r ON r.organization_id = $1 AND r.id = f.partner LIMIT $2",
        organization_id,
        200,
        *sorted(words, key=len, reverse=True),
    )
    found = [_found(*row) for row in rows]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))[:limit]


def _found(uuid: UUID, vendor_id: str | None, body: bytes) -> FoundPartner:
    said = members_of(body)
    name = next((said[key] for key in _NAMES if isinstance(said.get(key), str) and said[key].strip()), "")
    account = said.get("account_number")
    found = vendor_id is not None and uuid in record_candidates(KIND, vendor_id)
    return FoundPartner(
        uuid, vendor_id if found and vendor_id else str(uuid), name, account if isinstance(account, str) else None
    )


async def index_names_that_are_there(session: Session) -> None:
    """Keep the words of every partner of every organization, some at a time.

    JSON is asked as its bytes, because the connection of a migration would parse it.
    """
    after = (0, UUID(int=0))
    while True:
        rows = await session.fetch(
            "SELECT organization_id, id, kind, CASE WHEN kind = $4 THEN convert_to(body::text, 'UTF8') END AS body"
            " FROM records WHERE (organization_id, id) > ($1, $2) ORDER BY organization_id, id LIMIT $3",
            *after,
            _AT_ONCE,
            KIND,
        )
        for organization_id in sorted({row[0] for row in rows}):
            partners = [(row[1], bytes(row[3])) for row in rows if row[0] == organization_id and row[2] == KIND]
            await _write(session, organization_id, partners)
        if len(rows) < _AT_ONCE:
            return
        after = (rows[-1][0], rows[-1][1])
