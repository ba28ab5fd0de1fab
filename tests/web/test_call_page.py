"""The page of a call shows all that is kept of it, whatever source it came from, to those of its organization.

What strangers wrote is text, no address of theirs is a link unless it leads to the web, and the page is small and costs
the same number of statements however much is known of the call.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.actions import sequences
from tests.surfaces.serving import Serving, Tenant
from tests.web.calling import CREATED, Seen, make_call, sound_of, store_recording, uuid_of
from tests.web.visiting import Visitor, browser_of, visitor

from calldex.app.formats import FORMATS
from calldex.core.ids import typed_id
from calldex.core.jsonbytes import compact, encode
from calldex.ingest.demo import demo_calls
from calldex.store.users import let_viewers_hear
from calldex.web.invoices import read_invoice
from calldex.web.long_texts import weight

PARTNER = {"id": "ptn_1", "object": "partner", "name": "Corner Bakery", "account_number": "C-17"}
TURNS = [
    {"role": "agent", "content": "Hello there.", "start": 0.5, "end": 1.9},
    {"role": "user", "content": "Who is it?", "start": 2.25, "end": 3.0},
    {"role": "noise", "content": "Crackle."},
]
_UNSAFE = re.compile(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=|javascript:[^<]*\"", re.IGNORECASE)


@asynccontextmanager
async def looking(app: Serving, role: str = "admin") -> AsyncIterator[tuple[Tenant, Visitor]]:
    """Somebody of a new organization."""
    tenant = await app.tenant()
    async with visitor(app, tenant, role) as somebody:
        yield tenant, somebody


async def test_everything_of_a_call_is_on_its_page(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(
            tenant,
            direction="outbound",
            status="completed",
            from_number="+12025550100",
            to_number="+14145550122",
            start_time="2026-03-12T15:05:00Z",
            end_time="2026-03-12T15:06:02Z",
            sentiment="negative",
            in_voicemail=True,
            is_automated=True,
            transferred_to="+12025550111",
            call_reason="Reminder of an invoice",
            disconnection_reason="user_hangup",
            summary="They pay on Friday.",
            agent_id="agent_7",
            transcript=TURNS,
            custom_classifications=["seasonal"],
            classifications=[{"object": "classification", "classification": "payment_promise", "reason": "Friday."}],
            partner=PARTNER,
            partner_id="ptn_1",
            workflow={"id": "otwfl_1", "object": "outreach_workflow", "name": "Gentle reminder"},
            recording_url="https://recordings.example/1.wav",
            invoices=[
                {
                    "id": "inv_1",
                    "object": "invoice",
                    "number": "LF-1",
                    "amount_due": Decimal("99.50"),
                    "total_amount": 120,
                    "currency": "USD",
                    "due_date": "2026-01-10T12:00:00Z",
                }
            ],
        )
        page = await somebody.page(f"/calls/{call}")
        seen = Seen(page)
        for shown in (
            "Corner Bakery",
            "C-17",
            "+1 202-555-0100 → +1 414-555-0122",
            "15:05",
            "1:02",
            "Outbound",
            "Completed",
            "Negative",
            "Voicemail",
            "Transferred +1 202-555-0111",
            "Reminder of an invoice",
            "The other side hung up",
            "They pay on Friday.",
            "agent_7",
            "Gentle reminder",
            "seasonal",
            "Payment promise",
            "The recording lies at recordings.example",
            "Hello there.",
            "Who is it?",
            "Crackle.",
            "LF-1$99.50$120.00Jan 10, 2026",
            "days overdue",
            "Created stuut",
        ):
            assert shown in seen.text, shown
        (partner,) = await tenant.database.pool.fetch("SELECT partner FROM calls WHERE id = $1", UUID(call))
        assert {f"/partners/{partner[0]}", "/calls?workflow=otwfl_1", "/calls?agent=agent_7"} <= set(seen.links)
        turns = seen.having("data-turn")
        assert [(one["id"], one.get("data-start"), one.get("data-end")) for one in turns] == [
            ("t-500", "500", "1900"),
            ("t-2250", "2250", "3000"),
            ("turn-2", None, None),
        ]
        assert [one["class"] for one in turns] == ["turn by-agent", "turn by-customer", "turn by-unknown"]
        outside = [one for one in seen.having("href") if str(one["href"]).startswith("http")]
        assert outside == [
            {"href": "https://recordings.example/1.wav", "target": "_blank", "rel": "noopener noreferrer"}
        ]
        assert "data-player" not in page


async def test_calls_of_every_vendor_are_shown_whole_and_small(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        raws = list(islice(demo_calls(60, seed=5, now=datetime(2026, 3, 20, 12, tzinfo=UTC)), 60))
        assert {source for source, _ in raws} == {"stuut-v1", "stuut-v2", "skipcall", "whippy"}
        for source, raw in raws:
            await tenant.take(source, [json.loads(raw, parse_float=Decimal)])
        calls = (await tenant.answer("/api/v1/calls", [("limit", "500")]))["data"]
        assert len(calls) >= 30
        for call in calls:
            page = await somebody.page(f"/calls/{call['uuid']}")
            assert len(page.encode()) < 100_000
            assert not _UNSAFE.search(page)
            seen = Seen(page)
            assert len(seen.ids) == len(set(seen.ids))
            told = [call["summary"], call["call_reason"], (call["partner"] or {}).get("body", {}).get("name")]
            told += [entry["content"] for entry in call["transcript"] or [] if "content" in entry]
            for one in filter(None, told):
                assert re.sub(r"\s+", " ", one) in seen.text, (call["uuid"], one)


@pytest.mark.parametrize(
    ("sender", "names", "shown"),
    [
        ("retell", ("call_started", "call_ended", "call_analyzed"), "call started"),
        ("twilio", ("initiated", "ringing", "answered", "completed"), "ringing"),
        ("vapi", ("status_queued", "status_in_progress", "end_of_call_report"), "end-of-call-report"),
        ("elevenlabs", ("post_call_transcription",), "post call transcription"),
        ("telnyx", ("call_initiated", "call_answered", "call_hangup"), "call.answered"),
        ("whippy", ("call_started", "call_ended"), "call.ended"),
        ("generic", ("call_created", "call_started", "call_ended"), "call.created"),
    ],
)
async def test_what_was_heard_stands_in_the_timeline(
    app: Serving, sender: str, names: tuple[str, ...], shown: str
) -> None:
    async with looking(app) as (tenant, somebody):
        await sequences.take(tenant, sequences.delivered(sender, *names))
        (call,) = await sequences.calls_of(tenant)
        page = await somebody.page(f"/calls/{call['id']}")
        seen = Seen(page)
        assert f"{shown} {'native' if sender == 'generic' else sender}" in seen.text
        assert page.count('<li class="is-event">') == len(names)
        times = [str(one["datetime"]) for one in seen.having("datetime")]
        timeline = times[-page[page.index('id="timeline"') :].count("<time") :]
        assert timeline == sorted(timeline, reverse=True)
        # Some senders' events are dated back, to yield to others; here they stand where they happened.
        assert {one[:10] for one in timeline} == {"2026-03-12"}
        assert page.count("What it said") == len(names)
        assert len(page.encode()) < 100_000


async def test_what_an_event_said_can_be_had_whole(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        await sequences.take(tenant, sequences.delivered("retell", "call_started", "call_ended", "call_analyzed"))
        (call,) = await sequences.calls_of(tenant)
        other = await make_call(tenant)
        rows = await tenant.database.pool.fetch(
            "SELECT digest, said FROM call_events WHERE organization_id = $1", tenant.organization.id
        )
        for row in rows:
            answer = await somebody.get(f"/calls/{call['id']}/events/{row['digest'].hex()}")
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert json.loads(row["said"]).keys() <= json.loads(answer.text).keys()
            assert (await somebody.get(f"/calls/{other}/events/{row['digest'].hex()}")).status_code == 404
        for nothing in ("0" * 32, "x" * 32, "1"):
            assert (await somebody.get(f"/calls/{call['id']}/events/{nothing}")).status_code == 404


async def test_a_long_timeline_begins_with_the_latest(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        deliveries = []
        (one,) = sequences.delivered("generic", "call_updated")
        body = json.loads(one[1])
        for number in range(250):
            body["timestamp"] = f"2026-03-12T15:{number // 60:02}:{number % 60:02}Z"
            deliveries.append((one[0], json.dumps(body).encode()))
        taken = await sequences.take(tenant, deliveries)
        (call,) = await sequences.calls_of(tenant)
        page = await somebody.page(f"/calls/{call['id']}")
        for latest in (page, (await somebody.get(f"/calls/{call['id']}/timeline", fragment=True)).text):
            assert latest.count('<li class="is-') == 30
            assert "The latest 30 of" in latest
        for fragment in (True, False):
            parts = [page]
            while rest := [link for link in Seen(parts[-1]).links if "/timeline?from=" in link]:
                parts.append((await somebody.get(rest[0], fragment=fragment)).text)
                assert ("<html" in parts[-1]) is not fragment
                assert parts[-1].count('<li class="is-') <= 200
            assert sum(part.count('<li class="is-event">') for part in parts) == taken == 250
            seen = [Seen(part[part.index('<li class="is-') :]) for part in parts]
            times = [str(one["datetime"]) for part in seen for one in part.having("datetime")]
            assert times[-250:] == sorted(times[-250:], reverse=True)


async def test_what_people_do_stands_in_the_timeline_with_who_and_when(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, status="pending_approval", direction="outbound")
        await somebody.post(f"/calls/{call}/notes", note="Call them <b>again</b>\non Monday", once="1")
        await somebody.post(f"/calls/{call}/approve", once="2")
        await somebody.post(
            f"/calls/{call}/classifications", classification="", corrected="dispute", reason="They object.", once="3"
        )
        page = await somebody.page(f"/calls/{call}")
        timeline = Seen(page[page.index('id="timeline"') :]).text
        assert timeline.count("Note Admin Tester Call them <b>again</b> on Monday") == 1
        assert timeline.count("Approved Admin Tester") == 1
        assert "Decided" not in timeline
        assert "Classification corrected Admin Tester Now: Dispute Reason: They object." in timeline


async def test_any_id_leads_to_the_one_address(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, "call_some")
        for named in ("call_some", typed_id("call", UUID(call)), call.upper()):
            answer = await somebody.get(f"/calls/{named}?t=1.5")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/calls/{call}?t=1.5"), named
        assert (await somebody.get("/calls/call_other")).status_code == 404
        assert (await somebody.get("/calls/a%00b")).status_code == 404


async def test_the_calls_beside_it_are_of_the_same_partner(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        days = {1: PARTNER, 2: None, 3: PARTNER, 4: PARTNER, 5: PARTNER}
        calls = {
            day: await make_call(
                tenant, f"call_{day}", start_time=f"2026-03-0{day}T10:00:00Z", **({"partner": who} if who else {})
            )
            for day, who in days.items()
        }
        await tenant.database.pool.execute("UPDATE calls SET deleted_at = now() WHERE id = $1", UUID(calls[4]))

        async def beside(day: int) -> dict[str, str | None]:
            page = Seen(await somebody.page(f"/calls/{calls[day]}"))
            return {str(one["rel"]): one["href"] for one in page.having("rel") if one["rel"] in ("prev", "next")}

        assert await beside(3) == {"prev": f"/calls/{calls[1]}", "next": f"/calls/{calls[5]}"}
        assert await beside(1) == {"next": f"/calls/{calls[3]}"}
        assert await beside(2) == {}


HOSTILE = "<script>alert(1)</script> \"'> ]]> &amp; \u202eevil\u202c {{ 7*7 }} {% raw %} <img src=x onerror=alert(2)>"


async def test_what_strangers_wrote_is_text(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(
            tenant,
            direction=HOSTILE,
            status=HOSTILE,
            sentiment=HOSTILE,
            from_number=HOSTILE,
            to_number=HOSTILE,
            transferred_to=HOSTILE,
            call_reason=HOSTILE,
            disconnection_reason=HOSTILE,
            summary=HOSTILE,
            agent_id=HOSTILE,
            transcript=[{"role": HOSTILE, "content": HOSTILE, "start": HOSTILE}, {"role": "user", "content": HOSTILE}],
            custom_classifications=[HOSTILE],
            classifications=[{"classification": HOSTILE, "reason": HOSTILE, "tasks": [{"label": HOSTILE}]}],
            partner={"id": HOSTILE, "name": HOSTILE, "account_number": HOSTILE},
            workflow={"id": HOSTILE, "name": HOSTILE},
            invoices=[{"id": HOSTILE, "number": HOSTILE, "currency": HOSTILE, "amount_due": 1, "status": HOSTILE}],
            recording_url=f"javascript:alert('{HOSTILE}')",
            other_key=HOSTILE,
        )
        await tenant.database.pool.execute(
            "UPDATE calls SET analysis = $2, metadata = $2, tags = $3, translated_text = $4, notes = $4,"
            " language = $4, provider = $4 WHERE id = $1",
            UUID(call),
            encode({HOSTILE: HOSTILE, "more": {HOSTILE: [HOSTILE]}}),
            encode([HOSTILE, {HOSTILE: [HOSTILE]}]),
            HOSTILE,
        )
        await somebody.post(f"/calls/{call}/notes", note=HOSTILE, once="1")
        paths = ["", "/turns", "/timeline", "/raw", *(f"/as/{name}" for name in SURFACES)]
        for path in paths:
            page = await somebody.page(f"/calls/{call}{path}")
            seen = Seen(page)
            assert "alert(" in seen.raw_text, path
            assert {tag for tag, _ in seen.elements} & {"img", "iframe", "object"} <= {"img"}
            assert all(
                str(attributes["src"]).startswith("/static/")
                for tag, attributes in seen.elements
                if tag in ("img", "script")
            )
            names = {name for _, attributes in seen.elements for name in attributes}
            assert not {name for name in names if name.startswith("on") or name == "style"}
            assert not [one for one in seen.links if one.lower().startswith("javascript")]
        page = await somebody.page(f"/calls/{call}")
        # Each stands as a whole, in an element that decides its direction by itself.
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &#34;&#39;&gt; ]]&gt; &amp;amp; \u202eevil") >= 20
        assert "The source gave this in place of a web address:" in page


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://recordings.example/a?b=1&c=2", "recordings.example"),
        ("http://user:secret@host.example:8080/a", "host.example"),
        ("JavaScript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("//host.example/a", None),
        ("data:text/html,<b>", None),
        ("https://ho st.example/", None),
        ("https:///a", None),
        ("https://[::1/a", None),
        ("\u202ehttps://host.example", None),
        ("/calls", None),
    ],
)
async def test_only_an_address_of_the_web_becomes_a_link(app: Serving, url: str, host: str | None) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, recording_url=url)
        seen = Seen(await somebody.page(f"/calls/{call}"))
        links = [one for one in seen.having("target") if one["target"] == "_blank"]
        assert [one["href"] for one in links] == ([url] if host else [])
        assert (f"The recording lies at {host}" in seen.text) is (host is not None)


SURFACES = ("stuut-v1", "stuut-v2", "skipcall", "whippy")


async def test_shown_as_a_surface_is_its_own_answer(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        raws = islice(demo_calls(40, seed=11, now=datetime(2026, 3, 20, 12, tzinfo=UTC)), 40)
        for source, raw in raws:
            await tenant.take(source, [json.loads(raw, parse_float=Decimal)])
        rows = await tenant.database.pool.fetch(
            "SELECT DISTINCT ON (source, status) id FROM calls WHERE organization_id = $1", tenant.organization.id
        )
        bearer = {"Authorization": f"Bearer {tenant.key}"}
        found = await tenant.client.post(
            "/whippy/v1/calls/search?limit=500", json={}, headers={"X-WHIPPY-KEY": tenant.key}
        )
        of_whippy = {one["id"]: one for one in json.loads(found.content, parse_float=Decimal)["data"]}
        of_v2 = (await tenant.answer("/stuut/v2/calls", [("limit", "500")]))["data"]
        for row in rows:
            call = row["id"]
            wholes = {name: (await somebody.get(f"/calls/{call}/as/{name}/whole")) for name in SURFACES}
            for name, path in (("stuut-v1", "stuut"), ("skipcall", "skipcall")):
                own = await tenant.client.get(f"/{path}/v1/calls/{call}", headers=bearer)
                assert wholes[name].content == own.content, (name, call)
            assert json.loads(wholes["stuut-v2"].content, parse_float=Decimal) in of_v2
            shown = json.loads(wholes["whippy"].content, parse_float=Decimal)["data"]
            assert of_whippy[shown["id"]] == shown
            for name, whole in wholes.items():
                assert whole.headers["content-type"] == "text/plain; charset=utf-8"
                assert f'filename="{call}-{name}.json"' in whole.headers["content-disposition"]
                page = (await somebody.get(f"/calls/{call}/as/{name}", fragment=True)).text
                text = _json_in(page)
                if "It is cut here" in page:
                    assert 70_000 < weight(text) <= 80_000
                else:
                    assert compact(text.encode()) == whole.content
                command = Seen(page[page.index('id="command"') : page.index("</pre>")]).raw_text
                key = "X-WHIPPY-KEY:" if name == "whippy" else "Authorization: Bearer"
                assert f'curl -H "{key} $KEY" http://calldex.test/' in command
        assert (await somebody.get(f"/calls/{call}/as/other")).status_code == 404


def _json_in(page: str) -> str:
    begin = page.index('<pre class="json"')
    return Seen(page[begin : page.index("</pre>", begin)]).raw_text


async def test_the_record_has_everything_that_is_kept(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(
            tenant, partner=PARTNER, invoices=[{"id": "inv_1", "number": "LF-1"}], new_key={"a": [1, None]}
        )
        page = (await somebody.get(f"/calls/{call}/raw", fragment=True)).text
        record = json.loads(_json_in(page))
        assert record["partner"]["name"] == "Corner Bakery"
        assert record["invoices"][0]["id"] == "inv_1"
        assert record["ids"] == {"stuut": "call_one"}
        assert "new_key" in json.dumps(record["kept"])
        whole = await somebody.get(f"/calls/{call}/raw/whole")
        assert json.loads(whole.content) == record
        assert "attachment" in whole.headers["content-disposition"]


async def test_a_body_of_any_size_is_cut_with_a_way_to_the_whole(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, summary="word " * 100_000)
        for path in ("raw", "as/stuut-v1"):
            page = (await somebody.get(f"/calls/{call}/{path}", fragment=True)).text
            assert len(page) < 90_000
            assert "It is cut here." in page
            assert f"/calls/{call}/{path}/whole" in Seen(page).links
            assert len((await somebody.get(f"/calls/{call}/{path}/whole")).content) > 500_000


async def test_a_huge_transcript_comes_in_parts(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        # Every third turn begins at the moment of the one before.
        turns = [
            {"role": ("agent", "user")[number % 2], "content": f"said {number};", "start": number - (number % 3 == 2)}
            for number in range(4_000)
        ]
        call = await make_call(tenant, transcript=turns)

        def anchors(page: str) -> list[str]:
            return [str(one["id"]) for one in Seen(page).having("data-turn")]

        first = await somebody.page(f"/calls/{call}")
        assert len(first.encode()) < 100_000
        parts = [first]
        for fragment in (True, False):
            parts = [first]
            while rest := [link for link in Seen(parts[-1]).links if "/turns?from=" in link]:
                parts.append((await somebody.get(rest[0], fragment=fragment)).text)
                assert ("<html" in parts[-1]) is not fragment
            found = [anchor for part in parts for anchor in anchors(part)]
            assert (len(found), len(set(found))) == (4_000, 4_000)
            assert found[:3] == ["t-0", "t-1000", "turn-2"]
        assert f"Show the rest: {4_000 - len(anchors(first)):,} turns" in first
        for wrong in ("-1", "x", "9" * 30, ""):
            for side in ("from", "before"):
                assert (await somebody.get(f"/calls/{call}/turns?{side}={wrong}", fragment=True)).status_code == 200
        for wrong in ("t=x", "t=nan", "t=1e9", "t=-1", "turn=x", "turn=-1", "turn=99999999"):
            assert anchors(await somebody.page(f"/calls/{call}?{wrong}")) == anchors(first)


async def test_a_link_leads_to_a_turn_however_late_it_is(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        turns = [{"role": "user", "content": f"said {number};", "start": number} for number in range(2_000)]
        untimed = [{"role": "user", "content": f"said {number};"} for number in range(2_000)]
        timed, plain = (
            await make_call(tenant, transcript=turns),
            await make_call(tenant, "call_two", transcript=untimed),
        )
        for call, query, anchor in (
            (timed, "t=1500", "t-1500000"),
            (timed, "turn=1500", "t-1500000"),
            (timed, "t=1999999", "t-1999000"),
            (plain, "turn=1501", "turn-1501"),
            (plain, "turn=1999", "turn-1999"),
        ):
            page = await somebody.page(f"/calls/{call}?{query}")
            assert len(page.encode()) < 100_000
            assert f'id="{anchor}"' in page
            (earlier,) = [link for link in Seen(page).links if "/turns?before=" in link]
            shown = [int(str(one["data-turn"])) for one in Seen(page).having("data-turn")]
            assert shown == list(range(shown[0], shown[-1] + 1))
            before: list[int] = []
            links = [earlier]
            while links:
                part = (await somebody.get(links[0], fragment=True)).text
                before = [int(str(one["data-turn"])) for one in Seen(part).having("data-turn")] + before
                links = [link for link in Seen(part).links if "/turns?before=" in link]
            assert before == list(range(shown[0]))
        # The player learns from it whether what is spoken is among what is not here.
        sides = Seen(await somebody.page(f"/calls/{timed}?t=1000")).having("data-first")
        (first, _), (_, last) = ((one["data-first"], one["data-last"]) for one in sides)
        assert (first, last) == ("0", "1999000")
        assert not Seen(await somebody.page(f"/calls/{plain}")).having("data-first")


async def test_a_stored_recording_is_played_from_here(app: Serving) -> None:
    async with looking(app, "member") as (tenant, somebody):
        call = await make_call(tenant, transcript=TURNS, recording_url="https://recordings.example/1.wav")
        sound = sound_of(2)
        await store_recording(tenant, call, sound)
        page = await somebody.page(f"/calls/{call}")
        seen = Seen(page)
        assert [one["src"] for one in seen.having("data-audio")] == [f"/calls/{call}/audio"]
        for part in ("player", "play", "now", "length", "speed", "back", "ahead", "seek", "wave", "follow", "find"):
            assert len(seen.having(f"data-{part}")) == 1, part
        assert len(seen.having("data-jump")) == 2
        assert len(seen.having("data-copy-link")) == 3
        assert "recordings.example" not in page[: page.index('id="shown"')]
        whole = await somebody.get(f"/calls/{call}/audio")
        assert (whole.status_code, whole.content) == (200, sound)
        headers = {"Range": "bytes=10-19"}
        some = await somebody.client.get(f"/calls/{call}/audio", headers=headers)
        assert (some.status_code, some.content) == (206, sound[10:20])
        head = await somebody.client.head(f"/calls/{call}/audio")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(sound)))
        (wave,) = seen.having("data-wave")
        picture = await somebody.get(str(wave["data-src"]))
        assert picture.headers["content-type"] == "image/svg+xml"
        assert "immutable" in picture.headers["cache-control"]
        assert picture.text.startswith("<svg")
        without = await make_call(tenant, "call_two")
        for path in ("audio", "waveform"):
            assert (await somebody.get(f"/calls/{without}/{path}")).status_code == 404


async def test_a_sound_that_cannot_be_read_has_no_picture(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant)
        await store_recording(tenant, call, b"no sound at all" * 100)
        assert (await somebody.get(f"/calls/{call}/waveform")).status_code == 204


HEARD = ("raw", "raw/whole", "as/stuut-v1", "as/stuut-v1/whole", f"events/{'0' * 32}", "audio", "waveform")
READ = ("", "/turns", "/timeline", "/status?revision=0")


async def test_viewers_hear_where_their_organization_lets_them(app: Serving) -> None:
    async with looking(app, "viewer") as (tenant, viewer):
        await sequences.take(tenant, sequences.delivered("retell", "call_started", "call_ended", "call_analyzed"))
        (call,) = await sequences.calls_of(tenant)
        path = f"/calls/{call['id']}"
        address = json.loads(call["recording"])
        assert address in await viewer.page(path)
        await store_recording(tenant, str(call["id"]), sound_of(1))
        assert "data-player" in await viewer.page(path)
        await tenant.database.pool.execute(
            "UPDATE calls SET metadata = $2, analysis = $2 WHERE id = $1",
            call["id"],
            encode({"room": "blue", "more": [{"Recording-URL": address}], "audio": address}),
        )
        async with tenant.database.session() as session:
            await let_viewers_hear(session, tenant.organization.id, hear=False)
        for part in READ:
            page = await viewer.page(path + part)
            assert address not in page
            assert "data-audio" not in page
        page = await viewer.page(path)
        assert "blue" in page
        assert "Your organization does not let viewers hear recordings." in page
        assert "What it said" not in page
        for part in HEARD:
            assert (await viewer.get(f"{path}/{part}")).status_code == 403, part
        async with visitor(app, tenant, "member") as member:
            assert "data-player" in await member.page(path)


async def test_a_call_is_for_its_organization_alone(app: Serving) -> None:
    tenant, other = await app.tenant(), await app.tenant()
    call = await make_call(tenant, summary="Between us.")
    await store_recording(tenant, call, sound_of(1))
    paths = [f"/calls/{call}{part}" for part in (*READ, *(f"/{part}" for part in HEARD))]
    async with visitor(app, other, "admin") as stranger, browser_of(app) as nobody:
        for path in paths:
            for fragment in (False, True):
                answer = await stranger.get(path, fragment=fragment)
                assert answer.status_code == 404, path
                assert "Between us" not in answer.text
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), path
    async with visitor(app, tenant, "admin", test=True) as in_sandbox:
        assert (await in_sandbox.get(f"/calls/{call}")).status_code == 404


async def test_a_deleted_call_is_for_those_who_may_delete(app: Serving) -> None:
    async with looking(app, "admin") as (tenant, admin):
        call = await make_call(tenant, summary="Gone.")
        answer = await admin.post(f"/calls/{call}/delete", reason="They asked <us> to", sure="yes", once="1")
        assert answer.status_code == 303
        seen = Seen(await admin.page(f"/calls/{call}"))
        assert "This call is deleted. Deleted by Admin Tester," in seen.text
        assert ": They asked <us> to" in seen.text
        assert "Gone." in seen.text
        assert not [one for one in seen.having("action") if call in str(one["action"])]
        for role in ("viewer", "member", "approver"):
            async with visitor(app, tenant, role) as somebody:
                for part in READ:
                    assert (await somebody.get(f"/calls/{call}{part}")).status_code == 404, (role, part)
        by_source = await make_call(tenant, "call_two")
        await tenant.database.pool.execute("UPDATE calls SET deleted_at = $2 WHERE id = $1", UUID(by_source), _now())
        assert "This call is deleted. stuut," in Seen(await admin.page(f"/calls/{by_source}")).text


def _now() -> datetime:
    return datetime.now(UTC)


async def test_an_open_call_tells_that_it_changed(app: Serving) -> None:
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, status="in_progress", start_time=CREATED)
        (asks,) = [one for one in Seen(await somebody.page(f"/calls/{call}")).having("id") if one["id"] == "changed"]
        assert asks["hx-trigger"] == "every 5s"
        assert (await somebody.get(str(asks["hx-get"]), fragment=True)).status_code == 204
        await make_call(tenant, status="completed", summary="Done.", modified_at="2026-03-12T16:00:00Z")
        changed = await somebody.get(str(asks["hx-get"]), fragment=True)
        assert changed.status_code == 200
        assert "This call has changed." in changed.text
        assert "hx-get" not in changed.text
        (rests,) = [one for one in Seen(await somebody.page(f"/calls/{call}")).having("id") if one["id"] == "changed"]
        assert "hx-get" not in rests


@pytest.mark.parametrize(
    ("body", "days", "paid"),
    [
        ({"due_date": "2026-03-01", "amount_due": 10}, 11, False),
        ({"due_date": "2026-03-01T23:59:00Z", "amount_due": "10.00"}, 11, False),
        ({"due_date": "2026-03-12", "amount_due": 10}, 0, False),
        ({"due_date": "2026-03-01", "amount_due": 0}, 0, True),
        ({"due_date": "2026-03-01", "amount_due": "0.00"}, 0, True),
        ({"due_date": "2026-03-01", "amount_due": 10, "paid_at": "2026-03-02T00:00:00Z"}, 0, True),
        ({"due_date": "2026-03-01", "status": "paid"}, 0, True),
        ({"due_date": "2026-03-01", "amount_due": 10, "voided_at": "2026-03-02T00:00:00Z"}, 0, False),
        ({"due_date": "2026-03-01", "amount_due": 10, "status": "Void"}, 0, False),
        ({"due_date": "soon", "amount_due": "much"}, 0, False),
        ({"due_date": 5, "amount_due": [1]}, 0, False),
        ({}, 0, False),
    ],
)
def test_what_is_overdue(body: dict[str, Any], days: int, paid: bool) -> None:
    found = read_invoice(uuid4(), "inv_1", body)
    assert (found.overdue(date(2026, 3, 12)), found.state == "paid") == (days, paid)


async def test_vendors_ids_are_looked_up_as_on_the_apis(app: Serving) -> None:
    assert set(FORMATS) >= {"stuut-v1"}
    async with looking(app) as (tenant, somebody):
        call = await make_call(tenant, "weird id+1")
        assert await uuid_of(tenant, "weird id+1") == call
        answer = await somebody.get("/calls/weird%20id+1")
        assert answer.headers["location"] == f"/calls/{call}"
