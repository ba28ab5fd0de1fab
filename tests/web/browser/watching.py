"""What a browser says while it is used: errors, failed requests, and whom it asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

# The browser itself stops a stream or a request that nobody waits for any more, and tells so.
_STOPPED = "net::ERR_ABORTED"
_STATUS = re.compile(r"the server responded with a status of (\d{3})")


@dataclass
class Watch:
    """Everything that must not happen on a page of ours, collected over a whole test.

    ``expected`` has the statuses from 400 on that the test provokes on purpose.
    """

    host: str
    expected: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("page", self._page)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))

    def _page(self, page: Page) -> None:
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("crash", lambda _page: self.wrong.append("the page crashed"))

    def _failed(self, request: Request) -> None:
        if request.failure != _STOPPED:
            self.wrong.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"status {response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        status = _STATUS.search(message.text)
        if message.type in ("error", "warning", "assert") and not (status and int(status[1]) in self.expected):
            self.wrong.append(f"console: {message.text} ({message.location['url']})")

    def strangers(self) -> set[str]:
        """Every place outside the server that was asked. Blobs and data are no requests to anybody."""
        return {
            parts.netloc or url
            for url in self.asked
            if (parts := urlsplit(url)).scheme not in ("blob", "data") and parts.netloc != self.host
        }

    def check(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)
        assert self.strangers() == set()
