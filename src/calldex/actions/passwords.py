"""Passwords: hashed with Argon2, a few at a time, so that a flood of sign-ins cannot take all the memory."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

from calldex.core.errors import InvalidRequest, Problem
from calldex.core.people import LONGEST_PASSWORD, SHORTEST_PASSWORD

_AT_ONCE: Final = 2
"""Each takes 64 MiB for about a tenth of a second."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _turn() -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of nobody")


def check_password_form(password: str) -> None:
    """Raises InvalidRequest for a password that is too short or too long."""
    if SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return
    sentence = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
    raise InvalidRequest(problems=(Problem(("password",), sentence, "invalid_password"),))


async def hash_password(password: str) -> str:
    """What is kept of a password."""
    check_password_form(password)
    async with _turn():
        return await asyncio.to_thread(_hasher().hash, password)


async def is_password(password: str, password_hash: str | None) -> bool:
    """Whether it is the password of this hash. Without a hash it is not, and takes as long to find out."""
    if len(password) > LONGEST_PASSWORD:
        return False
    async with _turn():
        return await asyncio.to_thread(_verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        _hasher().verify(password_hash or _nobodys_hash(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None
