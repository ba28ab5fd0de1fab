"""Activity: what was done in the organization, by whom and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from calldex.store.acts import Act, latest_acts
from calldex.web.administering.ground import answer, before_in, ground_of
from calldex.web.context import WebContext
from calldex.web.texts import texts
from calldex.web.visits import Visit, visited

PAGE_SIZE: Final = 100
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ShownAct:
    """An act as a row. ``is_own`` says that it was done in the organization of whoever looks, not in its sandbox."""

    act: Act
    is_own: bool
    details: list[tuple[str, str]]


def routes(context: WebContext) -> Sequence[BaseRoute]:
    """``/settings/activity``."""
    return [Route("/settings/activity", visited(context, show, "administer"), methods=["GET"])]


async def show(visit: Visit) -> Response:
    ids = (await ground_of(visit)).ids
    async with visit.database.session() as session:
        found = await latest_acts(session, ids, PAGE_SIZE + 1, before=before_in(visit))
    page = found[:PAGE_SIZE]
    return answer(
        visit,
        "activity",
        acts=[ShownAct(act, whose == visit.organization_id, _details(act.detail)) for whose, act in page],
        after=page[-1][1].id if len(found) > PAGE_SIZE else None,
        is_first="before" not in visit.request.query_params,
    )


def _details(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """What an act was done with, as far as that has a name for people and says something."""
    told = {name: value for name, value in detail.items() if f"words.act_detail.{name}" in texts()}
    return [(name, _text(value)) for name, value in told.items() if value not in (None, "", [])]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
