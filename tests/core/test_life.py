"""The life of a call: every walk through the table ends, never comes back, and passes only by the moves it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calldex.core.calls import STATUSES
from calldex.core.life import APPROVED, MOVES, REJECTED, WAITING, ImpossibleMove, check_move, check_way, later_statuses

ENDED = {"canceled", "completed", "busy", "no_answer", "failed"}


def test_the_table_has_the_eleven_statuses_and_no_other() -> None:
    assert set(MOVES) == set(STATUSES)
    assert {following for all_of_one in MOVES.values() for following in all_of_one} <= set(STATUSES)
    assert {status for status, moves in MOVES.items() if not moves} == ENDED


def test_a_decision_leads_out_of_waiting() -> None:
    assert set(MOVES[WAITING]) == {APPROVED, REJECTED}
    assert all(WAITING not in moves for moves in MOVES.values())


@given(st.sampled_from(STATUSES), st.data())
def test_every_walk_ends_and_never_comes_back(status: str, data: st.DataObject) -> None:
    passed = [status]
    while MOVES[passed[-1]]:
        following = data.draw(st.sampled_from(MOVES[passed[-1]]))
        check_move(passed[-1], following)
        assert following not in passed
        passed.append(following)
    assert passed[-1] in ENDED
    for place, one in enumerate(passed):
        for later in passed[place + 1 :]:
            if one != WAITING or later in MOVES[WAITING]:
                check_way(one, later)
            if later != one:
                with pytest.raises(ImpossibleMove):
                    check_way(later, one)


@given(st.sampled_from(STATUSES), st.sampled_from(STATUSES))
def test_a_move_is_in_the_table_or_refused_with_what_is(before: str, wanted: str) -> None:
    if wanted in MOVES[before]:
        check_move(before, wanted)
        return
    with pytest.raises(ImpossibleMove) as refused:
        check_move(before, wanted)
    assert refused.value.possible == MOVES[before]
    assert all(word in refused.value.message for word in (before, wanted, *MOVES[before]))


@given(st.sampled_from(STATUSES), st.sampled_from(STATUSES))
def test_a_way_is_a_chain_of_moves(before: str, wanted: str) -> None:
    reached = set(MOVES[before])
    for _ in STATUSES:
        reached |= {following for status in reached for following in MOVES[status]}
    assert set(later_statuses(before)) == reached
    if before == WAITING:
        # A decision is never passed over.
        reached = set(MOVES[WAITING])
    if before == wanted or wanted in reached:
        check_way(before, wanted)
    else:
        with pytest.raises(ImpossibleMove):
            check_way(before, wanted)


def test_anything_may_follow_a_vendors_own_word() -> None:
    check_way("dialing-party-b", "queued")
