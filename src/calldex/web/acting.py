"""What people do to a call, read for its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calldex.core.calls import Call
from calldex.store.notes import Note, list_notes
from calldex.web.visits import Visit

if TYPE_CHECKING:
    from calldex.store.database import Session


@dataclass(frozen=True, slots=True)
class Acting:
    """What people wrote about a call."""

    notes: list[Note]


async def load_acting(session: Session, visit: Visit, call: Call) -> Acting:
    return Acting(await list_notes(session, visit.organization_id, call.id))
