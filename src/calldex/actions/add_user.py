"""Users of an organization: add one, change what one may do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from calldex.actions.create_organization import checked_name
from calldex.actions.passwords import hash_password
from calldex.core.errors import Conflict, InvalidRequest, NotFound, Problem
from calldex.core.ids import new_uuid
from calldex.core.people import ROLES, Role
from calldex.core.suggestions import did_you_mean
from calldex.store import users
from calldex.store.acts import Actor, write_act
from calldex.store.sign_ins import delete_sign_ins_of

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

# Whether mail arrives there is for the mail server to know; this only catches slips.
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,189}\Z")


async def add_user(
    database: Database,
    organization_id: int,
    *,
    email: str,
    name: str | None,
    role: str,
    password: str,
    by: Actor | None = None,
) -> UUID:
    """A new user; the id. Without a name the part of the address before the @ is the name.

    ``by`` is who adds it, here and below; None for the operator.

    Raises InvalidRequest for what cannot be an address, name, role or password, and Conflict for an address that the
    organization has already.
    """
    password_hash = await hash_password(password)
    async with database.session() as session, session.transaction():
        return await add_user_in(
            session, organization_id, email=email, name=name, role=role, password_hash=password_hash, by=by
        )


async def add_user_in(
    session: Session,
    organization_id: int,
    *,
    email: str,
    name: str | None,
    role: str,
    password_hash: str,
    by: Actor | None = None,
) -> UUID:
    """The same in a transaction that the caller has begun, with what is kept of the password."""
    plain = checked_email(email)
    named = checked_name(name if name and name.strip() else plain.partition("@")[0], "The name of a user")
    checked = checked_role(role)
    user_id = new_uuid(datetime.now(UTC))
    await users.insert_user(
        session,
        organization_id,
        user_id=user_id,
        email=plain,
        name=named,
        role=checked,
        password_hash=password_hash,
    )
    await _write_act(session, organization_id, by, "add_user", user=plain, user_name=named, role=checked)
    return user_id


async def change_role(
    database: Database,
    organization_id: int,
    user_id: UUID,
    role: str,
    *,
    keep_an_admin: bool = True,
    by: Actor | None = None,
) -> None:
    """Raises Conflict when it would take away the last one who may administer the organization.

    The operator, who can make users at any time, need not keep one.
    """
    checked = checked_role(role)
    async with _changing(database, organization_id, user_id, keep_an_admin=keep_an_admin) as (session, user):
        await users.set_role(session, organization_id, user_id, checked)
        if user.role != checked:
            await _write_act(
                session, organization_id, by, "change_role", user=user.email, role=checked, before=user.role
            )


async def disable_user(
    database: Database,
    organization_id: int,
    user_id: UUID,
    *,
    disabled: bool = True,
    keep_an_admin: bool = True,
    by: Actor | None = None,
) -> None:
    """Let a user sign in no more, and end what is signed in; or let one sign in again. Raises Conflict as above."""
    async with _changing(database, organization_id, user_id, keep_an_admin=keep_an_admin) as (session, user):
        if disabled != (user.disabled_at is not None):
            await users.set_disabled(session, organization_id, user_id, disabled=disabled)
            act = "disable_user" if disabled else "enable_user"
            await _write_act(session, organization_id, by, act, user=user.email)
        if disabled:
            await delete_sign_ins_of(session, organization_id, user_id)


async def change_password(
    database: Database,
    organization_id: int,
    user_id: UUID,
    password: str,
    *,
    but: bytes | None = None,
    by: Actor | None = None,
) -> None:
    """A new password signs the user out everywhere, but for the sign-in whose token has the hash ``but``."""
    password_hash = await hash_password(password)
    async with database.session() as session, session.transaction():
        user = await _there(session, organization_id, user_id)
        await users.set_password(session, organization_id, user_id, password_hash)
        await delete_sign_ins_of(session, organization_id, user_id, but=but)
        await _write_act(session, organization_id, by, "change_password", user=user.email)


async def let_viewers_hear(database: Database, organization_id: int, *, hear: bool, by: Actor) -> None:
    """Whether viewers of the organization may hear recordings from now on."""
    async with database.session() as session, session.transaction():
        before = await users.viewers_hear(session, organization_id)
        await users.let_viewers_hear(session, organization_id, hear=hear)
        if hear != before:
            await _write_act(session, organization_id, by, "let_viewers_hear", hear=hear)


def checked_email(email: str) -> str:
    """The address without outer blanks. Raises InvalidRequest for what is none."""
    plain = email.strip()
    if _EMAIL.fullmatch(plain) and plain.isprintable():
        return plain
    sentence = f'"{plain[:100]}" is no e-mail address, which looks like ana@example.com.'
    raise InvalidRequest(problems=(Problem(("email",), sentence, "invalid_email", plain[:255]),))


def checked_role(role: str) -> Role:
    """Raises InvalidRequest for a word that is no role."""
    for known in ROLES:
        if role == known:
            return known
    sentence = f'"{role[:64]}" is no role.{did_you_mean(role, ROLES)} Roles are {", ".join(ROLES)}.'
    raise InvalidRequest(problems=(Problem(("role",), sentence, "invalid_role", role[:255]),))


async def _there(session: Session, organization_id: int, user_id: UUID) -> users.User:
    user = await users.load_user(session, organization_id, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


async def _write_act(session: Session, organization_id: int, by: Actor | None, act: str, **detail: Any) -> None:
    if by is not None:
        await write_act(session, organization_id, by, act, datetime.now(UTC), **detail)


@asynccontextmanager
async def _changing(
    database: Database, organization_id: int, user_id: UUID, *, keep_an_admin: bool
) -> AsyncIterator[tuple[Session, users.User]]:
    """The transaction of a change, and the user before it."""
    async with database.session() as session, session.transaction():
        await users.lock_users(session, organization_id)
        user = await _there(session, organization_id, user_id)
        before = await users.count_admins(session, organization_id)
        yield session, user
        if keep_an_admin and before and not await users.count_admins(session, organization_id):
            raise Conflict(
                "Somebody must be left who may administer the organization: make another user an admin first."
            )
