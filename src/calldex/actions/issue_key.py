from dataclasses import dataclass
from uuid import UUID, uuid4

from calldex.actions.create_organization import checked_name
from calldex.core.keys import hash_key, make_key
from calldex.store.database import Database
from calldex.store.installation import installation_secret
from calldex.store.keys import insert_key
from calldex.store.organizations import Organization


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key whose text is known at this moment only."""

    id: UUID
    text: str
    test: bool


async def issue_key(
    database: Database,
    organization: Organization,
    *,
    name: str | None = None,
    test: bool = False,
    secret: bytes | None = None,
) -> IssuedKey:
    """A new key of the organization, or of its sandbox when `test`.

    `secret` is the operator's own secret for the stored hashes; None takes the installation's.
    """
    if name is not None:
        name = checked_name(name, "The name of a key")
    key = make_key(test=test)
    key_id = uuid4()
    async with database.pool.acquire() as connection, connection.transaction():
        used = secret if secret is not None else await installation_secret(connection)
        await insert_key(
            connection,
            organization.sandbox_id if test else organization.id,
            key_id=key_id,
            name=name,
            short=key.short,
            key_hash=hash_key(key.text, used),
            test=test,
        )
    return IssuedKey(key_id, key.text, test)
