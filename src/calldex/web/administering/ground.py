"""What somebody administers, and how each page of the settings answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from calldex.core.errors import CalldexError, Conflict, NotFound
from calldex.core.ids import LAST_ID, parse_uuid
from calldex.store.organizations import Organization, organization_of
from calldex.web.texts import text
from calldex.web.visits import Visit

PARTS: Final = ("keys", "users", "sources", "inbox", "activity")
"""The pages of the settings, each with a template of its name."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The organization that somebody administers: with its sandbox, or, for a user of a sandbox, that alone."""

    organization: Organization
    person_test: bool

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of what may be seen and changed."""
        sandbox = self.organization.sandbox_id
        return (sandbox,) if self.person_test else (self.organization.id, sandbox)

    def test(self, *, wanted: bool) -> bool:
        """Whether something new is for the sandbox. A user of the sandbox makes nothing else."""
        return self.person_test or wanted


async def ground_of(visit: Visit) -> Ground:
    """What the person of a visit administers."""
    async with visit.database.session() as session:
        organization = await organization_of(session, visit.organization_id)
    if organization is None:
        raise NotFound
    return Ground(organization, visit.person.test)


def answer(visit: Visit, part: str, *, error: CalldexError | None = None, **values: Any) -> Response:
    """A page of the settings, or for a script its part that changed; with what went wrong, if something did."""
    status = 200 if error is None else visit.context.status_of(error)
    template = f"_settings_{part}.html" if visit.is_fragment else "settings.html"
    # Other in each page, so that a form that is sent twice makes what it makes once.
    once = secrets.token_urlsafe(12)
    return visit.page(template, status=status, part=part, parts=PARTS, error=error, once=once, **values)


def made_before(what: str) -> Conflict:
    """The answer to a form that has made its ``what`` already: what is secret of it is not known any more."""
    return Conflict(text(f"settings.{what}_made_before"))


def id_in(params: Mapping[str, Any], name: str = "id") -> UUID:
    """The UUID in a path. Raises NotFound for what is none."""
    found = parse_uuid(params[name])
    if found is None:
        raise NotFound(text("settings.nothing"))
    return found


def before_in(visit: Visit) -> UUID:
    """Where the last page of a list ended; without that no id is left out."""
    return parse_uuid(visit.request.query_params.get("before", "")) or LAST_ID
