"""`python -m tools.screenshots FOLDER`: pictures of the explorer's pages, of a demo server that is made for them.

Each page is taken light and dark on a desk, and those that are used on the way on a phone too. The demo's calls are
the same at each run; their days are those before the run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright
from standardwebhooks import Webhook

from tools.chromium import MISSING, find_chromium, flags

LARGEST_BYTES: Final = 250_000
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_DESK: Final = (1280, 800)
_PHONE: Final = (390, 844)
_ZONE: Final = "America/New_York"
_SAID: Final = re.compile(
    r"listening on (?P<url>http://\S+).*(?P<key>sk_live_\w+)\n.*?\n  (?P<email>\S+@\S+)  (?P<password>\S+)\n", re.DOTALL
)


@dataclass(frozen=True)
class Demo:
    """A server with demo calls, and how to get in."""

    url: str
    email: str
    password: str
    key: str

    def calls(self, **query: str) -> list[dict[str, Any]]:
        """Calls that the native API finds, newest first."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.get(f"{self.url}/api/v1/calls", params=query, headers=headers, timeout=30).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the path of its page, what is done there before it is taken."""

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda _page: None
    on_phone: bool = False
    signed_in: bool = True


def _open_filters(page: Page) -> None:
    page.locator('[data-filter="classification"] > summary').click()


def _see_sound(page: Page) -> None:
    page.locator("[data-wave] svg").wait_for()


def shots(demo: Demo) -> list[Shot]:
    """What is taken."""
    recent = demo.calls(has_recording="true", status="completed", limit="100")
    heard = [one for one in recent if one.get("stored_recording") and one.get("partner")]
    call = max(heard, key=lambda one: len(one.get("classifications") or ()))
    partner = next(one for one in recent if one.get("partner") and len(one.get("invoices") or ()) > 1)["partner"]["id"]
    return [
        Shot("sign-in", "/sign-in", signed_in=False),
        Shot("calls", "/calls?page=2", on_phone=True),
        Shot("filters", "/calls?direction=outbound&sentiment=negative&period=90d", _open_filters),
        Shot("call", f"/calls/{call['id']}?t=12", _see_sound, on_phone=True),
        Shot("overview", "/overview"),
        Shot("partner", f"/partners/{partner}"),
        Shot("tasks", "/tasks"),
        Shot("settings-keys", "/settings/keys"),
        Shot("settings-users", "/settings/users"),
        Shot("settings-sources", "/settings/sources"),
        Shot("settings-inbox", "/settings/inbox"),
    ]


@contextmanager
def demo_server(folder: Path) -> Iterator[Demo]:
    """`calldex serve --demo` on a free port, with a data folder of its own that is gone afterwards."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "calldex", "serve", "--demo", "--port", "0"],
            env={**kept, "CALLDEX_DATA": str(folder / "data")},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            said = "".join(_greeting(process))
            found = _SAID.search(said)
            if found is None:
                raise SystemExit(said + (folder / "log").read_text(encoding="utf-8"))
            yield Demo(**found.groupdict())
        finally:
            process.terminate()
            process.wait(60)


def _greeting(process: subprocess.Popen[str]) -> Iterator[str]:
    for line in process.stdout or ():
        yield line
        if "/whippy/v1/calls/search" in line:
            return


def fill(demo: Demo, folder: Path) -> None:
    """What the demo's calls do not bring: a source, an event that came from it, and one that nobody can process."""
    environment = {
        **os.environ,
        "CALLDEX_DATA": str(folder / "data"),
        "CALLDEX_PUBLIC_URL": "https://calls.example.com",
    }
    command = [sys.executable, "-m", "calldex", "source", "add", "generic", "--org", "Demo", "--json"]
    made = json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    now = datetime.now(UTC)
    numbers = {"from_number": "+12025550100", "to_number": "+13055550124", "direction": "outbound"}
    event = {"type": "call.started", "timestamp": now.isoformat(), "data": {"id": "a-17", **numbers}}
    for number, body in enumerate((json.dumps(event), json.dumps(event | {"type": "call.paused"}))):
        name = f"msg_{number}"
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(made["secret"]).sign(name, now, body),
        }
        httpx.post(f"{demo.url}/ingest/generic/{made['id']}", content=body, headers=headers).raise_for_status()


def _take_over(page: Page, demo: Demo) -> None:
    """Give some tasks to whoever is signed in, so that there are some to show."""
    given = [one for one in demo.calls(status="completed", limit="100") if one.get("tasks") or one.get("display_tasks")]
    for call in given[:12]:
        page.goto(f"/calls/{call['id']}")
        way = page.locator("#tasks .giving a").first
        if way.count():
            way.click()
            page.locator("#tasks select[name=assignee]").select_option(label="Demo Admin")
            page.locator("#tasks").get_by_role("button", name="Assign").first.click()
            page.locator("#tasks .badge").first.wait_for()


def take(browser: Browser, demo: Demo, folder: Path) -> list[Path]:
    """Every picture, in every color and width; the files that were written."""
    taken: list[Path] = []
    wanted = shots(demo)
    for scheme in _SCHEMES:
        for width, height in (_DESK, _PHONE):
            context = browser.new_context(
                base_url=demo.url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
                timezone_id=_ZONE,
                locale="en-US",
            )
            page, is_in = context.new_page(), False
            for shot in sorted(wanted, key=lambda shot: shot.signed_in):
                if (width, height) == _PHONE and not shot.on_phone:
                    continue
                if shot.signed_in and not is_in:
                    _sign_in(page, demo)
                    is_in = True
                    if len(taken) == 1:
                        _take_over(page, demo)
                page.goto(shot.path)
                shot.prepare(page)
                # A list keeps a stream open, so the network is never idle; what is fetched says so while it is.
                expect(page.locator("main :is(.htmx-request, .waiting)")).to_have_count(0)
                phone = "-phone" if (width, height) == _PHONE else ""
                path = folder / f"{shot.name}{phone}-{scheme}.png"
                page.screenshot(path=path, animations="disabled", caret="hide")
                taken.append(path)
            context.close()
    return taken


def _sign_in(page: Page, demo: Demo) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Calls").wait_for()


def main() -> None:
    folder = Path(sys.argv[1])
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(f"No pictures can be taken: {MISSING}.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="calldex-pictures-") as own,
        demo_server(Path(own)) as demo,
        sync_playwright() as playwright,
    ):
        fill(demo, Path(own))
        browser = playwright.chromium.launch(executable_path=chromium, args=flags())
        taken = take(browser, demo, folder)
        browser.close()
    large = [f"{path}: {path.stat().st_size:,} bytes" for path in taken if path.stat().st_size > LARGEST_BYTES]
    print(f"{len(taken)} pictures are in {folder}.", *large, sep="\n")  # noqa: T201 - it is a command.
    if large:
        raise SystemExit("These are too large to be kept beside the code.")


if __name__ == "__main__":
    main()
