"""The stream of a business's calls, one partner's history after the other."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from random import Random

from calldex.ingest.demo import skipcall, stuut_v1, stuut_v2, whippy
from calldex.ingest.demo.company import found_company
from calldex.ingest.demo.history import shuffle_decks, tell_history
from calldex.ingest.demo.hours import whole_second, working_hours

_RENDERERS = {
    "stuut-v1": stuut_v1.render,
    "stuut-v2": stuut_v2.render,
    "skipcall": skipcall.render,
    "whippy": whippy.render,
}


def demo_calls(calls: int, *, seed: int, now: datetime) -> Iterator[tuple[str, bytes]]:
    """That many calls of one believable business, six months of them up to `now`.

    Each is the name of a format ("stuut-v1", "stuut-v2", "skipcall" or "whippy") and the JSON of
    one call exactly as that vendor's API would answer it at `now`. The same arguments give the
    same bytes, and fewer calls give the beginning of more. Calls come partner by partner and not
    in the order of time; only the partner at hand is kept in memory.

    `now` has a time zone; anything else is a ValueError.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    now = whole_second(now)
    rng = Random(f"calls {seed}")
    company = found_company(Random(f"company {seed}"), now)
    decks = shuffle_decks(rng)
    draw = working_hours(now)
    left = calls
    for number in count():
        if left <= 0:
            return
        for call in tell_history(rng, company, decks, number, draw, now)[:left]:
            yield call.format, _RENDERERS[call.format](rng, company, call)
            left -= 1
