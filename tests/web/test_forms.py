"""Forms: of two people the second is told what the first did, and of two sends the second makes nothing.

A form says what it saw, so that what was changed meanwhile is not overwritten unseen; many of them make no page
heavy. It works without a script: also a partner's name in the filters, which a script would have made an id of. What
cannot be done is not offered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.surfaces.native.writer import Writer
from tests.surfaces.serving import Serving
from tests.web.calling import Seen, make_call
from tests.web.visiting import PASSWORD, Visitor, browser_of, visitor

from calldex.core.people import Role
from calldex.store.acts import latest_acts
from calldex.store.call_tasks import keep_task, new_state
from calldex.store.keys import list_keys
from calldex.store.saved_views import list_views
from calldex.store.users import find_user, insert_user, list_users, set_disabled

HEAVIEST = 100_000
"""Bytes of a page."""

TASKS = [
    {"id": f"task_{number}", "label": f"Send the statement of account number {number} again"} for number in range(25)
]


async def people(app: Serving, organization_id: int, count: int, role: Role = "member") -> list[UUID]:
    """So many users more, with names of their own."""
    made = [uuid4() for _ in range(count)]
    async with app.database.session() as session:
        for number, user_id in enumerate(made):
            await insert_user(
                session,
                organization_id,
                user_id=user_id,
                email=f"bartholomew.{number}.{organization_id}@accounts.example.com",
                name=f"Bartholomew Featherstonehaugh {number:02}",
                role=role,
                password_hash="none",
            )
    return made


async def user_id(app: Serving, organization_id: int, somebody: Visitor) -> str:
    async with app.database.session() as session:
        user = await find_user(session, organization_id, somebody.email)
    assert user is not None
    return str(user.id)


async def take_all(app: Serving, organization_id: int, call: str, doers: Sequence[UUID]) -> None:
    """Give every task of a call to somebody."""
    now = datetime.now(UTC)
    async with app.database.session() as session:
        for number, task in enumerate(TASKS):
            state = new_state(task["id"], task["label"], now)
            doer = doers[number % len(doers)]
            kept = type(state)(state.id, state.task_id, state.label, doer, "Bartholomew", None, None, now)
            await keep_task(session, organization_id, UUID(call), kept)


# Weight


async def test_many_users_make_no_page_heavy(app: Serving) -> None:
    tenant = await app.tenant()
    organization_id = tenant.organization.id
    async with visitor(app, tenant) as admin:
        doers = await people(app, organization_id, 45)
        calls = [
            await make_call(tenant, f"call_{number}", classifications=[{"classification": "other", "tasks": TASKS}])
            for number in range(2)
        ]
        for call in calls:
            await take_all(app, organization_id, call, doers)
        page = await admin.page("/tasks")
        assert len(re.findall(r'name="reason"', page)) == 50
        sizes = {
            path: len((await admin.page(path)).encode()) for path in ("/tasks", f"/calls/{calls[0]}", "/settings/users")
        }
        assert all(size < HEAVIEST for size in sizes.values()), sizes


async def test_users_are_shown_in_pages(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        ids = {str(one) for one in await people(app, tenant.organization.id, 59)}
        found: list[str] = []
        for number in (1, 2, 3):
            page = await admin.page("/settings/users", page=number)
            found += re.findall(r'id="role-([0-9a-f-]{36})"', page)
            assert f"Page {number} of 3" in page
            assert ("page=2" in page) or number == 2
        assert len(found) == len(set(found)) == 60
        assert ids < set(found)
        for wrong in ("0", "x", "99999999"):
            assert "Page 1 of 3" in await admin.page("/settings/users", page=wrong)
        assert "Page 3 of 3" in await admin.page("/settings/users", page=99)
        # Whoever changes somebody stays on the page where they stand.
        answer = await admin.post(f"/settings/users/{found[30]}/role?page=2", role="viewer")
        assert answer.headers["location"] == "/settings/users?page=2"
        answer = await admin.post(f"/settings/users/{found[30]}/role?page=2", fragment=True, role="member")
        assert f'id="role-{found[30]}"' in answer.text


async def test_a_task_is_given_without_a_script(app: Serving) -> None:
    tenant = await app.tenant()
    call = await make_call(
        tenant, classifications=[{"classification": "other", "tasks": [{"id": "a/b?c", "label": "Call <b>again</b>"}]}]
    )
    async with visitor(app, tenant, "member") as member, visitor(app, tenant, "viewer") as viewer:
        mine = await user_id(app, tenant.organization.id, member)
        for path, shown in ((f"/calls/{call}", None), ("/tasks?assignee=me", "me")):
            page = Seen(await member.page(path))
            (link,) = (one for one in page.links if one.startswith(f"/calls/{call}/tasks?"))
            form = await member.page(link)
            assert "<h1>" in form
            assert "<b>" not in form
            names = re.findall(r'<option value="[^"]*"[^>]*>([^<]+)', form[form.index("<main") :])
            assert names == ["Nobody", "Member Tester"]
            said = {
                one["name"]: one["value"] for one in Seen(form[form.index("<main") :]).having("value") if "name" in one
            }
            assert said["task"] == "a/b?c"
            assert said.get("shown") == shown
            target = re.search(r'<form method="post" action="([^"]+)"', form[form.index("<main") :])
            assert target is not None
            fields: dict[str, Any] = {
                **{str(name): value for name, value in said.items()},
                "assignee": mine,
                "do": "assign",
            }
            assert (await member.post(target[1], **fields)).status_code == 303
            fragment = await member.get(link, fragment=True)
            assert fragment.text.lstrip().startswith("<form")
        assert (await viewer.get(link)).status_code == 403
        assert (await member.get(f"/calls/{call}/tasks", task="none")).status_code == 404
        assert (await member.post(f"/calls/{call}/tasks", task="a/b?c", do="close")).status_code == 303
        assert (await member.get(link)).status_code == 404


# Whom a task can be given to


async def test_a_task_goes_to_nobody_who_may_not_close_it(app: Serving) -> None:
    tenant = await app.tenant()
    call = await make_call(tenant, classifications=[{"classification": "other", "tasks": TASKS[:1]}])
    async with visitor(app, tenant, "member") as member, visitor(app, tenant, "viewer") as viewer:
        theirs = await user_id(app, tenant.organization.id, viewer)
        assert theirs not in (await member.get(f"/calls/{call}/tasks", task="task_0")).text
        for fragment in (True, False):
            answer = await member.post(
                f"/calls/{call}/tasks", fragment=fragment, task="task_0", do="assign", assignee=theirs
            )
            assert answer.status_code == 422
            assert "Viewer Tester may not close tasks; that takes the role member or more." in answer.text
        await member.post(
            "/tasks", call=call, task="task_0", do="assign", assignee=await user_id(app, tenant.organization.id, member)
        )
        answer = await member.post("/tasks", call=call, task="task_0", do="assign", assignee=theirs, shown="")
        assert answer.status_code == 422
        assert answer.text.count("may not close tasks") == 1


# What was changed meanwhile


@pytest.mark.parametrize("fragment", [True, False])
async def test_of_two_who_give_a_task_at_once_the_second_is_told(app: Serving, fragment: bool) -> None:
    tenant = await app.tenant()
    organization_id = tenant.organization.id
    call = await make_call(tenant, classifications=[{"classification": "other", "tasks": TASKS[:1]}])
    async with visitor(app, tenant, "member") as one, visitor(app, tenant, "admin") as other:
        form: dict[str, Any] = {"task": "task_0", "do": "assign", "seen": ""}
        ids = [await user_id(app, organization_id, somebody) for somebody in (one, other)]
        answers = await asyncio.gather(
            one.post(f"/calls/{call}/tasks", fragment=fragment, assignee=ids[0], **form),
            other.post(f"/calls/{call}/tasks", fragment=fragment, assignee=ids[1], **form),
        )
        assert sorted(answer.status_code for answer in answers) == [200 if fragment else 303, 409]
        late = next(place for place, answer in enumerate(answers) if answer.status_code == 409)
        winner = "Admin Tester" if late == 0 else "Member Tester"
        assert f"Meanwhile the task was given to {winner}." in answers[late].text
        # The form beside the sentence has what was chosen, and knows now who has the task.
        assert f'<option value="{ids[late]}" selected>' in answers[late].text
        assert f'name="seen" value="{ids[1 - late]}"' in answers[late].text
        # The same from the list.
        somebody = (one, other)[late]
        again = {"call": call, "shown": "", **form, "assignee": ids[late]}
        answer = await somebody.post("/tasks", fragment=fragment, **again)
        assert answer.status_code == 409
        assert answer.text.count("Meanwhile the task was given to") == 1
        assert f'<option value="{ids[late]}" selected>' in answer.text
        # Whoever has it already is given nothing, whatever was seen; who knows may take it over.
        winners: dict[str, Any] = {**form, "assignee": ids[1 - late]}
        assert (await somebody.post(f"/calls/{call}/tasks", **winners)).status_code == 303
        knowing: dict[str, Any] = {**form, "assignee": ids[late], "seen": ids[1 - late]}
        assert (await somebody.post(f"/calls/{call}/tasks", **knowing)).status_code == 303


@pytest.mark.parametrize("fragment", [True, False])
async def test_of_two_who_correct_at_once_the_second_is_told(app: Serving, fragment: bool) -> None:
    tenant = await app.tenant()
    call = await make_call(tenant, classifications=[{"classification": "payment_promise"}])
    path = f"/calls/{call}/classifications"
    async with visitor(app, tenant, "member") as one, visitor(app, tenant, "admin") as other:
        for _ in range(2):
            page = await one.page(f"/calls/{call}")
            said = re.search(
                r'name="classification" value="payment_promise">\s+<input type="hidden" name="seen" value="([^"]*)"',
                page,
            )
            assert said is not None
            form: dict[str, Any] = {"classification": "payment_promise", "seen": said[1]}
            answers = await asyncio.gather(
                one.post(path, fragment=fragment, corrected="complaint", reason="Mine", once="a" + said[1], **form),
                other.post(path, fragment=fragment, corrected="dispute", reason="Mine", once="b" + said[1], **form),
            )
            assert sorted(answer.status_code for answer in answers) == [200 if fragment else 303, 409]
            late = next(place for place, answer in enumerate(answers) if answer.status_code == 409)
            winner = "Admin Tester" if late == 0 else "Member Tester"
            assert f"Meanwhile {winner} corrected this classification; look at it again." in answers[late].text
            assert ">Mine</textarea>" in answers[late].text
            chosen = ("complaint", "dispute")[late]
            assert f'<option value="{chosen}" selected>' in answers[late].text


# Twice


async def test_a_form_that_is_sent_twice_makes_one_thing(app: Serving) -> None:
    tenant = await app.tenant()
    organization_id = tenant.organization.id
    async with visitor(app, tenant) as admin:
        for part in ("keys", "users", "sources"):
            page = await admin.page(f"/settings/{part}")
            marks = [
                re.search(r'name="once" value="([^"]+)"', text)
                for text in (page, await admin.page(f"/settings/{part}"))
            ]
            assert len({mark[1] for mark in marks if mark}) == 2
        fields: dict[str, dict[str, Any]] = {
            "keys": {"scope": "read", "name": "Twice"},
            "users": {"email": "twice@example.com", "role": "member"},
            "sources": {"sender": "generic"},
        }
        secrets = []
        for part, said in fields.items():
            answers = await asyncio.gather(*(admin.post(f"/settings/{part}", once="o1", **said) for _ in range(3)))
            assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
            shown = [re.findall(r'id="made-(?:key|password|secret)" value="([^"]+)"', one.text) for one in answers]
            assert sorted(map(len, shown)) == [0, 0, 1]
            secrets += [found[0] for found in shown if found]
            late = next(answer for answer in answers if answer.status_code == 409)
            assert "This form was sent twice" in late.text
        async with app.database.session() as session:
            keys = await list_keys(session, organization_id, tenant.organization.sandbox_id)
            assert [key.name for key in keys].count("Twice") == 1
            assert len(await list_users(session, organization_id)) == 2
            made = [act.name for _, act in await latest_acts(session, [organization_id], 100)]
            assert sorted(made) == ["add_source", "add_user", "issue_key"]
            text = str(await session.fetchval("SELECT coalesce(string_agg(t::text, ' '), '') FROM idempotency_keys t"))
        assert not [secret for secret in secrets if secret in text]
        # What fails keeps nothing, and another form makes another thing.
        assert (await admin.post("/settings/keys", once="o2", name="None")).status_code == 422
        assert (await admin.post("/settings/keys", once="o2", name="None")).status_code == 422
        assert (await admin.post("/settings/keys", once="o1", name="Other", scope="read")).status_code == 200


async def test_a_typed_password_is_in_no_digest_and_its_second_send_goes_on(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        said: dict[str, Any] = {"email": "typed@example.com", "role": "member", "once": "o1"}
        for password in (PASSWORD, PASSWORD, f"{PASSWORD} or another"):
            assert (await admin.post("/settings/users", password=password, **said)).status_code == 303
    async with browser_of(app, "typed@example.com") as somebody:
        assert (await somebody.sign_in()).status_code == 303


async def test_a_view_that_is_saved_twice_is_one(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as somebody:
        sends = (somebody.post("/calls/views", name="Mine", query="direction=inbound") for _ in range(4))
        assert {answer.status_code for answer in await asyncio.gather(*sends)} == {303}
        mine = UUID(await user_id(app, tenant.organization.id, somebody))
    async with app.database.session() as session:
        assert [view.name for view in await list_views(session, tenant.organization.id, mine)] == ["Mine"]


# Shared views


async def test_an_admin_takes_a_shared_view_away(app: Serving) -> None:
    tenant = await app.tenant()
    organization_id = tenant.organization.id
    async with (
        visitor(app, tenant, "member") as gone,
        visitor(app, tenant, "approver") as other,
        visitor(app, tenant) as admin,
        visitor(app, await app.tenant()) as stranger,
    ):
        await gone.post("/calls/views", name="For all", query="direction=inbound", shared="yes")
        await gone.post("/calls/views", name="My own", query="direction=inbound")
        mine = UUID(await user_id(app, organization_id, gone))
        async with app.database.session() as session:
            views = {view.name: view.id for view in await list_views(session, organization_id, mine)}
            await set_disabled(session, organization_id, mine, disabled=True)
        shared = f"/calls/views/{views['For all']}/delete"
        assert shared not in await other.page("/calls")
        for somebody in (other, stranger):
            assert (await somebody.post(shared)).status_code == 404
        assert (await admin.post(f"/calls/views/{views['My own']}/delete")).status_code == 404
        assert shared in await admin.page("/calls")
        assert (await admin.post(shared)).status_code == 303
        assert "For all" not in await other.page("/calls")


# A partner's name in the filters


@pytest.mark.parametrize("path", ["/calls", "/overview"])
async def test_a_partners_name_is_looked_up_without_a_script(app: Serving, path: str) -> None:
    writer = await Writer.of(app)
    tenant = writer.tenant
    for number, name in enumerate(("Acme Rockets", "Acme Bakery <i>", "Zenith & Sons")):
        partner = {"id": f"cust_{number}", "name": name, "object": "partner"}
        await make_call(tenant, f"call_{number}", partner=partner)
    async with visitor(app, tenant) as somebody:
        given: dict[str, Any] = {"direction": "outbound", "number": "", "zone": "UTC", "said": ""}
        one = await somebody.get(path, name="  zenith ", **given)
        assert one.status_code == 303
        assert one.headers["location"] == f"{path}?direction=outbound&partner=cust_2"
        assert "Zenith &amp; Sons" in await somebody.page(one.headers["location"])
        several = await somebody.page(path, name="acme", since="2026-03-01", **given)
        seen = Seen(several)
        assert "Which of those" in several
        assert "Acme Rockets" in seen.text
        assert "Acme Bakery <i>" in seen.text
        assert "Zenith" not in seen.text
        main = Seen(several[several.index("<main") :])
        fields = [(field.get("name"), field.get("value")) for tag, field in main.elements if tag == "input"]
        assert ("direction", "outbound") in fields
        assert ("since", "2026-03-01") in fields
        assert ("zone", "UTC") in fields
        assert {value for name, value in fields if name == "partner"} == {"cust_0", "cust_1"}
        chosen = await somebody.get(path, name="", partner="cust_1", **given)
        assert chosen.status_code == 200
        nobody = await somebody.page(path, name="<nobody>", **given)
        assert "No partner has words that begin like “<nobody>”." in unescape(nobody)
        assert "<nobody>" not in nobody
        assert f'<a href="{path}?direction=outbound">' in nobody
        # What is wrong beside the name is said, once the name is an id.
        wrong = await somebody.get(path, name="zenith", sentimant="x")
        assert (await somebody.get(wrong.headers["location"])).status_code == 422
        assert (await somebody.get(path, name="%00")).status_code == 200


async def test_no_filter_offers_what_it_refuses(app: Serving) -> None:
    async with visitor(app, await app.tenant()) as somebody:
        fields = {
            one["name"]: one
            for one in Seen(await somebody.page("/calls")).having("name")
            if one.get("type") == "number"
        }
        for name in ("longer", "shorter"):
            least = int(str(fields[name]["min"]))
            assert (await somebody.get(f"/calls?{name}={least}")).status_code == 200
            assert (await somebody.get(f"/calls?{name}={least - 1}")).status_code == 422


# Addresses


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_to_ask_about_an_export_takes_nothing_out(app: Serving, form: str) -> None:
    tenant = await app.tenant()
    await make_call(tenant)
    async with visitor(app, tenant) as admin:
        head = await admin.client.head(f"/calls/export.{form}")
        assert (head.status_code, head.content) == (200, b"")
        async with app.database.session() as session:
            assert await latest_acts(session, [tenant.organization.id], 10) == []
        whole = await admin.get(f"/calls/export.{form}")
        assert {name: whole.headers[name] for name in ("content-type", "cache-control")} == {
            name: head.headers[name] for name in ("content-type", "cache-control")
        }
        assert (await admin.client.head(f"/calls/export.{form}?sentimant=1")).status_code == 422


@pytest.mark.parametrize("path", ["/partners/%E2%80%AEx", "/calls/x%00y", "/nothing/%FF", "/%00", "/partners/x%0A"])
async def test_an_address_that_is_no_text_has_the_page_that_says_so(app: Serving, path: str) -> None:
    async with visitor(app, await app.tenant()) as somebody:
        answer = await somebody.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing is here" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        fragment = await somebody.get(path, fragment=True)
        assert fragment.text.startswith("<section")
        program = await somebody.client.get(path)
        assert (program.status_code, program.json()["code"]) == (404, "not_found")
        surface = await somebody.get(f"/api/v1{path}")
        assert surface.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/calls?said=a#x", "/calls?said=a#x"),
        ("/calls#notes", "/calls#notes"),
        ("#x", "/calls"),
        ("//evil.example/#x", "/calls"),
        ("https://evil.example/calls#x", "/calls#x"),
        ("/sign-in#x", "/calls"),
        ("/calls#\\evil", "/calls"),
        ("/calls#a\r\nb", "/calls#ab"),
    ],
)
async def test_signing_in_leads_to_the_place_on_the_page(app: Serving, wanted: str, location: str) -> None:
    async with visitor(app, await app.tenant()) as somebody, browser_of(app, somebody.email) as again:
        assert (await again.sign_in(next=wanted)).headers["location"] == location


async def test_parts_of_a_page_have_names_of_their_own(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        await people(app, tenant.organization.id, 30)
        for path in (
            "/settings/activity?before=00000000-0000-0000-0000-000000000001",
            "/settings/users",
            "/calls",
            "/tasks",
        ):
            page = Seen(await admin.page(path))
            names = [attributes.get("aria-label") for tag, attributes in page.elements if tag == "nav"]
            assert len(names) == len(set(names)) >= 1, path
