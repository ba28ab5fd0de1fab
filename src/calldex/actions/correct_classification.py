"""Correct what the machine said a call was about. Its own entry stays untouched, and people's stand beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from calldex.actions.acting import checked_reason
from calldex.actions.merging_calls import CallState
from calldex.actions.merging_records import MakeForm
from calldex.actions.write_call import verb
from calldex.actions.writing import Written, write_one
from calldex.core.calls import CLASSIFICATIONS
from calldex.core.errors import Conflict, InvalidRequest, Problem
from calldex.core.ids import new_uuid, typed_id
from calldex.core.jsonbytes import encode, entries_of
from calldex.core.merging import SAID_BY, is_of_a_person
from calldex.store.acts import Actor, write_act
from calldex.store.call_writes import lock_writes
from calldex.store.corrections import Correction, corrections_of_call, holding, insert_correction
from calldex.store.versions import change_calls

if TYPE_CHECKING:
    from calldex.store.database import Session


async def correct_classification(
    session: Session,
    organization_id: int,
    forms: Mapping[str, MakeForm],
    call: UUID,
    actor: Actor,
    now: datetime,
    *,
    classification: str | None,
    corrected: str | None,
    reason: str | None = None,
    seen: str | None = None,
) -> Written:
    """Say that instead of ``classification`` it is ``corrected``, which may be nothing, and write the act.

    Without a ``classification`` the call gets one that the machine did not see. The corrected word becomes an entry of
    its own unless the call has it, so that every filter and surface finds it; an entry of a correction that holds no
    more goes. ``seen`` is the id of the correction that stood there when it was looked at, empty for none, None where
    that was not said. The caller has begun the transaction. Raises InvalidRequest for a word that is not known,
    Conflict for a classification that the call does not have, or that was corrected meanwhile.
    """
    _check_words(classification, corrected)
    correction = Correction(new_uuid(now), classification, corrected, checked_reason(reason), actor.id, actor.name, now)
    await lock_writes(session, organization_id)
    before = await corrections_of_call(session, organization_id, call)
    _check_seen(holding(before).get(classification or ""), seen)

    def prepare(state: CallState, values: dict[str, Any]) -> None:
        there = entries_of(state.values.get("classifications"))
        machine = [entry for entry in there if not is_of_a_person(entry)]
        _check_there(correction, {entry.get("classification") for entry in there}, holding(before))
        wanted = [*machine, *_of_people([*before, correction], machine, there)]
        if [entry.get("id") for entry in wanted] == [entry.get("id") for entry in there] and len(wanted) == len(there):
            return
        if len(machine) != len(there):
            # What people said is decided anew here: merging, which keeps it from every source, must not know it.
            state.values["classifications"] = encode(machine)
        values["classifications"] = encode(wanted)
        values["modified_at"] = now

    written = await write_one(session, organization_id, forms, verb({}, str(call), prepare), now)
    await insert_correction(session, organization_id, written.call_id, correction)
    said = {"classification": classification, "corrected": corrected, "reason": correction.reason}
    await write_act(session, organization_id, actor, "correct_classification", now, call_id=written.call_id, **said)
    if written.outcome == "unchanged":
        await change_calls(session, organization_id)
    return written


def _of_people(
    corrections: Iterable[Correction], machine: list[dict[str, Any]], there: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The entries of the corrections that hold, each word once and none that the machine has said."""
    known = {entry.get("id"): entry for entry in there}
    words = {entry.get("classification") for entry in machine}
    found: list[dict[str, Any]] = []
    for one in holding(corrections).values():
        if one.corrected is None or one.corrected in words:
            continue
        words.add(one.corrected)
        made = typed_id("cls", one.id)
        found.append(
            known.get(made)
            or {
                "id": made,
                "classification": one.corrected,
                "reason": one.reason,
                "created_at": one.created_at,
                "modified_at": one.created_at,
                "object": "classification",
                SAID_BY: one.user_name,
            }
        )
    return found


def _check_seen(standing: Correction | None, seen: str | None) -> None:
    if standing is not None and seen is not None and seen != str(standing.id):
        raise Conflict(f"Meanwhile {standing.user_name} corrected this classification; look at it again.")


def _check_there(correction: Correction, words: set[Any], corrected: Mapping[str, Correction]) -> None:
    if correction.classification is None:
        if correction.corrected in words:
            raise Conflict("The call has this classification already.")
    elif correction.classification not in words and correction.classification not in corrected:
        raise Conflict("The call does not have the classification that was corrected; look at it again.")


def _check_words(classification: str | None, corrected: str | None) -> None:
    if classification is None and corrected is None:
        raise InvalidRequest(problems=(Problem(("corrected",), "Say what the call was about.", "missing"),))
    if corrected is not None and corrected != classification and corrected not in CLASSIFICATIONS:
        raise InvalidRequest(problems=(Problem(("corrected",), "This is no classification.", "classification"),))
