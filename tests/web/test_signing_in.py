"""Signing in: only a right password opens anything, guesses are counted, and no other site can make a browser act."""

from __future__ import annotations

import asyncio

import pytest
from tests.surfaces.serving import Serving
from tests.web.visiting import PASSWORD, browser_of, csrf_of, visitor

from calldex.actions.add_user import add_user, change_password, change_role, disable_user
from calldex.actions.sign_in import MOST_TRIES
from calldex.core.errors import Conflict, InvalidRequest
from calldex.store.users import find_user

PAGES = ("/calls", "/events", "/calls/fresh", "/partners/find", "/account")


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_without_signing_in(app: Serving, path: str) -> None:
    async with browser_of(app) as nobody:
        answer = await nobody.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
        part = await nobody.get(path, fragment=True)
        assert part.status_code == 401
        assert part.headers["hx-redirect"].startswith("/sign-in")
        program = await nobody.client.get(path)
        assert program.status_code == 401
        assert program.headers["content-type"] == "application/problem+json"


async def test_the_cookie_is_kept_from_scripts_and_other_sites(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        answer = await admin.sign_in()
        cookies = [value for value in answer.headers.get_list("set-cookie") if value.startswith("calldex=")]
        assert len(cookies) == 1
        assert "httponly" in cookies[0].lower()
        assert "samesite=lax" in cookies[0].lower()
        assert "secure" not in cookies[0].lower()


async def test_behind_tls_the_cookie_is_sent_over_tls_only(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        admin.client.base_url = "https://calldex.test"
        form = await admin.client.get("/sign-in")
        fields = {"csrf": csrf_of(form.text), "email": admin.email, "password": PASSWORD}
        answer = await admin.client.post("/sign-in", data=fields)
        assert answer.status_code == 303
        (cookie,) = [value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-calldex=")]
        assert "; secure" in cookie.lower()


async def test_behind_a_proxy_that_does_tls_likewise(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        proxied = {"X-Forwarded-Proto": "https"}
        form = await admin.client.get("/sign-in", headers=proxied)
        fields = {"csrf": csrf_of(form.text), "email": admin.email, "password": PASSWORD}
        cookie = form.headers["set-cookie"].partition(";")[0]
        answer = await admin.client.post("/sign-in", data=fields, headers={**proxied, "Cookie": cookie})
        (kept,) = [value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-calldex=")]
        assert "; secure" in kept.lower()


async def test_every_page_has_the_policy(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        for path in ("/calls", "/account", "/sign-in", "/apis", "/nothing-here", "/calls?status=wrong"):
            answer = await admin.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("email", "password"), [("{email}", "wrong password"), ("nobody@example.com", PASSWORD), ("", ""), ("{email}", "")]
)
async def test_a_wrong_sign_in_says_the_same_whoever_it_is(app: Serving, email: str, password: str) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, browser_of(app, email.format(email=admin.email)) as somebody:
        answer = await somebody.sign_in(password)
        assert answer.status_code == 401
        assert "The e-mail address or the password is wrong." in answer.text
        assert (await somebody.get("/calls")).status_code == 303


async def test_an_address_is_read_without_regard_to_case(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, browser_of(app, f"  {admin.email.upper()} ") as somebody:
        assert (await somebody.sign_in()).status_code == 303


@pytest.mark.parametrize("known", [True, False])
async def test_guesses_are_counted_whether_the_address_is_known_or_not(app: Serving, known: bool) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        email = admin.email if known else f"nobody-{admin.email}"
        async with browser_of(app, email) as guesser:
            # All at once: none may pass because the others were not counted yet.
            answers = await asyncio.gather(*(guesser.sign_in(f"guess number {n}") for n in range(MOST_TRIES + 5)))
            assert sorted(answer.status_code for answer in answers) == [401] * MOST_TRIES + [429] * 5
            refused = await guesser.sign_in(PASSWORD)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0


async def test_a_right_password_takes_the_wrong_ones_back(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, browser_of(app, admin.email) as somebody:
        for _ in range(2):
            for _ in range(MOST_TRIES - 1):
                assert (await somebody.sign_in("wrong")).status_code == 401
            assert (await somebody.sign_in()).status_code == 303


async def test_a_form_of_another_sign_in_or_site_does_nothing(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, visitor(app, tenant) as other:
        for wrong in ("", "x", "a.b", other.page_csrf):
            answer = await admin.post("/preferences", csrf=wrong, zone="UTC", theme="dark")
            assert answer.status_code == 403, wrong
        headers = {"Origin": "https://evil.example", "Accept": "text/html"}
        sent = {"csrf": admin.page_csrf, "zone": "UTC"}
        assert (await admin.client.post("/preferences", data=sent, headers=headers)).status_code == 403
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert (await admin.client.post("/preferences", data=sent, headers=cross)).status_code == 403
        assert (await admin.post("/preferences", zone="UTC", theme="dark")).status_code == 303


async def test_the_way_in_leads_back_to_where_somebody_wanted_to_go(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, browser_of(app, admin.email) as somebody:
        first = await somebody.get("/calls?status=completed")
        assert first.headers["location"] == "/sign-in?next=%2Fcalls%3Fstatus%3Dcompleted"
        answer = await somebody.sign_in(next="/calls?status=completed")
        assert answer.headers["location"] == "/calls?status=completed"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/calls\r\nX: y", "\\\\evil"],
)
async def test_the_way_in_never_leads_elsewhere(app: Serving, elsewhere: str) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin, browser_of(app, admin.email) as somebody:
        answer = await somebody.sign_in(next=elsewhere)
        assert answer.status_code == 303
        location = answer.headers["location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert "evil.example" not in location or location.startswith("/evil")


@pytest.mark.parametrize("odd", ["http://[", "//[x", "//[", "/" + "x" * 100_000])
async def test_an_odd_address_to_go_on_to_is_left_aside(app: Serving, odd: str) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        answer = await admin.sign_in(next=odd)
        assert (answer.status_code, answer.headers["location"]) == (303, "/calls")
        changed = await admin.post("/preferences", zone="UTC", theme="dark", back=odd)
        assert (changed.status_code, changed.headers["location"]) == (303, "/calls")
        foreign = {"Origin": odd, "Accept": "text/html"}
        sent = {"csrf": admin.page_csrf, "zone": "UTC"}
        if len(odd) < 100:
            assert (await admin.client.post("/preferences", data=sent, headers=foreign)).status_code == 403
            async with browser_of(app) as nobody:
                headers = {"HX-Request": "true", "HX-Current-URL": odd}
                assert (await nobody.client.get("/calls", headers=headers)).status_code == 401


async def test_nobody_elsewhere_takes_guesses_at_a_password_back(app: Serving) -> None:
    tenant, other = await app.tenant(), await app.tenant()
    async with visitor(app, tenant) as victim:
        await add_user(
            app.database,
            other.organization.id,
            email=victim.email,
            name="Same",
            role="viewer",
            password="other password",
        )
        async with browser_of(app, victim.email) as guesser:
            statuses = []
            for _ in range(3):
                statuses += [(await guesser.sign_in("a wrong one")).status_code for _ in range(4)]
                statuses.append((await guesser.sign_in("other password")).status_code)
        assert statuses.count(401) == MOST_TRIES
        assert 429 in statuses


async def test_guesses_at_ones_own_password_are_counted(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        statuses = [
            (await admin.post("/account/password", old="nonsense", new="new one 123", again="new one 123")).status_code
            for _ in range(MOST_TRIES + 1)
        ]
        assert statuses == [422] * MOST_TRIES + [429]


async def test_signing_out_ends_it(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        token = admin.client.cookies["calldex"]
        answer = await admin.post("/sign-out")
        assert answer.status_code == 303
        async with browser_of(app) as thief:
            thief.client.cookies.set("calldex", token)
            assert (await thief.get("/calls")).status_code == 303


async def test_a_disabled_user_is_out_at_once_and_a_new_password_ends_other_sign_ins(app: Serving) -> None:
    tenant = await app.tenant()
    organization = tenant.organization.id
    async with visitor(app, tenant) as admin, visitor(app, tenant, "member") as member:
        async with app.database.session() as session:
            user = await find_user(session, organization, member.email)
        assert user is not None
        await change_password(app.database, organization, user.id, "another password")
        assert (await member.get("/calls")).status_code == 303
        assert (await member.sign_in()).status_code == 401
        assert (await member.sign_in("another password")).status_code == 303
        await disable_user(app.database, organization, user.id)
        assert (await member.get("/calls")).status_code == 303
        assert (await member.sign_in("another password")).status_code == 401
        assert (await admin.get("/calls")).status_code == 200


async def test_the_last_administrator_stays_one(app: Serving) -> None:
    tenant = await app.tenant()
    organization = tenant.organization.id
    async with visitor(app, tenant) as admin:
        async with app.database.session() as session:
            user = await find_user(session, organization, admin.email)
        assert user is not None
        with pytest.raises(Conflict, match="Somebody must be left"):
            await change_role(app.database, organization, user.id, "member")
        with pytest.raises(Conflict, match="Somebody must be left"):
            await disable_user(app.database, organization, user.id)
        async with visitor(app, tenant):
            await change_role(app.database, organization, user.id, "member")


async def test_one_address_in_two_organizations_chooses(app: Serving) -> None:
    first, second = await app.tenant(), await app.tenant()
    async with visitor(app, first) as admin:
        await add_user(
            app.database, second.organization.id, email=admin.email, name="Same", role="viewer", password=PASSWORD
        )
        async with browser_of(app, admin.email) as somebody:
            page = (await somebody.sign_in()).text
            assert first.organization.name in page
            assert second.organization.name in page
            async with app.database.session() as session:
                user = await find_user(session, second.organization.id, admin.email)
            assert user is not None
            choice = page.split('name="choice" value="')[1].split('"')[0]
            answer = await somebody.sign_in("", choice=choice, chosen=str(user.id))
            assert answer.status_code == 303
            assert second.organization.name in await somebody.page("/account")
            forged = await somebody.sign_in("", choice=choice[:-2] + "AA", chosen=str(user.id))
            assert forged.status_code == 401
        async with browser_of(app, admin.email) as elsewhere:
            # It is good in the browser that has asked, and for the password that was right.
            assert (await elsewhere.sign_in("", choice=choice, chosen=str(user.id))).status_code == 401
            page = (await elsewhere.sign_in()).text
            choice = page.split('name="choice" value="')[1].split('"')[0]
            await change_password(app.database, second.organization.id, user.id, "another password")
            assert (await elsewhere.sign_in("", choice=choice, chosen=str(user.id))).status_code == 401


@pytest.mark.parametrize("email", ["", "a", "a@", "@b", "a b@c.de", "a@b\n.de", "x" * 70 + "@example.com"])
async def test_what_is_no_address_makes_no_user(app: Serving, email: str) -> None:
    tenant = await app.tenant()
    with pytest.raises(InvalidRequest, match="no e-mail address"):
        await add_user(app.database, tenant.organization.id, email=email, name="A", role="viewer", password=PASSWORD)


async def test_an_address_stands_once_in_an_organization(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant) as admin:
        with pytest.raises(Conflict, match="already"):
            await add_user(
                app.database,
                tenant.organization.id,
                email=admin.email.upper(),
                name="A",
                role="viewer",
                password=PASSWORD,
            )


async def test_somebody_changes_their_own_password(app: Serving) -> None:
    tenant = await app.tenant()
    async with visitor(app, tenant, "viewer") as viewer, browser_of(app, viewer.email) as elsewhere:
        await elsewhere.sign_in()
        wrong = await viewer.post("/account/password", old="nonsense", new="new password 1", again="new password 1")
        assert wrong.status_code == 422
        other = await viewer.post("/account/password", old=PASSWORD, new="new password 1", again="new password 2")
        assert other.status_code == 422
        short = await viewer.post("/account/password", old=PASSWORD, new="short", again="short")
        assert short.status_code == 422
        done = await viewer.post("/account/password", old=PASSWORD, new="new password 1", again="new password 1")
        assert done.status_code == 200
        assert (await viewer.get("/calls")).status_code == 200
        assert (await elsewhere.get("/calls")).status_code == 303
        assert (await elsewhere.sign_in("new password 1")).status_code == 303
