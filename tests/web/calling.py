"""Calls to look at: made of exactly what a test says, and what their pages show of it."""

from __future__ import annotations

import re
import wave
from array import array
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from tests.surfaces.serving import Tenant

from calldex.core.errors import CalldexError

CREATED = "2026-03-12T15:04:05Z"


async def make_call(tenant: Tenant, name: str = "call_one", **said: Any) -> str:
    """Import a call of these keys, in the words of Stuut v1; its UUID."""
    least = {"object": "call", "id": name, "direction": "outbound", "to_number": "+14145550122", "created_at": CREATED}
    (outcome,) = await tenant.take("stuut-v1", [least | said])
    assert not isinstance(outcome, CalldexError), outcome
    return await uuid_of(tenant, name)


async def uuid_of(tenant: Tenant, name: str) -> str:
    """The UUID of the call of this vendor's id."""
    found = await tenant.database.pool.fetchval(
        "SELECT call_id FROM call_ids WHERE organization_id = $1 AND vendor_id = $2", tenant.organization.id, name
    )
    return str(found)


async def store_recording(tenant: Tenant, call: str, sound: bytes) -> None:
    """Store a recording as a program does."""
    answer = await tenant.client.post(
        f"/api/v1/calls/{call}/recording",
        content=sound,
        headers={"Authorization": f"Bearer {tenant.key}", "Content-Type": "audio/wav"},
    )
    assert answer.status_code == 201, answer.text


def sound_of(seconds: int) -> bytes:
    """A WAV in which every other sample is loud."""
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(array("h", [9000, -9000] * (4000 * seconds)).tobytes())
    return file.getvalue()


class Seen(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and the text in the order it stands."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    @property
    def text(self) -> str:
        """All text, blanks made one."""
        return re.sub(r"\s+", " ", "".join(self._texts))

    @property
    def raw_text(self) -> str:
        return "".join(self._texts)

    @property
    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.elements if tag == "a" and "href" in attributes]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]

    def having(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the elements that have this one."""
        return [attributes for _, attributes in self.elements if name in attributes]
