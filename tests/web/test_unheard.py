"""Whoever may not hear a call is not told where its sound lies, wherever and however that is written, and is told
everything else.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.surfaces.serving import Serving
from tests.web.calling import make_call
from tests.web.visiting import visitor

from calldex.core.jsonbytes import encode
from calldex.store.users import let_viewers_hear
from calldex.web.unheard import Unheard, without_addresses

WHERE = "https://sound.example/Take/17"
KNOWN = Unheard(("sound.example/take/17",))

WRITTEN = (
    WHERE,
    f"{WHERE}?signature=abc",
    f"({WHERE}),",
    "http://SOUND.example/take/17#t=3",
    "//sound.example/Take/17",
    "sound.example/Take/17",
    "https:\\/\\/sound.example\\/Take\\/17",
    "https%3A%2F%2Fsound.example%2FTake%2F17",
    "https://other.example/a/b.mp3",
    "https://other.example/a/b.WAV?x=1",
    "[hear](https://other.example/b.mp4).",
    "s3://bucket/b.ogg",
)
HARMLESS = ("https://shop.example/orders/17", "sound.example", "a.mp3", "https://mp3.example/", "Take/17", "1//2 done")


@pytest.mark.parametrize("address", WRITTEN)
def test_an_address_of_the_sound_is_known_however_it_is_written(address: str) -> None:
    assert KNOWN.text(f"Listen: {address} today") == "Listen: [address left out] today"
    assert KNOWN.json({"a": [address, {"b": address, "c": 1}], address: 2}) == {"a": [{"c": 1}]}


@pytest.mark.parametrize("said", HARMLESS)
def test_what_is_none_stays(said: str) -> None:
    assert KNOWN.text(said) == said
    assert KNOWN.json({"a": [said]}) == {"a": [said]}


def test_addresses_under_keys_that_speak_of_media_are_left_out() -> None:
    told = {"media_url": "https://x.example/1", "voiceUrl": {"at": ["https://x.example/2"]}, "Sound": "loud"}
    assert KNOWN.json(told) == {"voiceUrl": {"at": []}, "Sound": "loud"}
    kept = {"invoice_url": "https://x.example/3", "site": "https://x.example/4"}
    assert KNOWN.json(kept) == kept


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(WRITTEN),
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(st.text() | st.sampled_from(WRITTEN), inside, max_size=4)
    ),
)


@given(TREES)
def test_no_json_keeps_one_at_any_depth(tree: Any) -> None:
    told = json.dumps(KNOWN.json({"all": tree}), ensure_ascii=False)
    assert not any(json.dumps(address)[1:-1] in told for address in WRITTEN)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(WRITTEN)).map(" ".join))
def test_no_text_keeps_one(said: str) -> None:
    told = KNOWN.text(said)
    assert not KNOWN.tells(told)
    assert WHERE not in without_addresses(said)


async def test_no_page_of_a_call_tells_a_viewer_where_its_sound_lies(app: Serving) -> None:
    tenant = await app.tenant()
    other = "https://elsewhere.example/take.m4a"
    call = await make_call(
        tenant,
        recording_url=WHERE,
        summary=f"Paid, see {WHERE}.",
        call_reason=f"About {WHERE}",
        transcript=[{"role": "agent", "content": f"It is at {WHERE} now.", "start": 0.5, "end": 1.9}],
        custom_classifications=[WHERE, "seasonal"],
        classifications=[
            {"object": "classification", "classification": "dispute", "reason": f"Hear {WHERE} yourself."}
        ],
    )
    said = {"room": "blue", "link": WHERE, "deep": [{"x": f"see {WHERE}"}, other], "mediaUrl": "https://m.example/9"}
    await tenant.database.pool.execute(
        "UPDATE calls SET metadata = $2, analysis = $2, attachments = $3, notes = $4 WHERE id = $1",
        call,
        encode(said),
        encode([{"url": "https://kept.example/part"}]),
        f"Kept at {WHERE}?x=1 for good",
    )
    async with tenant.database.session() as session:
        await let_viewers_hear(session, tenant.organization.id, hear=False)
    async with visitor(app, tenant, "viewer") as viewer, visitor(app, tenant, "member") as member:
        assert WHERE in await member.page(f"/calls/{call}")
        for path in (f"/calls/{call}", f"/calls/{call}/turns", f"/calls/{call}/timeline", "/calls"):
            page = await viewer.page(path)
            for address in ("sound.example", "elsewhere.example", "m.example", "kept.example"):
                assert address not in page, (path, address)
        page = await viewer.page(f"/calls/{call}")
        for kept in ("Paid, see [address left out]", "blue", "seasonal", "Hear [address left out] yourself."):
            assert kept in page, kept
        assert "Kept at [address left out] for good" in page
        assert "It is at [address left out] now." in page


async def test_nor_does_the_page_of_a_partner_or_of_tasks(app: Serving) -> None:
    tenant = await app.tenant()
    call = await make_call(
        tenant,
        partner={"id": "ptn_1", "object": "partner", "name": "Birch"},
        partner_id="ptn_1",
        recording_url=WHERE,
        summary=f"Paid, see {WHERE}.",
        classifications=[
            {
                "object": "classification",
                "classification": "payment_promise",
                "tasks": [{"id": "task_1", "label": f"Hear {WHERE} again", "status": "open", "type": "activity"}],
            }
        ],
    )
    async with tenant.database.session() as session:
        await let_viewers_hear(session, tenant.organization.id, hear=False)
    async with visitor(app, tenant, "viewer") as viewer, visitor(app, tenant, "member") as member:
        mine = re.search(r'data-person="([^"]+)"', await member.page("/account"))
        assert mine is not None
        taken = await member.post(f"/calls/{call}/tasks", task="task_1", do="assign", assignee=mine[1])
        assert taken.status_code == 303
        for path in ("/partners/ptn_1", "/tasks"):
            assert WHERE in await member.page(path)
            page = await viewer.page(path)
            assert WHERE not in page
            assert "[address left out]" in page
