"""Templates: one environment, in which everything that is not ours is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from calldex.web import showing
from calldex.web.long_texts import piece_of
from calldex.web.static import static_name
from calldex.web.texts import counted, text, word
from calldex.web.unheard import without_addresses


@cache
def environment() -> Environment:
    """The templates with what they may call."""
    made = Environment(
        loader=PackageLoader("calldex.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(t=text, counted=counted, word=word, static=static_name, piece_of=piece_of)
    made.filters.update(
        calendar_day=showing.calendar_day,
        day=showing.day,
        moment=showing.moment,
        clock=showing.clock,
        duration=showing.duration,
        iso=showing.iso,
        number=showing.number,
        money=showing.money,
        phone=showing.phone,
        without_addresses=without_addresses,
    )
    return made


def render(template: str, **values: Any) -> str:
    """The text of a page or of a part of one."""
    return environment().get_template(template).render(**values)
