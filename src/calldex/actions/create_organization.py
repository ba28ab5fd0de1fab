from uuid import uuid4

from calldex.core.errors import Conflict, InvalidRequest, Problem
from calldex.store.database import Database
from calldex.store.organizations import (
    Organization,
    insert_organization,
    lock_organization_name,
    organizations_named,
)


async def create_organization(database: Database, name: str) -> Organization:
    """A new organization together with its sandbox. A name that is taken raises Conflict."""
    name = checked_name(name, "The name of an organization")
    async with database.session() as connection, connection.transaction():
        await lock_organization_name(connection, name)
        if await organizations_named(connection, name):
            raise Conflict(f'There already is an organization named "{name}".')
        return await insert_organization(connection, name, uuid4(), uuid4())


def checked_name(name: str, what: str) -> str:
    """The name without outer blanks, or InvalidRequest with a sentence about `what`."""
    plain = name.strip()
    if not 1 <= len(plain) <= 200:
        message = f"{what} has 1 to 200 characters."
    elif not plain.isprintable():
        message = f"{what} must be printable text."
    else:
        return plain
    raise InvalidRequest(problems=(Problem(("name",), message, "invalid_name", name[:200]),))
