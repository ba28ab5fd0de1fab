"""One answer for one idempotency key: what was done is done once, whatever is sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calldex.core.errors import InvalidRequest, Problem
from calldex.store import idempotency

if TYPE_CHECKING:
    from calldex.store.database import Database, Session


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that can be kept: its status, its own headers, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def answer_once(
    database: Database,
    organization_id: int,
    key: str | None,
    digest: bytes,
    work: Callable[[Session], Awaitable[Answer]],
) -> tuple[Answer, bool]:
    """Do the work in one transaction and give its answer, and whether it is the one of an earlier request.

    The answer is kept in the same transaction, so a request that was cut off anywhere either did everything or
    nothing. While another request with the key is being answered this one waits a while; then it raises
    InProgress. Raises InvalidRequest when the key was used for something else. An error keeps nothing.
    """
    async with database.session() as session, session.transaction():
        if key is None:
            return await work(session), False
        claimed = await idempotency.claim(session, organization_id, key, digest)
        if claimed is not None:
            if claimed.digest != digest:
                sentence = "This Idempotency-Key was used for another request within the last 24 hours."
                raise InvalidRequest(problems=(Problem(("header", "Idempotency-Key"), sentence, "key_reused", key),))
            return Answer(claimed.status, claimed.headers, claimed.body), True
        answer = await work(session)
        await idempotency.keep(session, organization_id, key, answer.status, answer.headers, answer.body)
        await idempotency.forget_old(session, organization_id)
        return answer, False
