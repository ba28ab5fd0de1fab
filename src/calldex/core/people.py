"""People who sign in: their roles, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args
from uuid import UUID

Role = Literal["viewer", "member", "approver", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the least to the most; who has a role may do what the roles before it may."""

Right = Literal["hear", "export", "note", "classify", "task", "share", "decide", "delete", "administer"]

_FIRST_WITH: Final[dict[Right, Role]] = {
    "hear": "viewer",
    "export": "member",
    "note": "member",
    "classify": "member",
    "task": "member",
    "share": "member",
    "decide": "approver",
    "delete": "admin",
    "administer": "admin",
}

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 256


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in. For a user of a sandbox the organization is the sandbox.

    ``viewers_hear`` is what the organization says of recordings; ``preferences`` is JSON of the explorer.
    """

    organization_id: int
    organization_public_id: UUID
    organization_name: str
    test: bool
    id: UUID
    email: str
    name: str
    role: Role
    viewers_hear: bool
    preferences: bytes
    time_zone: str

    def may(self, right: Right) -> bool:
        """Whether the person's role has this right. Viewers hear recordings where the organization lets them."""
        if right == "hear" and self.role == "viewer":
            return self.viewers_hear
        return role_may(self.role, right)


def role_may(role: Role, right: Right) -> bool:
    """Whether a role has this right, whatever the organization says of recordings."""
    return ROLES.index(role) >= ROLES.index(_FIRST_WITH[right])


def first_role_with(right: Right) -> Role:
    """The least role that may do it."""
    return _FIRST_WITH[right]


def email_key(email: str) -> str:
    """An e-mail address as it is compared. Letter case never tells two people apart in practice."""
    return email.strip().casefold()
