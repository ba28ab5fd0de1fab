"""What a person said of a call stays beside what its sources say, whatever they say later, and the latest holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.serving import Tenant

from calldex.actions.correct_classification import correct_classification
from calldex.app.formats import FORMS
from calldex.core.drafts import SOURCE
from calldex.core.errors import Conflict, NotFound
from calldex.core.ids import new_uuid
from calldex.core.jsonbytes import encode
from calldex.core.merging import SAID_BY, is_of_a_person, merge_lists
from calldex.store.acts import Actor
from calldex.store.calls import Columns, find_call
from calldex.store.corrections import Correction, corrections_of_call, holding
from calldex.web.acted import percent, shown_classifications

ANN = Actor("user", new_uuid(datetime(2026, 1, 1, tzinfo=UTC)), "Ann")
_COLUMNS = Columns("classifications", "modified_at")


def copy_of(modified: str, *words: str) -> dict[str, Any]:
    """The call as its source sends it at some time."""
    entries = [{"classification": word, "reason": f"The machine heard {word}."} for word in words]
    return {
        "id": "call-1",
        "created_at": "2026-03-01T10:00:00Z",
        "modified_at": modified,
        "direction": "outbound",
        "to_number": "+15035550181",
        "object": "call",
        "classifications": entries,
    }


async def take(tenant: Tenant, modified: str, *words: str) -> None:
    assert await tenant.take("stuut-v1", [copy_of(modified, *words)]) in (["created"], ["updated"], ["unchanged"])


async def words_of(tenant: Tenant) -> list[str]:
    call = await tenant.answer("/api/v1/calls/call-1")
    return [entry["classification"] for entry in call["classifications"] or ()]


async def correct(tenant: Tenant, classification: str | None, corrected: str | None) -> UUID:
    """Ann corrects the call; its UUID."""
    found = await find_call(tenant.database, tenant.organization.id, "call-1", SOURCE, _COLUMNS)
    assert found is not None
    async with tenant.database.session() as session, session.transaction():
        await correct_classification(
            session,
            tenant.organization.id,
            FORMS,
            found.call.id,
            ANN,
            datetime.now(UTC),
            classification=classification,
            corrected=corrected,
        )
    return found.call.id


async def test_later_copies_of_a_source_take_no_correction_away(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other")
    await correct(tenant, "other", "complaint")
    assert await words_of(tenant) == ["other", "complaint"]
    for day, words in ((2, ["other"]), (3, ["other", "feedback"]), (4, []), (5, ["complaint"])):
        # Copies that are newer than the correction, as sources send them when something else of the call changes.
        later = datetime.now(UTC) + timedelta(days=day)
        await take(tenant, later.isoformat(), *words)
        assert await words_of(tenant) == [*words, "complaint"]
        for word in {*words, "complaint"}:
            assert (await tenant.answer(f"/stuut/v2/calls?classification={word}"))["total_records"] == 1
    call = await tenant.answer("/api/v1/calls/call-1")
    assert [entry.get(SAID_BY) for entry in call["classifications"]] == [None, "Ann"]


async def test_an_older_copy_changes_nothing(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other")
    await correct(tenant, "other", "complaint")
    await take(tenant, "2026-03-01T10:30:00Z", "feedback")
    assert await words_of(tenant) == ["other", "complaint"]


async def test_what_our_own_api_writes_takes_no_correction_away(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other")
    await correct(tenant, "other", "complaint")
    headers = {"Authorization": f"Bearer {tenant.key}"}
    sent = {"classifications": [{"classification": "feedback"}]}
    answer = await tenant.client.put("/api/v1/calls/call-1", json=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    assert await words_of(tenant) == ["feedback", "complaint"]
    answer = await tenant.client.put("/api/v1/calls/call-1", json={"classifications": None}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert await words_of(tenant) == ["complaint"]


async def test_the_machines_entries_stay_as_they_are(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other", "feedback")
    before = (await tenant.answer("/stuut/v1/calls/call-1"))["classifications"]
    for corrected in ("complaint", "resolution", None, "feedback", "other"):
        await correct(tenant, "other", corrected)
        after = (await tenant.answer("/stuut/v1/calls/call-1"))["classifications"]
        assert after[:2] == before
        wanted = ["other", "feedback"] + ([corrected] if corrected not in (None, "other", "feedback") else [])
        assert await words_of(tenant) == wanted


async def test_all_corrections_are_kept_and_the_latest_holds(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other")
    for corrected in ("complaint", "feedback", None):
        call = await correct(tenant, "other", corrected)
    async with tenant.database.session() as session:
        kept = await corrections_of_call(session, tenant.organization.id, call)
        assert [one.corrected for one in kept] == ["complaint", "feedback", None]
        assert holding(kept)["other"].corrected is None
        stranger = await corrections_of_call(session, tenant.organization.sandbox_id, call)
        assert stranger == []


async def test_no_call_of_others_is_corrected(tenant: Tenant) -> None:
    await take(tenant, "2026-03-01T11:00:00Z", "other")
    call = await correct(tenant, "other", "complaint")
    with pytest.raises(NotFound):
        async with tenant.database.session() as session, session.transaction():
            await correct_classification(
                session,
                tenant.organization.sandbox_id,
                FORMS,
                call,
                ANN,
                datetime.now(UTC),
                classification="other",
                corrected="feedback",
            )
    with pytest.raises(Conflict):
        await correct(tenant, "payment_promise", "feedback")


WORDS = st.sampled_from(["other", "complaint", "feedback"])
ENTRY = st.builds(
    lambda word, named, person, number: (
        {"classification": word}
        | ({"id": f"cls_{number}"} if named or person else {})
        | ({SAID_BY: "Ann"} if person else {"reason": "heard"})
    ),
    WORDS,
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
)


@given(st.lists(ENTRY, max_size=5), st.lists(ENTRY, max_size=5), st.booleans())
def test_no_merging_loses_or_mixes_what_a_person_said(
    current: list[dict[str, Any]], incoming: list[dict[str, Any]], newer: bool
) -> None:
    merged = merge_lists(current, incoming, newer=newer)
    of_people = [entry for entry in current if is_of_a_person(entry)]
    assert [entry for entry in merged if entry in of_people][: len(of_people)] == of_people
    if of_people:
        assert all("reason" not in entry for entry in merged if is_of_a_person(entry))


@given(st.lists(st.tuples(st.none() | WORDS, st.none() | WORDS), max_size=8), st.sets(WORDS))
def test_what_is_shown_is_what_the_machine_said_and_what_people_added(
    said: list[tuple[str | None, str | None]], machine: set[str]
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    corrections = [Correction(new_uuid(now), one, other, None, ANN.id, ANN.name, now) for one, other in said]
    shown = shown_classifications(encode([{"classification": word} for word in sorted(machine)]), corrections)
    assert [one.word for one in shown if one.by_machine] == sorted(machine)
    assert len({one.word for one in shown}) == len(shown)
    for one in shown:
        latest = next((correct for word, correct in reversed(said) if (word or correct) == one.word), one.word)
        assert one.now == latest


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"0.92", "92%"), (b"1", "100%"), (b"0", "0%"), (b"87.5", "88%"), (b"101", None), (b"-1", None), (b"true", None)],
)
def test_a_confidence_is_a_share_or_percent(raw: bytes, shown: str | None) -> None:
    (one,) = shown_classifications(b'[{"classification":"other","agent_confidence_score":' + raw + b"}]", [])
    assert one.confidence == shown
    assert percent("0.9") is None
