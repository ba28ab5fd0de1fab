"""A partner's name that was typed into the filters and sent as it stands, as a browser without scripts does.

A view knows partners by their ids. One that is meant is put in place of the name; of several one is chosen on a page of
its own, which also says that none is called so.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from calldex.core.errors import InvalidRequest
from calldex.store.partner_names import find_partners
from calldex.web.views import read_view
from calldex.web.visits import Handler, Visit

FIELD: Final = "name"
_MOST_FOUND: Final = 50
_LONGEST: Final = 200


def naming_partners(handler: Handler) -> Handler:
    """The handler of a page with filters, which is asked once no name is left in the address."""

    async def answer(visit: Visit) -> Response:
        typed = visit.request.query_params.get(FIELD, "").replace("\0", "")[:_LONGEST].strip()
        return await _choose(visit, typed) if typed else await handler(visit)

    answer.__name__ = handler.__name__
    return answer


async def _choose(visit: Visit, typed: str) -> Response:
    async with visit.database.session() as session:
        found = await find_partners(session, visit.organization_id, typed, _MOST_FOUND + 1)
    rest = _rest(visit)
    path = visit.request.url.path
    if len(found) == 1:
        return visit.go(f"{visit.link(path)}?{urlencode([*rest, ('partner', found[0].id)])}")
    return visit.page(
        "choose_partner.html",
        typed=typed,
        partners=found[:_MOST_FOUND],
        more=len(found) > _MOST_FOUND,
        rest=rest,
        back=visit.link(path) + (f"?{urlencode(rest)}" if rest else ""),
    )


def _rest(visit: Visit) -> list[tuple[str, str]]:
    """The filters beside the name. The page that they lead to says what is wrong with them."""
    pairs = [(name, value) for name, value in visit.request.query_params.multi_items() if name != FIELD and value]
    try:
        view = read_view(pairs, visit.zone)
    except InvalidRequest:
        return pairs
    dated = view.value("since") or view.value("until")
    return [*view.given, *([("zone", str(view.zone))] if dated else [])]
