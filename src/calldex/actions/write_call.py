"""What a client may do to a call by writing it: create, complete, change; and what it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from calldex.actions.merging_calls import CallState
from calldex.actions.writing import Intent, Prepare
from calldex.core.deriving import derive
from calldex.core.drafts import CallDraft
from calldex.core.errors import Forbidden, NotFound, PreconditionFailed
from calldex.core.jsonbytes import decode, encode
from calldex.core.life import WAITING, check_way

Check = Callable[[CallState], None]

GONE: Final = "There is no such call."


def must_be_there(state: CallState) -> None:
    """Raises NotFound for a call that nobody wrote, and for a deleted one."""
    if state.is_empty or state.values.get("deleted_at") is not None:
        raise NotFound(GONE)


def must_be_new(state: CallState) -> None:
    """Raises PreconditionFailed for a call that is there (``If-None-Match: *``)."""
    if not state.is_empty:
        raise PreconditionFailed("There is a call of this id already.")


def must_be_of(revision: int) -> Check:
    """Raises PreconditionFailed unless the call was written exactly so often."""

    def check(state: CallState) -> None:
        must_be_there(state)
        if state.revision != revision:
            raise PreconditionFailed(
                f'The call is at version "{state.revision}" and not "{revision}" any more; read it again.'
            )

    return check


def status_of(state: CallState) -> str | None:
    """The status that the call is shown with, given or concluded."""
    if state.is_empty:
        return None
    status: str | None = derive(state.values, state.stamps, state.kept).get("status")
    return status


def write(draft: CallDraft, *, id: str | None, may_approve: bool, check: Check | None = None) -> Intent:  # noqa: A002
    """A call as a client knows it: created when it is new, completed key by key when it is not."""

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        if check is not None:
            check(state)
        _respect_the_decision(state, values, may_approve=may_approve)

    return Intent(draft, prepare, id)


def change(draft: CallDraft, id: str, *, may_approve: bool, check: Check) -> Intent:  # noqa: A002
    """A change of a call that the client has seen: its status can only go where life allows."""

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        check(state)
        before, wanted = status_of(state), values.get("status")
        if before is not None and wanted is not None:
            check_way(before, wanted)
        _respect_the_decision(state, values, may_approve=may_approve)
        if "metadata" in values:
            values["metadata"] = _patched(state.values.get("metadata"), values["metadata"])

    return Intent(draft, prepare, id)


def verb(values: dict[str, Any], id: str, prepare: Prepare) -> Intent:  # noqa: A002
    """A change that a verb of its own makes; the call has to be there."""

    def checked(state: CallState, given: dict[str, Any]) -> None:
        must_be_there(state)
        prepare(state, given)

    return Intent(CallDraft(None, values), checked, id)


def _respect_the_decision(state: CallState, values: dict[str, Any], *, may_approve: bool) -> None:
    if may_approve or state.is_empty or values.get("status", WAITING) == WAITING:
        return
    if status_of(state) == WAITING:
        raise Forbidden('The call waits for approval; deciding about it needs the scope "approve".')


def _patched(there: bytes | None, patch: bytes | None) -> bytes | None:
    """RFC 7396: a null takes a member away, an object goes on inside, anything else replaces."""
    if patch is None:
        return None
    return encode(_merged(decode(there) if there is not None else None, decode(patch)))


def _merged(there: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    outcome = dict(there) if isinstance(there, dict) else {}
    for name, value in patch.items():
        if value is None:
            outcome.pop(name, None)
        else:
            outcome[name] = _merged(outcome.get(name), value)
    return outcome
