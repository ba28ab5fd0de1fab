"""What stands in the end does not depend on the order, the copies or the batches in which events came.

Each sequence is a real one. All orders of a short one are tried and many of a long one, with copies and in
batches of any size; also with parts missing. The outcome is what all four surfaces show.
"""

# ruff: noqa: S311 - orders are drawn from seeds, so that a failure can be seen again.
from __future__ import annotations

import random
from itertools import permutations

import pytest
from tests.actions.sequences import Delivery, calls_of, delivered, shown, take, take_in_batches
from tests.surfaces.serving import Serving

SEQUENCES: dict[str, list[Delivery]] = {
    "retell outbound with late analysis": delivered(
        "retell", "call_started", "transcript_updated", "call_ended", "call_analyzed"
    ),
    "twilio conference with two legs": delivered(
        "twilio",
        "initiated",
        "ringing",
        "answered",
        "conference_start",
        "participant_join_a",
        "participant_join_b",
        "participant_leave",
        "leg_a_completed",
        "leg_b_completed",
        "conference_end",
        "recording_conference",
    ),
    "twilio parent and child": delivered(
        "twilio",
        "initiated",
        "ringing",
        "answered",
        "child_ringing",
        "child_completed",
        "completed",
        "recording_completed",
    ),
    "whippy inbound": delivered("whippy", "call_started", "call_ended"),
    "vapi": delivered(
        "vapi", "status_queued", "status_ringing", "status_in_progress", "status_ended", "end_of_call_report"
    ),
    "telnyx two legs": delivered(
        "telnyx",
        "call_initiated",
        "call_answered",
        "second_leg_initiated",
        "call_bridged",
        "second_leg_hangup",
        "call_hangup",
        "recording_saved",
    ),
    "generic": delivered("generic", "call_created", "call_started", "call_updated", "call_ended", "call_analyzed"),
    "retell on twilio": [
        *delivered("retell", "call_started", "call_ended", "call_analyzed"),
        *delivered("twilio", "initiated", "answered", "completed"),
    ],
}
_MOST = 24


def orders(sequence: list[Delivery], seed: int) -> list[list[Delivery]]:
    """All orders of a short sequence, some of a long one; some deliveries come again, anywhere."""
    chance = random.Random(seed)
    if len(sequence) <= 4:
        found = [list(order) for order in permutations(sequence)]
    else:
        found = [chance.sample(sequence, len(sequence)) for _ in range(_MOST)]
    for order in found:
        for again in chance.sample(sequence, chance.randint(0, len(sequence))):
            order.insert(chance.randint(0, len(order)), again)
    return found


@pytest.mark.parametrize("name", SEQUENCES)
async def test_every_order_ends_the_same(app: Serving, name: str) -> None:
    sequence = SEQUENCES[name]
    tenant = await app.tenant()
    await take_in_batches(tenant, sequence, random.Random(0))
    expected = await shown(tenant)
    assert len(expected["whippy"]["data"]) == 1
    for seed, order in enumerate(orders(sequence, seed=1)):
        tenant = await app.tenant()
        await take_in_batches(tenant, order, random.Random(seed))
        assert await shown(tenant) == expected, [sequence.index(one) for one in order]
        assert await take(tenant, sequence) == 0


@pytest.mark.parametrize("name", SEQUENCES)
async def test_every_order_of_a_part_ends_the_same(app: Serving, name: str) -> None:
    chance = random.Random(name)
    for _ in range(5):
        part = [one for one in SEQUENCES[name] if chance.random() < 0.6] or SEQUENCES[name][:1]
        outcomes = []
        for order in (part, part[::-1], chance.sample(part, len(part))):
            tenant = await app.tenant()
            await take_in_batches(tenant, order, chance)
            outcomes.append(await shown(tenant))
        assert outcomes[0] == outcomes[1] == outcomes[2]


async def test_sequences_that_come_together_stay_apart(app: Serving) -> None:
    together = await app.tenant()
    every = [
        one for name in ("retell outbound with late analysis", "whippy inbound", "generic") for one in SEQUENCES[name]
    ]
    await take_in_batches(together, random.Random(5).sample(every, len(every)), random.Random(6))
    assert len(await calls_of(together)) == 3
