"""Actions that can be a part of something larger, and are mostly done by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from calldex.store.database import Database, Session

Given = ParamSpec("Given")
Result = TypeVar("Result")


def by_itself(
    action: Callable[Concatenate[Session, Given], Awaitable[Result]],
) -> Callable[Concatenate[Database, Given], Awaitable[Result]]:
    """The action in a transaction of its own."""

    async def done(database: Database, /, *args: Given.args, **given: Given.kwargs) -> Result:
        async with database.session() as session, session.transaction():
            return await action(session, *args, **given)

    return done
