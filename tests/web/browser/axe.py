"""axe-core on a page: what it finds against WCAG 2.2 AA."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from playwright.async_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """only => axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then(found => found.violations)"""


@cache
def _script() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page, *, only_colors: bool = False) -> list[str]:
    """Each violation as its rule and the elements that break it; none is taken as too small."""
    only = {"type": "rule", "values": ["color-contrast"]} if only_colors else {"type": "tag", "values": _TAGS}
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_script())
    found: list[dict[str, Any]] = await page.evaluate(_RUN, only)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]
