from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from calldex.actions.create_organization import checked_name
from calldex.actions.transacting import by_itself
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.keys import SCOPES, hash_key, make_key, visible_key
from calldex.store.acts import Actor, write_act
from calldex.store.installation import installation_secret
from calldex.store.keys import insert_key

if TYPE_CHECKING:
    from uuid import UUID

    from calldex.store.database import Session
    from calldex.store.organizations import Organization


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key whose text is known at this moment only."""

    id: UUID
    text: str
    test: bool


async def issue_key_in(
    session: Session,
    organization: Organization,
    *,
    name: str | None = None,
    test: bool = False,
    secret: bytes | None = None,
    scopes: Sequence[str] = SCOPES,
    by: Actor | None = None,
) -> IssuedKey:
    """A new key of the organization, or of its sandbox when `test`. It may do what its scopes say.

    `secret` is the operator's own secret for the stored hashes; None takes the installation's. `by` is who
    issues it, None for the operator. The caller has begun the transaction.
    """
    if name is not None:
        name = checked_name(name, "The name of a key")
    key = make_key(test=test)
    key_id = uuid4()
    organization_id = organization.sandbox_id if test else organization.id
    checked = _checked_scopes(scopes)
    used = secret if secret is not None else await installation_secret(session)
    await insert_key(
        session,
        organization_id,
        key_id=key_id,
        name=name,
        short=key.short,
        key_hash=hash_key(key.text, used),
        test=test,
        scopes=checked,
    )
    if by is not None:
        visible = visible_key(key.short, test=test)
        now = datetime.now(UTC)
        await write_act(
            session, organization_id, by, "issue_key", now, key=visible, key_name=name, scopes=list(checked)
        )
    return IssuedKey(key_id, key.text, test)


issue_key = by_itself(issue_key_in)


def _checked_scopes(scopes: Sequence[str]) -> tuple[str, ...]:
    """The scopes in their usual order. A key without any could do nothing, so none is refused."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        shown = f'"{unknown[0][:64]}" is no scope' if unknown else "A key needs at least one scope"
        sentence = f"{shown}; known are {', '.join(SCOPES)}."
        raise InvalidRequest(problems=(Problem(("scope",), sentence, "invalid_scope", list(scopes)),))
    return tuple(scope for scope in SCOPES if scope in scopes)
