"""The page of a call is less than 100 KB before its sound, whatever is known of the call; all the rest is reached by
links that work without scripts, in pages that are small themselves, and nothing of it is lost.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.serving import Serving, Tenant
from tests.web.calling import Seen, make_call, sound_of, store_recording
from tests.web.visiting import Visitor, visitor

from calldex.core.calls import Call
from calldex.core.jsonbytes import encode
from calldex.store.users import let_viewers_hear
from calldex.web.long_texts import piece_of, weight
from calldex.web.turns import ShownTurn, first_turns, turns_before, turns_from

MOST = 100_000
WORDS = " ".join(f"word{number} & <more>" for number in range(3_500))
SOUND = "https://sound.example/take/17"


async def a_heavy_call(tenant: Tenant) -> str:
    """A call of which very much is known in every respect."""
    call = await make_call(
        tenant,
        summary=WORDS,
        call_reason=WORDS,
        recording_url=SOUND,
        partner={"id": "ptn_1", "name": "Corner Bakery"},
        invoices=[{"id": f"inv_{number}", "number": f"LF-{number}", "amount_due": 1} for number in range(320)],
        custom_classifications=[f"tag {number} {WORDS[:400]}" for number in range(100)],
        transcript=[
            {"role": "agent", "content": f"said {number}; {WORDS[:150]}", "start": number, "end": number + 0.5}
            for number in range(2_000)
        ]
        + [{"role": "user", "content": WORDS}],
    )
    for number in range(30):
        await note(tenant, call, f"note {number}; {WORDS[:6_900]}")
    await store_recording(tenant, call, sound_of(1))
    facts = {f"key {number}": f"value {number}; {WORDS[:300]}" for number in range(1_000)}
    await tenant.database.pool.execute(
        "UPDATE calls SET analysis = $2, metadata = $2, notes = $3, translated_text = $3 WHERE id = $1",
        UUID(call),
        encode(facts),
        WORDS,
    )
    return call


async def note(tenant: Tenant, call: str, said: str) -> None:
    answer = await tenant.client.post(
        f"/api/v1/calls/{call}/notes", json={"text": said}, headers={"Authorization": f"Bearer {tenant.key}"}
    )
    assert answer.status_code == 201, answer.text


async def on_from(somebody: Visitor, page: str, wanted: str) -> list[str]:
    """The pages that the first link of this kind leads to, one after the other, without scripts."""
    pages = [page]
    while links := [link for link in Seen(pages[-1]).links if wanted in link]:
        pages.append(await somebody.page(links[0]))
        assert len(pages[-1].encode()) < MOST
    return pages[1:]


async def test_a_page_is_small_and_nothing_is_lost(app: Serving) -> None:
    tenant = await app.tenant()
    call = await a_heavy_call(tenant)
    async with visitor(app, tenant, "member") as somebody:
        page = await somebody.page(f"/calls/{call}")
        assert len(page.encode()) < MOST
        for query in ("t=450", "t=1999", "turn=1000", "turn=2000"):
            assert len((await somebody.page(f"/calls/{call}?{query}")).encode()) < MOST
        for name in ("summary", "reason", "translation", "notes"):
            whole = await somebody.page(f"/calls/{call}/text/{name}")
            texts = [_text_of(one) for one in [whole, *await on_from(somebody, whole, f"/text/{name}?from=")]]
            assert "".join(texts) == WORDS, name
            assert f"/calls/{call}/text/{name}?from=" in page
        late = await somebody.page(f"/calls/{call}?turn=2000")
        begun = _element(late, r'<p data-text dir="auto">((?:(?!<p ).)*?)<span class="more"')
        rest = await on_from(somebody, late, "/text/turn.2000?from=")
        assert (begun + "".join(map(_text_of, rest))) == WORDS
        notes = await on_from(somebody, page, "/notes?before=")
        told = re.findall(r'<p class="typed" dir="auto">note (\d+);', "".join([*notes[::-1], page]))
        assert told == [str(number) for number in range(30)]
        (first, *_) = [link for link in Seen(notes[0]).links if "/text/note." in link]
        assert _text_of(await somebody.page(first.partition("?")[0])) == f"note 0; {WORDS[:6_900]}".strip()
        invoices = await on_from(somebody, page, "/invoices?from=")
        numbers = re.findall(r">LF-(\d+)<", "".join([page, *invoices]))
        assert numbers == [str(number) for number in range(320)]
        (analysis,) = await on_from(somebody, page, f"/calls/{call}/analysis")
        assert "It is cut here." in analysis
        assert f"/calls/{call}/raw/whole" in Seen(analysis).links
        assert "value 20;" in analysis
        assert len((await somebody.page(f"/calls/{call}/raw")).encode()) < MOST
        assert (await somebody.get(f"/calls/{call}/text/other")).status_code == 404


def _text_of(page: str) -> str:
    """The piece of a text that a page has."""
    return _element(page, r"<span data-piece>(.*?)(?:<span class=\"more\"|</span></p>)")


def _element(page: str, pattern: str) -> str:
    found = re.findall(pattern, page, re.DOTALL)
    return Seen(found[-1]).raw_text


async def test_who_may_not_hear_reads_no_address_in_any_piece(app: Serving) -> None:
    tenant = await app.tenant()
    # The address stands where each of the texts is cut.
    said = f"{'x' * 2_990} {SOUND} {'y' * 6_000}"
    call = await make_call(tenant, summary=said, recording_url=SOUND, transcript=[{"role": "user", "content": said}])
    async with tenant.database.session() as session:
        await let_viewers_hear(session, tenant.organization.id, hear=False)
    async with visitor(app, tenant, "viewer") as viewer, visitor(app, tenant, "member") as member:
        for path in ("", "/text/summary", "/text/turn.0", *(f"/text/summary?from={place}" for place in (2_995, 3_005))):
            page = await viewer.page(f"/calls/{call}{path}")
            assert "example/take" not in page, path
            assert "sound.ex" not in page, path
        assert SOUND in await member.page(f"/calls/{call}/text/summary")


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from("ab <&\u20ac ")), st.integers(6, 40))
def test_pieces_are_the_whole_text(text: str, most: int) -> None:
    pieces, place = [], 0
    while True:
        piece = piece_of(text, most, place)
        assert weight(piece.text) <= most
        pieces.append(piece.text)
        if piece.rest is None:
            break
        assert piece.text
        assert piece.rest == place + len(piece.text)
        place = piece.rest
    assert "".join(pieces) == text


SAID = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 300)), st.sampled_from([1, 200, 5_000])), min_size=1, max_size=120
)


@given(SAID, st.data())
def test_what_is_asked_for_is_among_the_turns_of_a_page(
    said: list[tuple[int | None, int]], data: st.DataObject
) -> None:
    entries: list[dict[str, Any]] = [
        {"role": "user", "content": "x" * size} | ({} if start is None else {"start": start}) for start, size in said
    ]
    call = Call(id=uuid4(), occurred_at=datetime.now(UTC), transcript=encode(entries))
    wanted = data.draw(st.integers(0, len(said) - 1))
    moment = data.draw(st.none() | st.integers(0, 301_000))
    turns = first_turns(call, moment, None if moment is not None else wanted)
    shown = [one.turn.number for one in turns.turns]
    if moment is None:
        assert wanted in shown
    else:
        begun = [start * 1000 for start, _ in said if start is not None and start * 1000 <= moment]
        assert not begun or f"t-{max(begun)}" in [one.anchor for one in turns.turns]
    assert sum(300 + min(4_000, len(one.turn.text)) for one in turns.turns) <= 40_000
    before: list[ShownTurn] = []
    beyond = turns.earlier
    while beyond is not None:
        part = turns_before(call, beyond.place)
        before = [*part.turns, *before]
        beyond = part.earlier
    after: list[ShownTurn] = []
    beyond = turns.rest
    while beyond is not None:
        part = turns_from(call, beyond.place)
        after += part.turns
        beyond = part.rest
    whole = [*before, *turns.turns, *after]
    assert [one.turn.number for one in whole] == list(range(len(said)))
    assert len({one.anchor for one in whole}) == len(whole)
