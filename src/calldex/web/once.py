"""A form does what it does once, however often it is sent: twice by a click too many, again by a browser that lost the
answer.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from calldex.actions.answer_once import Answer, answer_once
from calldex.web.visits import Form, Visit

if TYPE_CHECKING:
    from calldex.store.database import Session

_IN_NO_DIGEST: Final = ("csrf", "password", "secret")
"""The first is other in each page. The others a digest, which is kept, would let somebody guess."""


async def do_once(visit: Visit, form: Form, work: Callable[[Session], Awaitable[None]], *, once: bool = True) -> bool:
    """Do the work in one transaction; False when this form did it already.

    The page gives its forms an ``once`` of their own; a form without one does it each time. Nothing of what the work
    made is kept for the second time it is sent, so that no secret is. What fails is not done, and can be sent again.
    """

    async def done(session: Session) -> Answer:
        await work(session)
        return Answer(204, {}, b"")

    digest = _digest(visit, form)
    # No key of a client's has a blank in it.
    key = f"form {visit.person.id} {digest.hex()}" if once and form.get("once") else None
    _, again = await answer_once(visit.database, visit.organization_id, key, digest, done)
    return not again


def _digest(visit: Visit, form: Form) -> bytes:
    said = sorted(pair for pair in form.pairs if pair[0] not in _IN_NO_DIGEST)
    return sha256(json.dumps([visit.request.url.path, said]).encode()).digest()
