"""The settings: an administrator's, of their own organization alone; what is secret is shown once and nowhere else.

An administrator of a live organization sees its sandbox too, one of a sandbox nothing else. What is not of the
organization is 404 for every verb. Every change is an act, and no act, page or line of the log has a secret.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.surfaces.serving import Serving, Tenant
from tests.web.visiting import PASSWORD, Visitor, browser_of, visitor

from calldex.actions.add_source import add_source
from calldex.actions.issue_key import issue_key
from calldex.app import create_app
from calldex.app.logs import make_log
from calldex.core.ids import new_uuid
from calldex.settings import Settings
from calldex.store.acts import Actor, latest_acts, write_act
from calldex.store.database import open_database
from calldex.store.deliveries import NewDelivery, Settled, State, keep_delivery, settle_deliveries
from calldex.store.inbox import load_delivery_of
from calldex.store.keys import list_keys
from calldex.store.organizations import organization_of
from calldex.store.users import find_user

PAGES = ("/settings", "/settings/keys", "/settings/users", "/settings/sources", "/settings/inbox", "/settings/activity")


@pytest.fixture
async def tenant(app: Serving) -> Tenant:
    return await app.tenant()


@pytest.fixture
async def admin(app: Serving, tenant: Tenant) -> AsyncIterator[Visitor]:
    async with visitor(app, tenant) as found:
        yield found


async def user_id(app: Serving, organization_id: int, email: str) -> UUID:
    async with app.database.session() as session:
        found = await find_user(session, organization_id, email)
    assert found is not None
    return found.id


async def acts(app: Serving, *organization_ids: int) -> list[tuple[int, str, dict[str, object]]]:
    """Every act of the organizations with whose it is, the oldest first."""
    async with app.database.session() as session:
        found = await latest_acts(session, organization_ids, 1000)
    return [(whose, act.name, act.detail) for whose, act in reversed(found)]


async def deliver(
    app: Serving, organization_id: int, endpoint_id: UUID, state: State, body: bytes = b"{}", reason: str = "No reason."
) -> UUID:
    """A delivery in a state, as if it had been processed."""
    now = datetime.now(UTC)
    delivery = NewDelivery(new_uuid(now), endpoint_id, str(uuid4()), now, "application/json", body)
    async with app.database.session() as session, session.transaction():
        await keep_delivery(session, organization_id, delivery)
        await settle_deliveries(session, organization_id, [Settled(delivery.id, state, "call_ended", reason)])
        if state == "waiting":
            # So far away that the loop beside the requests does not take it meanwhile.
            await session.execute(
                "UPDATE deliveries SET due_at = now() + interval '1 day' WHERE organization_id = $1 AND id = $2",
                organization_id,
                delivery.id,
            )
    return delivery.id


async def endpoint(app: Serving, tenant: Tenant, *, test: bool = False) -> UUID:
    return await add_source(app.database, tenant.organization, "retell", "a secret of theirs", test=test)


async def everything_posted(app: Serving, of: Tenant) -> list[str]:
    """The path of every verb on something of this organization."""
    async with visitor(app, of, "viewer") as somebody:
        user = await user_id(app, of.organization.id, somebody.email)
    key = await issue_key(app.database, of.organization)
    source = await endpoint(app, of)
    delivery = await deliver(app, of.organization.id, source, "failed")
    return [
        f"/settings/keys/{key.id}/revoke",
        *(f"/settings/users/{user}/{verb}" for verb in ("role", "password", "disable", "enable")),
        f"/settings/sources/{source}/remove",
        f"/settings/inbox/{delivery}/retry",
    ]


ONES_OWN = (
    "/settings/keys",
    "/settings/users",
    "/settings/users/hearing",
    "/settings/sources",
    "/settings/inbox/retry",
)
"""The verbs that name nothing that is there."""


@pytest.mark.parametrize("role", ["viewer", "member", "approver"])
async def test_only_administrators_see_or_change_anything(app: Serving, tenant: Tenant, role: str) -> None:
    async with visitor(app, tenant, role) as somebody:
        assert 'href="/settings"' not in await somebody.page("/account")
        for path in PAGES:
            answer = await somebody.get(path)
            assert answer.status_code == 403, path
            assert "You may not do this" in answer.text
        before = await acts(app, tenant.organization.id, tenant.organization.sandbox_id)
        for path in (*ONES_OWN, *await everything_posted(app, tenant)):
            assert (await somebody.post(path, role="admin", password="long enough to be one")).status_code == 403, path
        assert await acts(app, tenant.organization.id, tenant.organization.sandbox_id) == before


async def test_nobody_is_asked_to_sign_in(app: Serving, tenant: Tenant) -> None:
    async with browser_of(app) as nobody:
        for path in PAGES:
            assert (await nobody.get(path)).status_code == 303
        for path in (*ONES_OWN, *await everything_posted(app, tenant)):
            answer = await nobody.post(path, csrf="x.y")
            assert answer.headers["location"].startswith("/sign-in"), path


async def test_every_verb_takes_a_form_of_this_sign_in_only(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    for path in (*ONES_OWN, *await everything_posted(app, tenant)):
        assert (await admin.post(path, csrf="")).status_code == 403, path
    assert await acts(app, tenant.organization.id, tenant.organization.sandbox_id) == []


async def test_what_is_a_strangers_is_not_there(app: Serving, admin: Visitor) -> None:
    stranger = await app.tenant()
    paths = await everything_posted(app, stranger)
    for path in paths:
        answer = await admin.post(path, role="admin", password="long enough to be one")
        assert answer.status_code == 404, path
        assert (await admin.get(path)).status_code == 405, path
    delivery = paths[-1].removesuffix("/retry")
    assert (await admin.get(delivery)).status_code == 404
    assert (await admin.get(f"{delivery}/body")).status_code == 404
    for path in ("/settings/keys/no-id/revoke", "/settings/users/1/role", f"/settings/inbox/{uuid4()}/retry"):
        assert (await admin.post(path)).status_code == 404, path
    assert await acts(app, stranger.organization.id, stranger.organization.sandbox_id) == []
    for path in PAGES[1:]:
        page = await admin.page(path)
        assert not [one for one in paths if one.split("/")[3] in page]


async def test_the_organization_of_an_id_is_found_from_its_sandbox_too(app: Serving, tenant: Tenant) -> None:
    async with app.database.session() as session:
        for organization_id in (tenant.organization.id, tenant.organization.sandbox_id):
            assert await organization_of(session, organization_id) == tenant.organization
        assert await organization_of(session, 2**31 - 1) is None


async def test_the_settings_lead_on_and_say_where_one_is(admin: Visitor) -> None:
    assert (await admin.get("/settings")).headers["location"] == "/settings/keys"
    for path in PAGES[1:]:
        assert f'href="{path}" aria-current="page"' in await admin.page(path)


# Keys


async def test_a_key_is_shown_once_and_works(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    answer = await admin.post("/settings/keys", name="Reports <b>", scope=["read"])
    assert answer.status_code == 200
    (text,) = set(re.findall(r"sk_live_\w{48}", answer.text))
    assert (await app.client.get("/api/v1/calls", headers={"Authorization": f"Bearer {text}"})).status_code == 200
    refused = await app.client.post("/api/v1/calls", headers={"Authorization": f"Bearer {text}"}, json={})
    assert refused.status_code == 403
    page = await admin.page("/settings/keys")
    assert text[:18] in page
    assert "Reports &lt;b&gt;" in page
    whose, name, detail = (await acts(app, tenant.organization.id))[-1]
    assert (whose, name) == (tenant.organization.id, "issue_key")
    assert detail == {"key": text[:18], "key_name": "Reports <b>", "scopes": ["read"]}
    await assert_secret_is_gone(app, tenant, admin, text)


async def test_a_key_for_the_sandbox(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    answer = await admin.post("/settings/keys", fragment=True, scope=["read", "write"], test="yes")
    assert answer.text.lstrip().startswith("<section")
    assert len(set(re.findall(r"sk_test_\w{48}", answer.text))) == 1
    assert (await acts(app, tenant.organization.sandbox_id))[-1][1] == "issue_key"


@pytest.mark.parametrize(("fields", "says"), [({}, "at least one scope"), ({"scope": "all"}, "is no scope")])
async def test_a_key_without_right_scopes_is_not_made(
    app: Serving, tenant: Tenant, admin: Visitor, fields: dict[str, Any], says: str
) -> None:
    answer = await admin.post("/settings/keys", name="As it was typed", **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert "As it was typed" in answer.text
    assert await acts(app, tenant.organization.id) == []


@pytest.mark.parametrize("fragment", [True, False])
async def test_a_key_is_revoked_for_good(app: Serving, tenant: Tenant, admin: Visitor, fragment: bool) -> None:
    key = await issue_key(app.database, tenant.organization, name="Old", test=True)
    for _ in range(2):
        answer = await admin.post(f"/settings/keys/{key.id}/revoke", fragment=fragment)
        assert answer.status_code == (200 if fragment else 303)
    async with app.database.session() as session:
        keys = await list_keys(session, tenant.organization.id, tenant.organization.sandbox_id)
    assert [one.id for one in keys if one.revoked_at] == [key.id]
    # What was revoked already is not revoked again, and nobody did it.
    assert await acts(app, tenant.organization.sandbox_id) == [
        (tenant.organization.sandbox_id, "revoke_key", {"key": key.text[:18], "key_name": "Old"})
    ]


# Users


async def test_a_user_whose_password_was_typed(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    email = f"new-{uuid4()}@example.com"
    fields: dict[str, Any] = {"email": email, "name": "New <i>", "role": "member", "password": PASSWORD}
    answer = await admin.post("/settings/users", **fields)
    assert answer.headers["location"] == "/settings/users"
    page = await admin.page("/settings/users")
    assert email in page
    assert "New &lt;i&gt;" in page
    async with browser_of(app, email) as somebody:
        assert (await somebody.sign_in()).status_code == 303
        assert (await somebody.get("/settings/users")).status_code == 403
    assert (await acts(app, tenant.organization.id))[-1][1:] == (
        "add_user",
        {"user": email, "user_name": "New <i>", "role": "member"},
    )
    await assert_secret_is_gone(app, tenant, admin, PASSWORD)
    again = await admin.post("/settings/users", **fields)
    assert again.status_code == 409
    assert "already" in again.text
    assert PASSWORD not in again.text


@pytest.mark.parametrize("fragment", [True, False])
async def test_a_password_that_is_made_is_shown_once(
    app: Serving, tenant: Tenant, admin: Visitor, fragment: bool
) -> None:
    email = f"made-{uuid4()}@example.com"
    answer = await admin.post("/settings/users", fragment=fragment, email=email, role="viewer")
    first = made_in(answer, "made-password")
    async with browser_of(app, email) as somebody:
        assert (await somebody.sign_in(first)).status_code == 303
        user = await user_id(app, tenant.organization.id, email)
        answer = await admin.post(f"/settings/users/{user}/password", fragment=fragment, password="")
        second = made_in(answer, "made-password")
        assert (await somebody.get("/calls")).status_code == 303
        assert (await somebody.sign_in(first)).status_code == 401
        assert (await somebody.sign_in(second)).status_code == 303
    assert (await acts(app, tenant.organization.id))[-1][1:] == ("change_password", {"user": email})
    await assert_secret_is_gone(app, tenant, admin, first, second)


async def test_mistakes_in_a_user_are_said_where_they_are_made(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"email": "nobody", "role": "viewer"}, "no e-mail address"),
        ({"email": "a@example.com", "role": "king"}, "no role"),
        ({"email": "a@example.com", "role": "viewer", "password": "short"}, "10 to 256 characters"),
    ]
    for fields, says in mistakes:
        answer = await admin.post("/settings/users", **fields)
        assert answer.status_code == 422
        assert says in answer.text
        assert 'role="alert"' in answer.text
    assert await acts(app, tenant.organization.id) == []


async def test_a_role_is_changed_from_the_next_click_on(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    async with visitor(app, tenant, "viewer") as somebody:
        user = await user_id(app, tenant.organization.id, somebody.email)
        for role in ("admin", "admin"):
            assert (await admin.post(f"/settings/users/{user}/role", role=role)).status_code == 303
        assert (await somebody.get("/settings/users")).status_code == 200
        assert (await admin.post(f"/settings/users/{user}/role", role="boss")).status_code == 422
    assert await acts(app, tenant.organization.id) == [
        (tenant.organization.id, "change_role", {"user": somebody.email, "role": "admin", "before": "viewer"})
    ]


async def test_a_disabled_user_is_out_and_can_come_back(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    async with visitor(app, tenant, "member") as somebody:
        user = await user_id(app, tenant.organization.id, somebody.email)
        await admin.post(f"/settings/users/{user}/disable")
        await admin.post(f"/settings/users/{user}/disable")
        assert (await somebody.get("/calls")).status_code == 303
        assert (await somebody.sign_in()).status_code == 401
        page = await admin.page("/settings/users")
        assert f"/settings/users/{user}/enable" in page
        assert f"/settings/users/{user}/disable" not in page
        await admin.post(f"/settings/users/{user}/enable")
        assert (await somebody.sign_in()).status_code == 303
    assert [act[1] for act in await acts(app, tenant.organization.id)] == ["disable_user", "enable_user"]


async def test_somebody_is_left_who_may_administer(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    me = await user_id(app, tenant.organization.id, admin.email)
    for verb in ("role", "disable"):
        answer = await admin.post(f"/settings/users/{me}/{verb}", role="viewer")
        assert answer.status_code == 409
        assert "Somebody must be left" in answer.text
    assert await acts(app, tenant.organization.id) == []
    async with visitor(app, tenant):
        answer = await admin.post(f"/settings/users/{me}/role", role="viewer")
        assert answer.headers["location"] == "/calls"
        assert (await admin.get("/settings/users")).status_code == 403


async def test_ones_own_new_password_keeps_this_sign_in(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    me = await user_id(app, tenant.organization.id, admin.email)
    async with browser_of(app, admin.email) as elsewhere:
        await elsewhere.sign_in()
        assert (await admin.post(f"/settings/users/{me}/password", password="another one of mine")).status_code == 303
        assert (await admin.get("/settings/users")).status_code == 200
        assert (await elsewhere.get("/calls")).status_code == 303


async def test_viewers_hear_where_the_organization_lets_them(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    assert 'name="hear" value="yes" checked' in await admin.page("/settings/users")
    changes: list[dict[str, Any]] = [{}, {}, {"hear": "yes"}]
    for fields in changes:
        await admin.post("/settings/users/hearing", **fields)
        assert ('name="hear" value="yes" checked' in await admin.page("/settings/users")) == bool(fields)
    assert [act[2] for act in await acts(app, tenant.organization.id)] == [{"hear": False}, {"hear": True}]


# Sources


async def test_a_source_with_a_secret_that_is_made(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    answer = await admin.post("/settings/sources", sender="generic")
    secret, url = made_in(answer, "made-secret"), made_in(answer, "made-url")
    assert secret.startswith("whsec_")
    assert re.fullmatch(r"http://calldex\.test/ingest/generic/[0-9a-f-]{36}", url)
    page = await admin.page("/settings/sources")
    assert url in page
    source = url.rpartition("/")[2]
    assert (await acts(app, tenant.organization.id))[-1][1:] == ("add_source", {"sender": "generic", "source": source})
    await assert_secret_is_gone(app, tenant, admin, secret)
    refused = await app.client.post(url, content=b"{}")
    assert refused.status_code == 401
    assert "signature" in refused.text.lower()
    assert (await admin.post(f"/settings/sources/{source}/remove")).status_code == 303
    assert url not in await admin.page("/settings/sources")
    assert (await admin.post(f"/settings/sources/{source}/remove", fragment=True)).status_code == 200
    assert [act[1] for act in await acts(app, tenant.organization.id)] == ["add_source", "remove_source"]


async def test_a_senders_own_secret_is_never_shown(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    answer = await admin.post("/settings/sources", sender="twilio", secret="the secret of theirs", test="yes")
    assert answer.status_code == 200
    assert "the secret of theirs" not in answer.text
    assert "Sandbox" in answer.text
    assert (await acts(app, tenant.organization.sandbox_id))[-1][1] == "add_source"
    await assert_secret_is_gone(app, tenant, admin, "the secret of theirs")


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"sender": "twilio"}, "the auth token"), ({"sender": "nobody", "secret": "x"}, "no such sender"), ({}, "choose")],
)
async def test_a_source_needs_a_sender_and_its_secret(
    app: Serving, tenant: Tenant, admin: Visitor, fields: dict[str, Any], says: str
) -> None:
    answer = await admin.post("/settings/sources", **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert await acts(app, tenant.organization.id) == []


# The inbox


async def test_the_inbox_has_what_could_not_be_processed(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    live, sandbox = tenant.organization.id, tenant.organization.sandbox_id
    source, test_source = await endpoint(app, tenant), await endpoint(app, tenant, test=True)
    troubled = [
        await deliver(app, live, source, "failed", reason="<script>alert(1)</script>"),
        await deliver(app, sandbox, test_source, "nonsense"),
        await deliver(app, live, source, "waiting"),
    ]
    quiet = [await deliver(app, live, source, "done"), await deliver(app, live, source, "known")]
    page = await admin.page("/settings/inbox")
    places = [page.index(f"/settings/inbox/{one}") for one in sorted(troubled, reverse=True)]
    assert places == sorted(places)
    assert not [one for one in quiet if str(one) in page]
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    only = await admin.page("/settings/inbox", state="nonsense")
    assert [str(one) in only for one in troubled] == [False, True, False]
    assert (await admin.get("/settings/inbox", state="done")).status_code == 422


async def test_the_inbox_goes_by_pages(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    source = await endpoint(app, tenant)
    made = [await deliver(app, tenant.organization.id, source, "failed") for _ in range(103)]
    seen: list[str] = []
    path = "/settings/inbox?state=failed"
    for _ in range(3):
        page = await admin.page(path)
        seen += re.findall(r'<a href="/settings/inbox/([0-9a-f-]{36})"', page)
        following = re.search(r'href="([^"]+before=[^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert path == ""
    assert seen == [str(one) for one in sorted(made, reverse=True)]


async def test_a_body_is_shown_as_text_and_cut_and_given_whole(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    source = await endpoint(app, tenant)
    body = b'{"name": "</pre><script>alert(1)</script>"} \xff' + b"x" * 200_000
    delivery = await deliver(app, tenant.organization.id, source, "nonsense", body)
    page = await admin.page(f"/settings/inbox/{delivery}")
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Only the first 100,000 bytes" in page
    assert len(page) < 110_000
    whole = await admin.get(f"/settings/inbox/{delivery}/body")
    assert whole.content == body
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"


async def settled(app: Serving, organization_id: int, delivery: UUID) -> str:
    """The state of a delivery when it is no longer to be processed."""
    for _ in range(200):
        async with app.database.session() as session:
            found = await load_delivery_of(session, [organization_id], delivery)
        assert found is not None
        if found.state != "waiting":
            return found.state
        await asyncio.sleep(0.05)
    raise AssertionError("nobody processed it")


async def test_a_delivery_is_tried_again(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    sandbox = tenant.organization.sandbox_id
    source = await endpoint(app, tenant, test=True)
    body = (Path(__file__).parents[1] / "ingest/retell/fixtures/call_analyzed.json").read_bytes()
    delivery = await deliver(app, sandbox, source, "failed", body)
    answer = await admin.post(f"/settings/inbox/{delivery}/retry")
    assert answer.headers["location"] == f"/settings/inbox/{delivery}"
    assert await settled(app, sandbox, delivery) == "done"
    assert "Try again" not in await admin.page(f"/settings/inbox/{delivery}")
    assert (await admin.post(f"/settings/inbox/{delivery}/retry")).status_code == 303
    assert await settled(app, sandbox, delivery) == "done"
    assert await acts(app, sandbox) == [(sandbox, "retry_delivery", {"delivery": str(delivery)})]


async def test_all_of_a_state_are_tried_again_and_no_strangers(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    stranger = await app.tenant()
    strange = await deliver(app, stranger.organization.id, await endpoint(app, stranger), "nonsense")
    live, sandbox = tenant.organization.id, tenant.organization.sandbox_id
    first = await deliver(app, live, await endpoint(app, tenant), "failed", b"no JSON")
    second = await deliver(app, sandbox, await endpoint(app, tenant, test=True), "failed", b"no JSON")
    other = await deliver(app, live, await endpoint(app, tenant), "nonsense", b"no JSON")
    assert (await admin.post("/settings/inbox/retry", state="failed")).status_code == 303
    assert [await settled(app, live, first), await settled(app, sandbox, second)] == ["nonsense", "nonsense"]
    assert [await settled(app, live, other), await settled(app, stranger.organization.id, strange)] == ["nonsense"] * 2
    # Both are of one moment, in which there is no order.
    assert sorted(await acts(app, live, sandbox, stranger.organization.id)) == [
        (live, "retry_deliveries", {"state": "failed", "count": 1}),
        (sandbox, "retry_deliveries", {"state": "failed", "count": 1}),
    ]
    assert (await admin.post("/settings/inbox/retry", state="done")).status_code == 422


# Activity


async def test_activity_has_who_what_and_when_by_pages(app: Serving, tenant: Tenant, admin: Visitor) -> None:
    began = datetime(2024, 3, 1, 12, tzinfo=UTC)
    somebody = Actor("key", uuid4(), "<b>A key</b>")
    async with app.database.session() as session:
        for number in range(150):
            whose = tenant.organization.sandbox_id if number % 3 == 0 else tenant.organization.id
            moment = began + timedelta(minutes=number)
            await write_act(
                session,
                whose,
                somebody,
                "approve",
                moment,
                call_id=uuid4(),
                reason=f"n{number}-",
                unnamed="not for people",
            )
    first = await admin.page("/settings/activity")
    numbers = re.findall(r"<bdi>n(\d+)-</bdi>", first)
    assert numbers == [str(number) for number in range(149, 49, -1)]
    assert "&lt;b&gt;A key&lt;/b&gt;" in first
    assert "Mar 1, 2024 14:29" in first
    assert "not for people" not in first
    # A call of the sandbox cannot be looked at from here.
    assert first.count('href="/calls/') == sum(int(number) % 3 != 0 for number in numbers)
    following = re.search(r'href="([^"]+before=[^"]+)" rel="next"', first)
    assert following is not None
    second = await admin.page(following[1])
    assert re.findall(r"<bdi>n(\d+)-</bdi>", second) == [str(number) for number in range(49, -1, -1)]
    assert 'rel="next"' not in second


# The sandbox by itself


async def test_an_administrator_of_a_sandbox_has_the_sandbox_alone(app: Serving, tenant: Tenant) -> None:
    live, sandbox = tenant.organization.id, tenant.organization.sandbox_id
    key = await issue_key(app.database, tenant.organization, name="Of the live one")
    source = await endpoint(app, tenant)
    delivery = await deliver(app, live, source, "failed")
    async with visitor(app, tenant, test=True) as somebody, visitor(app, tenant) as boss:
        user = await user_id(app, live, boss.email)
        for path in (
            f"/settings/keys/{key.id}/revoke",
            f"/settings/users/{user}/disable",
            f"/settings/sources/{source}/remove",
            f"/settings/inbox/{delivery}/retry",
        ):
            assert (await somebody.post(path)).status_code == 404, path
        assert "Of the live one" not in await somebody.page("/settings/keys")
        assert str(source) not in await somebody.page("/settings/sources")
        assert str(delivery) not in await somebody.page("/settings/inbox")
        assert boss.email not in await somebody.page("/settings/users")
        # Whatever the form says, what is made there is the sandbox's.
        made = await somebody.post("/settings/keys", scope="read", test="no")
        assert re.search(r"sk_test_\w{48}", made.text)
        await somebody.post("/settings/sources", sender="vapi")
    assert await acts(app, live) == []
    assert [act[1] for act in await acts(app, sandbox)] == ["issue_key", "add_source"]


# Secrets


def made_in(answer: httpx.Response, field: str) -> str:
    """What an answer shows once in a field."""
    assert answer.status_code == 200, answer.text
    found = re.search(rf'id="{field}" value="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


async def assert_secret_is_gone(app: Serving, tenant: Tenant, admin: Visitor, *secrets: str) -> None:
    """No page has the secret any more, no act, and no other row that can be read as text."""
    for path in PAGES[1:]:
        page = await admin.page(path)
        assert not [secret for secret in secrets if secret in page], path
    async with app.database.session() as session:
        for table in ("acts", "api_keys", "users", "endpoints", "sign_ins"):
            text = str(await session.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))
            assert not [secret for secret in secrets if secret in text], table


async def test_no_secret_is_in_the_log(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    url, stream = await new_database(), io.StringIO()
    settings = Settings(data=tmp_path_factory.mktemp("logging"), database_url=url)
    database = await open_database(url, max_size=5)
    app = create_app(settings, database, log=make_log("debug", "json", stream))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://calldex.test", timeout=60) as client:
            serving = Serving(client, database, url, app)
            tenant = await serving.tenant()
            async with visitor(serving, tenant) as admin:
                answers: Sequence[httpx.Response] = [
                    await admin.post("/settings/keys", scope="read"),
                    await admin.post("/settings/sources", sender="generic"),
                    await admin.post("/settings/users", email="a@example.com", role="viewer"),
                    await admin.post("/settings/sources", sender="twilio", secret="typed by somebody"),
                    await admin.post("/settings/users", email="b@example.com", role="x", password="typed as well"),
                ]
    await database.close()
    told = [re.findall(r'id="made-(?:key|secret|password)" value="([^"]+)"', one.text) for one in answers]
    assert [len(one) for one in told] == [1, 1, 1, 0, 0]
    log = stream.getvalue()
    assert log.count("/settings/") >= 5
    for secret in (*(one[0] for one in told[:3]), "typed by somebody", "typed as well", PASSWORD):
        assert secret not in log
