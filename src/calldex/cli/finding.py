"""From what a person typed to an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calldex.core.errors import UsageError
from calldex.core.ids import parse_uuid
from calldex.core.suggestions import did_you_mean
from calldex.store.organizations import (
    Organization,
    organization_names,
    organization_with_public_id,
    organizations_named,
)

if TYPE_CHECKING:
    from calldex.store.database import Database


async def find_organization(database: Database, text: str) -> Organization:
    """The organization with this id or exactly this name; else UsageError with a hint."""
    if "\0" in text or not text.isprintable():
        raise UsageError("--org must be an organization's id or name.")
    async with database.session() as connection:
        public_id = parse_uuid(text)
        if public_id is not None:
            found = await organization_with_public_id(connection, public_id)
            if found is not None:
                return found
        named = await organizations_named(connection, text)
        if len(named) == 1:
            return named[0]
        if named:
            ids = ", ".join(str(one.public_id) for one in named)
            raise UsageError(f'Several organizations are named "{text}"; give one of the ids {ids}.')
        names = await organization_names(connection, 1000)
    if not names:
        raise UsageError(f'There is no organization "{text}"; make one with: calldex org create.')
    raise UsageError(f'There is no organization "{text}".{did_you_mean(text, names)} See them with: calldex org list.')
