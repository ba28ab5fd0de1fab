"""The SQL of a CallFilter: the only place where a filter becomes text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, LiteralString

from calldex.core.facets import Told
from calldex.core.filters import CallFilter
from calldex.core.searching import Search, Understood

_COLUMNS: Final[dict[str, LiteralString]] = {
    "sources": "c.source",
    "directions": "c.direction",
    "statuses": "c.status",
    "sentiments": "c.sentiment",
    "kinds": "c.kind",
    "partners": "c.partner",
    "workflows": "c.workflow",
    "agents": "c.agent",
    "agent_versions": "c.agent_version",
    "contacts": "c.contact",
    "conversations": "c.conversation",
    "channels": "c.channel",
    "sequences": "c.sequence",
    "members": "c.member",
    "from_keys": "c.from_key",
    "to_keys": "c.to_key",
}
_FOLDED: Final[dict[str, LiteralString]] = {
    "modes": "lower(c.mode)",
    "languages": "lower(c.language)",
    "completion_ratings": "lower(c.completion_rating)",
}
_DURATIONS: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    "min_duration_ms": ("c.duration_ms", ">="),
    "max_duration_ms": ("c.duration_ms", "<="),
}
_RANGES: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    **_DURATIONS,
    "occurred_from": ("c.occurred_at", ">="),
    "occurred_before": ("c.occurred_at", "<"),
    "created_from": ("c.created_at", ">="),
    "created_until": ("c.created_at", "<="),
}


_SIDES: Final[tuple[LiteralString, ...]] = ("c.from_key", "c.to_key")
LAST: Final = "\U0010ffff"
"""Behind a text this is beyond every text that begins with it."""

_FLAGS: Final[dict[str, LiteralString]] = {
    "voicemail": "c.voicemail",
    "has_recording": "c.has_recording",
    "has_transcript": "c.has_transcript",
}


@dataclass(slots=True)
class Conditions:
    """The pieces of a question: which tables it walks, what must hold, and the values of its parameters.

    ``ordered_by`` names the two columns that give the order of lists for the table that leads.
    """

    source: LiteralString
    clauses: list[LiteralString]
    values: list[object]
    ordered_by: tuple[LiteralString, LiteralString] = ("c.occurred_at", "c.id")

    def add(self, value: object) -> LiteralString:
        """Keep a value and give the parameter that stands for it."""
        self.values.append(value)
        return _parameter(len(self.values))

    def one_of(self, column: LiteralString, values: Sequence[object]) -> None:
        """The column holds one of the values; without values it holds anything."""
        if len(values) == 1:
            self.clauses.append(f"{column} = {self.add(values[0])}")
        elif values:
            self.clauses.append(f"{column} = ANY({self.add(list(values))})")

    def within(self, ranges: Mapping[str, tuple[LiteralString, LiteralString]], asked: CallFilter) -> None:
        """The bounds of these filters that were given."""
        for name, (column, operator) in ranges.items():
            bound = getattr(asked, name)
            if bound is not None:
                self.clauses.append(f"{column} {operator} {self.add(bound)}")

    def durations(self, asked: CallFilter) -> None:
        """The bounds of the duration."""
        self.within(_DURATIONS, asked)

    def marked(self, facet: LiteralString, marks: bytes) -> LiteralString:
        """The facet has its bit. One that is so new that there is no bit for it has none."""
        beyond = self.add(len(marks) * 8)
        return f"CASE WHEN {facet} < {beyond}::integer THEN get_bit({self.add(marks)}::bytea, {facet}) = 1 END"

    @property
    def where(self) -> LiteralString:
        """All clauses as one condition."""
        return " AND ".join(self.clauses)


_DIGITS: Final[tuple[LiteralString, ...]] = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def _parameter(number: int) -> LiteralString:
    """``$12``, put together from literal digits, so that no text of a client can ever be part of it."""
    return "$" + "".join([_DIGITS[int(digit)] for digit in str(number)])


@dataclass(slots=True)
class _Links:
    """A table of what a call can have several of."""

    table: LiteralString
    column: LiteralString
    values: Sequence[object] = field(default_factory=tuple)


def conditions(
    organization_id: int, asked: CallFilter, marks: bytes | None = None, *, beside: Conditions | None = None
) -> Conditions:
    """What the calls of an organization must fulfil; deleted calls never do.

    ``marks`` has a bit for each facet that fits what else was asked. Conditions ``beside`` others, of the same
    organization, stand in one statement with them and share their parameters.

    With one classification or invoice the list is walked in the order of its link table, so that a page costs what it
    holds; several values are looked up as a set.
    """
    values: list[object] = [organization_id] if beside is None else beside.values
    found = Conditions("calls c", ["c.organization_id = $1", "c.deleted_at IS NULL"], values)
    if asked.nothing:
        found.clauses.append("false")
    _links(found, asked)
    _values(found, asked)
    if marks is not None:
        found.clauses.append(found.marked("c.facet", marks))
    found.within(_RANGES, asked)
    _numbers(found, asked)
    if asked.business_units:
        found.clauses.append(
            "c.partner IN (SELECT r.id FROM records r WHERE r.organization_id = $1"
            f" AND r.business_unit_id = ANY({found.add(list(asked.business_units))}))"
        )
    _said(found, asked.said)
    return found


def facet_conditions(organization_id: int, told: Told) -> Conditions:
    """What the facets must fulfil that a filter means; they have the columns of calls under the same names."""
    found = Conditions("call_facets c", ["c.organization_id = $1"], [organization_id])
    _values(found, told.filter)
    if told.filter.classifications:
        found.clauses.append(f"c.classification_words && {found.add(list(told.filter.classifications))}")
    if told.lengths is not None:
        found.clauses.append(f"c.length = ANY({found.add([*told.lengths.whole, *told.lengths.part])})")
    return found


def _values(found: Conditions, asked: CallFilter) -> None:
    """The filters by what a call has one of."""
    for name, column in _COLUMNS.items():
        found.one_of(column, getattr(asked, name))
    for name, column in _FOLDED.items():
        _folded(found, column, getattr(asked, name))
    for name, flag in _FLAGS.items():
        wanted = getattr(asked, name)
        if wanted is not None:
            found.clauses.append(flag if wanted else f"NOT {flag}")
    if asked.dispositions:
        _dispositions(found, asked.dispositions)


def _links(found: Conditions, asked: CallFilter) -> None:
    """The filters by what a call can have several of."""
    leading = False
    for links in (
        _Links("call_invoices", "invoice", asked.invoices),
        _Links("call_classifications", "classification", asked.classifications),
        _Links("call_tags", "tag", asked.tags),
    ):
        if not links.values:
            continue
        if len(links.values) == 1 and not leading:
            leading = True
            found.source = f"{links.table} x JOIN calls c ON c.organization_id = $1 AND c.id = x.call_id"
            found.clauses += [
                "x.organization_id = $1",
                f"x.{links.column} = {found.add(links.values[0])}",
            ]
            found.ordered_by = ("x.occurred_at", "x.call_id")
        else:
            found.clauses.append(
                f"c.id IN (SELECT l.call_id FROM {links.table} l WHERE l.organization_id = $1"
                f" AND l.{links.column} = ANY({found.add(list(links.values))}))"
            )


def _numbers(found: Conditions, asked: CallFilter) -> None:
    """The filters that either side of a call can meet.

    Prefixes are written as ranges, so that a plan that is made once for any prefix can use an index.
    """
    if asked.number_keys:
        keys = found.add(list(asked.number_keys))
        found.clauses.append(f"(c.from_key = ANY({keys}) OR c.to_key = ANY({keys}))")
    either: list[LiteralString] = []
    for prefix in asked.number_prefixes:
        first, beyond = found.add(prefix), found.add(prefix + LAST)
        either += [
            f"(c.from_key ~>=~ {first} AND c.from_key ~<~ {beyond})",
            f"(c.to_key ~>=~ {first} AND c.to_key ~<~ {beyond})",
        ]
    if either:
        found.clauses.append(f"({' OR '.join(either)})")


def has_numbers(asked: CallFilter) -> bool:
    """Whether a filter asks for numbers."""
    return bool(asked.number_keys or asked.number_prefixes)


def some_of_numbers(organization_id: int, asked: CallFilter, most: int) -> tuple[LiteralString, list[object]]:
    """How many calls have the numbers of a filter, as one value, with its parameters; up to ``most`` of each side."""
    found = Conditions("calls c", ["c.organization_id = $1", "c.deleted_at IS NULL"], [organization_id])
    limit = found.add(most)
    sides: list[LiteralString] = []
    for column in _SIDES:
        either: list[LiteralString] = [
            f"({column} ~>=~ {found.add(prefix)} AND {column} ~<~ {found.add(prefix + LAST)})"
            for prefix in asked.number_prefixes
        ]
        if asked.number_keys:
            either.append(f"{column} = ANY({found.add(list(asked.number_keys))})")
        sides.append(
            f"(SELECT count(*) FROM (SELECT FROM calls c WHERE {found.where} AND ({' OR '.join(either)})"
            f" LIMIT {limit}) AS s)"
        )
    return " + ".join(sides), found.values


def gathered_by_numbers(found: Conditions, asked: CallFilter) -> LiteralString:
    """The calls that have the numbers, looked up before anything else is asked of them; OFFSET keeps them together."""
    numbers = Conditions("calls c", ["c.organization_id = $1", "c.deleted_at IS NULL"], found.values)
    _numbers(numbers, asked)
    return f"(SELECT c.* FROM calls c WHERE {numbers.where} OFFSET 0) c"


def _folded(found: Conditions, column: LiteralString, words: Sequence[str]) -> None:
    """Without regard to case. The database folds both sides: its idea of letter case need not be Python's."""
    if len(words) == 1:
        found.clauses.append(f"{column} = lower({found.add(words[0])}::text)")
    elif words:
        given = found.add(list(words))
        found.clauses.append(f"{column} = ANY(ARRAY(SELECT lower(w) FROM unnest({given}::text[]) w))")


def _dispositions(found: Conditions, words: Sequence[str]) -> None:
    """A word without a dot matches itself and every dotted form of it; a dotted word matches itself."""
    exact = found.add(list(words))
    clause: LiteralString = f"c.disposition = ANY({exact})"
    states = [_escaped(word) + ".%" for word in words if "." not in word]
    if states:
        clause = f"({clause} OR c.disposition LIKE ANY({found.add(states)}))"
    found.clauses.append(clause)


def _said(found: Conditions, said: Search | Understood | None) -> None:
    """What was said, in the way that the search was found to need.

    How many matches there are is beyond the planner, which would read every call for a word that nobody said. So it
    has no choice: a subquery for one call cannot become a join, and an array is looked up by the primary key.
    """
    if said is None:
        return
    if isinstance(said, Search):
        raise TypeError("a search is understood before it becomes a condition")
    query = found.add(said.query)
    matches: LiteralString = (
        f"SELECT t.call_id FROM call_texts t WHERE t.organization_id = $1 AND t.words @@ {query}::tsquery"
    )
    if said.way == "walk":
        found.clauses += ["c.has_transcript", f"EXISTS ({matches} AND t.call_id = c.id OFFSET 0)"]
    else:
        found.clauses.append(f"c.id = ANY(ARRAY({matches}))")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
