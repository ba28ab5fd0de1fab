"""Signing in and out: a password for a token that a browser keeps."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from calldex.actions.passwords import is_password
from calldex.core.errors import RateLimited, Unauthenticated
from calldex.core.people import Person, email_key
from calldex.store import sign_ins
from calldex.store.users import Candidate, find_candidates, password_hash_of

if TYPE_CHECKING:
    from calldex.store.database import Database

MOST_TRIES: Final = 10
"""So many wrong passwords for one address are taken within a quarter of an hour."""

MOST_TRIES_OF_A_CLIENT: Final = 100
"""And so many from one client, behind which there may be a whole office."""

_WAIT_SECONDS: Final = 900
_TOO_MANY: Final = "There were too many wrong passwords; wait a quarter of an hour."
_WRONG: Final = "The e-mail address or the password is wrong."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-in. Only a hash of the token is kept."""

    token: str
    user: Candidate


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random, so a fast hash is enough."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


async def check_password(database: Database, email: str, password: str, client: str, secret: bytes) -> list[Candidate]:
    """The users of an address whose password this is; one, unless somebody has the same in several organizations.

    Raises Unauthenticated for a wrong address or password, and RateLimited after too many wrong ones, for an address
    that is nobody's as for any other.
    """
    places = [_place(secret, "address", email_key(email)), _place(secret, "client", client)]
    async with database.session() as session:
        tries, of_client = await sign_ins.count_attempt(session, places)
        if tries > MOST_TRIES or of_client > MOST_TRIES_OF_A_CLIENT:
            raise RateLimited(_TOO_MANY, retry_after=_WAIT_SECONDS)
        found = await find_candidates(session, email)
    # The session is given back before the hashes are worked out, which takes a while.
    right = [one for one in found if await is_password(password, one.password_hash)]
    if not found:
        await is_password(password, None)
    if not right:
        raise Unauthenticated(_WRONG)
    async with database.session() as session:
        await sign_ins.take_attempt_back(session, places)
        if len(right) == len(found):
            # Who has the same address in an organization of their own takes back no guess at anybody else's password.
            await sign_ins.forget_failures(session, places[0])
    return right


async def check_own_password(database: Database, person: Person, password: str, secret: bytes) -> bool:
    """Whether it is the password of somebody who is signed in. Wrong ones are counted here, too: RateLimited."""
    places = [_place(secret, "own", str(person.id))]
    async with database.session() as session:
        if (await sign_ins.count_attempt(session, places))[0] > MOST_TRIES:
            raise RateLimited(_TOO_MANY, retry_after=_WAIT_SECONDS)
        password_hash = await password_hash_of(session, person.organization_id, person.id)
    if not await is_password(password, password_hash):
        return False
    async with database.session() as session:
        await sign_ins.forget_failures(session, places[0])
    return True


async def sign_in(database: Database, user: Candidate, time_zone: str) -> SignedIn:
    """Sign a user in whose password was right."""
    token = secrets.token_urlsafe(32)
    async with database.session() as session, session.transaction():
        await sign_ins.insert_sign_in(session, user.organization_id, user.id, token_hash(token), time_zone)
    return SignedIn(token, user)


async def who_is(database: Database, token: str) -> Person | None:
    """Who is signed in by a token."""
    async with database.session() as session:
        return await sign_ins.find_person(session, token_hash(token))


async def sign_out(database: Database, person: Person, token: str) -> None:
    async with database.session() as session:
        await sign_ins.delete_sign_in(session, person.organization_id, token_hash(token))


def _place(secret: bytes, kind: str, text: str) -> bytes:
    """Where attempts are counted. The table holds no address of anybody in plain words."""
    return hmac.digest(secret, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), sha256)
