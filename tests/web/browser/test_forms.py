"""Forms in a browser: one is opened in its row and goes on there, all work without scripts, and no long word makes a
page wider than a phone.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from calldex.actions.add_user import add_user

from .axe import violations
from .house import PASSWORD, Desk, House

pytestmark = pytest.mark.slow

LONG = "Bartholomew-Featherstonehaugh-of-the-Northern-Receivables-and-Collections-Department"
UNBROKEN = "0123456789" * 18
PHONE = {"width": 360, "height": 740}
_OVERFLOW = "document.scrollingElement.scrollWidth - innerWidth"


async def _fits(page: Page, what: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert await page.evaluate(_OVERFLOW) <= 0, what
    assert await violations(page) == [], what
    await page.set_viewport_size({"width": 1280, "height": 800})


async def _long_user(house: House, name: str = LONG, role: str = "member") -> None:
    await add_user(
        house.served.database,
        house.organization.id,
        email=f"{role}.{house.organization.id}.long@{'a' * 60}.example.com",
        name=name,
        role=role,
        password=PASSWORD,
    )


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_task_is_given_from_its_row(desk: Desk, house: House, scripts: bool) -> None:
    for name in (LONG, UNBROKEN):
        await _long_user(house, name, "member" if name == LONG else "approver")
    tasks = [{"id": f"task-{number}", "label": f"Call {number} {UNBROKEN}"} for number in range(2)]
    call = await house.write_call(direction="inbound", tasks=tasks)
    page = await desk.open(house, f"/calls/{call}", java_script_enabled=scripts)
    mine = f"admin.{house.organization.id}"
    for number in range(2):
        row = page.locator("#tasks li").nth(number)
        await row.get_by_role("link", name="Assign").click()
        choice = page.get_by_role("combobox", name=f"Who does Call {number}")
        if scripts:
            await expect(choice).to_be_focused()
        await choice.select_option(label=mine)
        await page.get_by_role("button", name="Assign").click()
        await expect(page.locator("#tasks li").nth(number).locator(".badge")).to_have_text(mine)
    if scripts:
        await _fits(page, "the tasks of a call")
    await page.goto("/tasks")
    for name in (LONG, UNBROKEN):
        await page.locator("tbody tr").first.get_by_role("link", name="Assign").click()
        await page.get_by_role("combobox", name="Who does Call").select_option(label=name)
        if scripts:
            await _fits(page, f"a form in the list of tasks, {name}")
        await page.get_by_role("button", name="Assign").click()
        await expect(page.locator("tbody tr td:nth-child(3) > span").filter(has_text=name)).to_have_count(1)
    if scripts:
        await _fits(page, "tasks")


async def test_a_task_that_was_given_meanwhile_says_so_in_its_row(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="inbound", tasks=[{"id": "task-1", "label": "Call again"}])
    desk.watch.expected.add(409)
    one, other = [await desk.open(house, f"/calls/{call}", role=role) for role in ("admin", "member")]
    for page in (one, other):
        await page.locator("#tasks").get_by_role("link", name="Assign").click()
        await page.get_by_role("combobox", name="Who does").select_option(index=1 if page is one else 2)
    await one.get_by_role("button", name="Assign").click()
    await expect(one.locator("#tasks .badge")).to_be_visible()
    await other.get_by_role("button", name="Assign").click()
    await expect(other.locator("#tasks").get_by_role("alert")).to_contain_text("Meanwhile the task was given to")
    await _fits(other, "a task that was given meanwhile")
    await other.get_by_role("button", name="Assign").click()
    await expect(other.locator("#tasks").get_by_role("alert")).to_have_count(0)


async def test_a_partner_of_long_words_fits_a_phone(desk: Desk, house: House) -> None:
    partner = {"id": "cust_long", "name": UNBROKEN} | dict.fromkeys(
        ("legal_name", "account_number", "email", "address", "phone"), UNBROKEN
    )
    contact = {"id": "contact_long", "name": UNBROKEN, "email": f"{UNBROKEN}@example.com", "role": UNBROKEN}
    call = await house.write_call(
        direction="inbound",
        partner=partner | {"contacts": [contact]},
        invoices=[{"id": "inv_long", "number": UNBROKEN, "status": "open", "total": "12.00"}],
    )
    page = await desk.open(house, f"/calls/{call}")
    await page.get_by_role("link", name=UNBROKEN).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(UNBROKEN)
    await _fits(page, "a partner")


async def test_a_partners_name_is_enough_without_scripts(desk: Desk, house: House) -> None:
    for number, name in enumerate(("Acme Rockets", "Acme Bakery", "Zenith")):
        await house.write_call(direction="inbound", partner={"id": f"cust_{number}", "name": name})
    for path in ("/calls", "/overview"):
        page = await desk.open(house, path, java_script_enabled=False)
        typed = page.get_by_label("Name or account number")

        async def type_name(name: str, page: Page = page) -> None:
            more = page.locator("details.more")
            if await more.get_attribute("open") is None:
                await more.locator("> summary").click()
            await page.locator('[data-filter="partner"] > summary').click()
            await page.get_by_label("Name or account number").fill(name)
            await page.get_by_role("button", name="Show", exact=True).first.click()

        await type_name("acme")
        await page.get_by_label("Acme Bakery").check()
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.locator(".chips")).to_contain_text("Acme Bakery")
        await page.goto(path)
        await type_name("zen")
        await expect(page.locator(".chips")).to_contain_text("Zenith")
        await page.goto(path)
        await type_name("nobody")
        await expect(page.get_by_role("status").first).to_contain_text("No partner has words that begin like")
        await expect(typed).to_be_visible()
    with_scripts = await desk.open(house, "/calls?name=acme")
    await _fits(with_scripts, "choosing a partner")


async def test_users_of_several_pages(desk: Desk, house: House) -> None:
    await _long_user(house, UNBROKEN)
    async with house.served.database.session() as session:
        await session.execute(
            "INSERT INTO users (organization_id, id, email, email_key, name, role, password_hash)"
            " SELECT $1, gen_random_uuid(), n || '@example.com', n || '@example.com', 'User ' || n, 'viewer', 'none'"
            " FROM generate_series(1, 30) n",
            house.organization.id,
        )
    page = await desk.open(house, "/settings/users?page=2")
    await _fits(page, "the second page of users")
    row = page.locator("tbody tr").last
    name = await row.locator("td").first.inner_text()
    await row.locator("summary").click()
    await row.get_by_label("Role").select_option("member")
    await row.get_by_role("button", name="Set the role").click()
    await expect(page.locator("tbody tr").filter(has_text=name)).to_contain_text("Member")
