"""Acts on calls: what is done and who did it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from calldex.actions.merging_records import MakeForm
from calldex.actions.writing import Intent, Written, write_one
from calldex.core.errors import InvalidRequest, Problem
from calldex.store.acts import Actor, write_act

if TYPE_CHECKING:
    from calldex.store.database import Session

LONGEST_REASON: Final = 1000


async def act(
    session: Session,
    organization_id: int,
    forms: Mapping[str, MakeForm],
    intent: Intent,
    actor: Actor,
    name: str,
    now: datetime,
    **detail: Any,
) -> Written:
    """Write one call, and that ``actor`` did it as the act ``name``. What changes nothing is no act."""
    written = await write_one(session, organization_id, forms, intent, now)
    if written.outcome != "unchanged":
        await write_act(session, organization_id, actor, name, now, call_id=written.call_id, **detail)
    return written


def checked_reason(reason: str | None) -> str | None:
    """Why somebody did it, if they said so. Raises InvalidRequest for more than a reason."""
    plain = (reason or "").strip()
    if len(plain) > LONGEST_REASON:
        sentence = f"The reason may have up to {LONGEST_REASON:,} characters, and has {len(plain):,}."
        raise InvalidRequest(problems=(Problem(("reason",), sentence, "too_long"),))
    return plain or None
