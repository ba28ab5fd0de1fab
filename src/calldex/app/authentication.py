"""Whose key it is, asked of the database at most once a second per key and process."""

import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from secrets import token_bytes

from calldex.core.errors import Unauthenticated
from calldex.core.keys import Principal, hash_key, parse_key, same_hash
from calldex.store.database import Database
from calldex.store.keys import find_principal

_MOST_REMEMBERED = 10_000


def key_checker(
    get_database: Callable[[], Database],
    get_secret: Callable[[], bytes],
    *,
    seconds: float = 1.0,
) -> Callable[[str], Awaitable[Principal]]:
    """A function that gives the principal of a key's text or raises Unauthenticated.

    A good key is remembered for `seconds`, by a hash that only this process can make, so a revoked one stops
    working that much later. A bad key is never remembered, and one with a wrong checksum never reaches the database.
    """
    remembered: dict[bytes, tuple[float, Principal]] = {}
    salt = token_bytes(32)

    async def check(text: str) -> Principal:
        now = time.monotonic()
        mark = blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=32).digest()
        known = remembered.get(mark)
        if known is not None and known[0] > now:
            return known[1]
        parts = parse_key(text)
        if parts is None:
            raise Unauthenticated("The API key is malformed.")
        key_hash = hash_key(text, get_secret())
        async with get_database().session() as connection:
            found = await find_principal(connection, parts.short)
        if found is None or found.revoked or not same_hash(found.hash, key_hash):
            remembered.pop(mark, None)
            raise Unauthenticated("The API key is unknown or was revoked.")
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        # The clock was read before the question, so the age of the answer is counted in full.
        remembered[mark] = (now + seconds, found.principal)
        return found.principal

    return check
