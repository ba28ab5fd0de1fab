"""What people do with a call in a browser: approve, reject, note, correct, take over a task, delete.

Each is done by hand, is seen at once without the page being loaded anew, and is still there when it is.
"""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .house import PASSWORD, Desk, House

pytestmark = pytest.mark.slow


async def test_a_waiting_call_is_approved(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="pending_approval")
    page = await desk.open(house, f"/calls/{call}", role="approver")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.locator("#decide")).to_contain_text("approver")
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(page.locator("#timeline")).to_contain_text("approver")
    await page.reload()
    await expect(page.locator("#decide")).to_contain_text("approver")
    found = (await house.ask("GET", f"/api/v1/calls/{call}")).json()
    assert found["status"] != "pending_approval"


async def test_a_waiting_call_is_rejected_by_keys(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="pending_approval")
    page = await desk.open(house, f"/calls/{call}", role="approver")
    await page.get_by_role("button", name="Reject").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Reject")).to_have_count(0)
    await expect(page.locator("#call-status")).to_have_text("Canceled")


async def test_who_may_not_decide_sees_who_may(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="pending_approval")
    page = await desk.open(house, f"/calls/{call}", role="member")
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(page.locator("#decide")).to_contain_text("Approver")


async def test_a_note_is_written(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="completed")
    page = await desk.open(house, f"/calls/{call}", role="member")
    await page.locator("#note").fill("First line\n<b>second</b> line")
    await page.locator("#write-note").click()
    note = page.locator("#notes .typed").first
    await expect(note).to_have_text("First line\n<b>second</b> line", use_inner_text=True)
    await expect(page.locator("#note")).to_have_value("")
    await expect(page.locator("#timeline")).to_contain_text("second")
    await page.reload()
    await expect(page.locator("#notes .typed")).to_have_count(1)
    viewer = await desk.open(house, f"/calls/{call}", role="viewer")
    await expect(viewer.locator("#notes .typed")).to_have_count(1)
    await expect(viewer.locator("#note")).to_have_count(0)


async def test_what_was_typed_is_there_again_after_signing_in(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="completed")
    desk.watch.expected.add(401)
    page = await desk.open(house, f"/calls/{call}", role="member")
    for who in ("admin", "member"):
        member = await house.member(who)
        await page.locator("#note").fill("A long thought\nof mine")
        await page.context.clear_cookies()
        await page.locator("#write-note").click()
        await expect(page).to_have_url(re.compile("/sign-in"))
        await page.get_by_label("E-mail address").fill(member.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{house.url}/calls/{call}")
        # It is for whoever typed it, and nobody else who signs in there.
        await expect(page.locator("#note")).to_have_value("" if who == "admin" else "A long thought\nof mine")
        if who == "admin":
            await page.context.clear_cookies()
            cookie = {"name": "calldex", "value": await house.token("member"), "url": house.url}
            await page.context.add_cookies([cookie])  # type: ignore[list-item]
            await page.goto(f"/calls/{call}")
            await expect(page.locator("#note")).to_have_value("")
    await page.locator("#write-note").click()
    await expect(page.locator("#notes .typed")).to_have_text("A long thought\nof mine", use_inner_text=True)
    await expect(page.locator("#note")).to_have_value("")
    await page.reload()
    await expect(page.locator("#note")).to_have_value("")


async def test_a_classification_is_corrected_beside_the_machines(desk: Desk, house: House) -> None:
    said = [{"classification": "complaint"}]
    call = await house.write_call(direction="inbound", status="completed", classifications=said)
    page = await desk.open(house, f"/calls/{call}", role="member")
    section = page.locator("#classifications")
    await section.locator("summary", has_text=re.compile("Complaint")).click()
    await section.locator("select[name=corrected]").first.select_option("feedback")
    await section.locator("textarea[name=reason]").first.fill("They were pleased.")
    await section.locator("form").first.get_by_role("button").click()
    await expect(section.locator("del")).to_have_text("Complaint")
    await expect(section.locator(".corrected")).to_contain_text("Feedback")
    await expect(section.locator(".corrected")).to_contain_text("They were pleased.")
    listed = await desk.open(house, "/calls?classification=feedback")
    await expect(listed.locator("tr[data-call]")).to_have_count(1)


async def test_a_task_is_taken_over_and_closed(desk: Desk, house: House) -> None:
    tasks = [{"id": "task-1", "label": "Send the invoice again"}]
    call = await house.write_call(direction="inbound", status="completed", tasks=tasks)
    member = await house.member("member")
    page = await desk.open(house, f"/calls/{call}", role="member")
    section = page.locator("#tasks")
    await section.get_by_role("link", name="Assign").click()
    await section.locator("select[name=assignee]").select_option(str(member.id))
    await section.get_by_role("button", name="Assign").click()
    await expect(section.locator(".badge")).to_contain_text("member")
    await page.goto("/tasks")
    row = page.locator("table.tasks tbody tr")
    await expect(row).to_contain_text("Send the invoice again")
    await row.get_by_role("button", name=re.compile("Close")).click()
    await expect(row).to_have_count(0)
    await page.goto(f"/calls/{call}")
    await expect(section).to_contain_text("Closed")


async def test_a_call_is_deleted_with_a_reason(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="inbound", status="completed")
    page = await desk.open(house, f"/calls/{call}")
    await page.locator("#delete summary").click()
    await page.locator("#delete-reason").fill("The customer asked for it.")
    await page.locator("#delete input[type=checkbox]").check()
    await page.locator("#delete button.danger").click()
    await expect(page).to_have_url(re.compile(r"/calls($|\?)"))
    await expect(page.locator("tr[data-call]")).to_have_count(0)
    await page.goto(f"/calls/{call}")
    await expect(page.get_by_role("alert")).to_contain_text("The customer asked for it.")
    desk.watch.expected.add(404)
    member = await desk.open(house, f"/calls/{call}", role="member")
    await expect(member.get_by_role("heading", name="Nothing is here")).to_be_visible()


async def test_what_somebody_does_is_seen_by_others_in_the_list(desk: Desk, house: House) -> None:
    call = await house.write_call(direction="outbound", status="pending_approval")
    other = await desk.open(house, role="viewer")
    await expect(other.locator("tr[data-call]")).to_contain_text("Waits for approval")
    page = await desk.open(house, f"/calls/{call}", role="approver")
    await page.get_by_role("button", name="Reject").click()
    await expect(other.locator("tr[data-call]")).to_contain_text("Canceled")
