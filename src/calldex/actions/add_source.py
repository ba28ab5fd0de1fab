"""A place where a sender may deliver, and the secret that its deliveries are known by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from calldex.actions.transacting import by_itself
from calldex.core.errors import InvalidRequest, NotFound, Problem
from calldex.core.ids import new_uuid
from calldex.core.sealing import seal
from calldex.store import endpoints
from calldex.store.acts import Actor, write_act
from calldex.store.installation import installation_secret

if TYPE_CHECKING:
    from calldex.store.database import Database, Session
    from calldex.store.organizations import Organization

_LONGEST_SECRET = 500


async def add_source_in(
    session: Session,
    organization: Organization,
    sender: str,
    secret: str,
    *,
    test: bool = False,
    operator_secret: bytes | None = None,
    by: Actor | None = None,
) -> UUID:
    """A new endpoint of the organization, or of its sandbox when ``test``; its id, which its URL holds.

    The sender's secret is kept sealed. ``operator_secret`` is the operator's own for that; None takes the
    installation's. ``by`` is who adds it, None for the operator. The caller has begun the transaction.
    """
    checked = _checked(secret)
    organization_id = organization.sandbox_id if test else organization.id
    endpoint_id = new_uuid(datetime.now(UTC))
    used = operator_secret if operator_secret is not None else await installation_secret(session)
    await endpoints.insert_endpoint(
        session,
        organization_id,
        endpoint_id=endpoint_id,
        sender=sender,
        sealed_secret=seal(used, checked, f"{organization_id}/{endpoint_id}"),
    )
    if by is not None:
        now = datetime.now(UTC)
        await write_act(session, organization_id, by, "add_source", now, sender=sender, source=str(endpoint_id))
    return endpoint_id


add_source = by_itself(add_source_in)


async def remove_source(database: Database, endpoint_id: UUID) -> bool:
    """Let an endpoint take no more deliveries; False when it was removed before. Raises NotFound for no endpoint."""
    async with database.session() as session:
        removed = await endpoints.remove_endpoint(session, endpoint_id)
    if removed is None:
        raise NotFound(f"There is no source with the id {endpoint_id}.")
    return removed


async def remove_own_source(database: Database, organization_ids: Sequence[int], endpoint_id: UUID, by: Actor) -> bool:
    """The same for an endpoint of one of these organizations, by somebody who administers them."""
    async with database.session() as session, session.transaction():
        found = await endpoints.remove_endpoint_of(session, organization_ids, endpoint_id)
        if found is None:
            raise NotFound("There is no such source.")
        organization_id, sender, removed = found
        if removed:
            now = datetime.now(UTC)
            await write_act(session, organization_id, by, "remove_source", now, sender=sender, source=str(endpoint_id))
    return removed


def _checked(secret: str) -> str:
    plain = secret.strip()
    if plain and len(plain) <= _LONGEST_SECRET and plain.isprintable():
        return plain
    # An empty secret would let everybody in. The sentence does not repeat what was given.
    message = f"A secret has 1 to {_LONGEST_SECRET} printable characters."
    raise InvalidRequest(problems=(Problem(("secret",), message, "invalid_secret"),))
