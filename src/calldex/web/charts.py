"""Charts as SVG with a table of the same figures: from numbers, words and links to markup, and nothing else.

Colors are classes (`series-1` to `series-8`, `heat-0` to `heat-9`) of the style sheet. What is drawn can be clicked but
is no stop for the keyboard, which would have to pass hundreds of them: the table has the same links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

_WIDTH: Final = 400
_LEFT: Final = 42
_TOP: Final = 10
_HEIGHT: Final = 170
_BELOW: Final = 20
_MOST_LABELS: Final = 6
_LETTER: Final = 6.6
"""About how wide a letter is in the size of the labels."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is written around a chart: ``name`` is its id in the page, ``caption`` says what it shows, ``first`` heads
    the first column of the table, and ``calls``, ``total``, ``open`` are the words of all charts.
    """

    name: str
    caption: str
    first: str
    calls: str
    total: str
    open: str


@dataclass(frozen=True, slots=True)
class Series:
    """One of the colors of a chart: its label and its class. One that is not ``drawn`` is in the table alone."""

    label: str
    css: str
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and where a click on it leads; None where nothing can be narrowed to it."""

    value: int
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands side by side: its full label, one for the axis, where that leads, and a figure for each series."""

    label: str
    short: str
    link: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of a weekday: how many of how many, and where a click leads."""

    part: int
    whole: int
    link: str | None = None


def number(value: int) -> str:
    """``1,234``."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """``87%``; empty where there is nothing to take a share of."""
    return f"{100 * part / whole:.0f}%" if whole else ""


def stacked_columns(words: Words, series: Sequence[Series], bars: Sequence[Bar], *, share: bool = False) -> Markup:
    """Columns of one or several colors; with ``share`` all are of one height and show what part each color has."""
    drawn = [place for place, one in enumerate(series) if one.drawn]
    totals = [sum(bar.figures[place].value for place in drawn) for bar in bars]
    top = 100 if share else _round_up(max(totals, default=0))
    wide = (_WIDTH - _LEFT) / max(len(bars), 1)
    gap = min(wide * 0.18, 8)
    parts = [_scale(top, "%" if share else "")]
    every = -(-len(bars) // _MOST_LABELS) if bars else 1
    for place, (bar, total) in enumerate(zip(bars, totals, strict=True)):
        left = _LEFT + place * wide
        base = float(_TOP + _HEIGHT)
        whole = total if share else top
        for number_of in drawn:
            figure = bar.figures[number_of]
            if not figure.value or not whole:
                continue
            height = _HEIGHT * figure.value / whole
            base -= height
            said = f"{bar.label}: {series[number_of].label}, {_said(figure.value, total, share=share)}"
            shape = _rect(left + gap / 2, base, wide - gap, height, series[number_of].css)
            parts.append(_linked(figure.link, said, shape))
        if place % every == 0 or (len(bars) <= 8 and len(bar.short) * _LETTER < wide):
            parts.append(_text(left + wide / 2, _TOP + _HEIGHT + 15, bar.short, "middle"))
    picture = _svg(words, _TOP + _HEIGHT + _BELOW, parts)
    legend = _legend([series[place] for place in drawn]) if len(drawn) > 1 else Markup()
    return _figure(words, picture, legend, _table_of_bars(words, series, bars))


def horizontal_bars(words: Words, bars: Sequence[Bar], css: str = "series-1") -> Markup:
    """Bars of one color, each below its label and beside its number."""
    most = max((bar.figures[0].value for bar in bars), default=0)
    parts: list[Markup] = []
    for place, bar in enumerate(bars):
        value, top = bar.figures[0].value, place * 34
        shape = Markup("").join(
            (
                # The gaps between label, bar and number can be clicked too.
                Markup('<rect x="0" y="{}" width="{}" height="32" fill="none" pointer-events="all"/>').format(
                    top, _WIDTH
                ),
                _text(0, top + 13, _cut(bar.label, 48), "start", "label"),
                _rect(0, top + 18, max(320 * value / most, 1) if most else 0, 10, css),
                _text(max(320 * value / most, 1) + 6 if most else 6, top + 27, number(value), "start", "value"),
            )
        )
        parts.append(_linked(bar.link, f"{bar.label}: {number(value)}", shape))
    one = (Series(words.calls, css),)
    return _figure(words, _svg(words, len(bars) * 34 + 2, parts), Markup(), _table_of_bars(words, one, bars))


def heat_map(
    words: Words,
    days: Sequence[str],
    days_in_full: Sequence[str],
    hours: Sequence[str],
    cells: Sequence[Sequence[Cell]],
) -> Markup:
    """Seven columns of 24 hours: the share in each, written and as one of ten shades. ``cells`` are by day and hour."""
    wide, high = (_WIDTH - _LEFT) / len(days), 18
    parts = [_text(_LEFT + (place + 0.5) * wide, 12, day, "middle") for place, day in enumerate(days)]
    parts += [_text(_LEFT - 6, 31 + place * high, hour, "end") for place, hour in enumerate(hours) if place % 2 == 0]
    for column, day in enumerate(cells):
        for row, cell in enumerate(day):
            left, top = _LEFT + column * wide, 18 + row * high
            if not cell.whole:
                parts.append(_rect(left + 1, top + 1, wide - 2, high - 2, "heat-none"))
                continue
            step = min(10 * cell.part // cell.whole, 9)
            shape = _rect(left + 1, top + 1, wide - 2, high - 2, f"heat-{step}")
            shape += _text(
                left + wide / 2, top + 13, percent(cell.part, cell.whole), "middle", f"on-heat on-heat-{step}"
            )
            said = f"{days_in_full[column]} {hours[row]}: {_of(cell)}"
            parts.append(_linked(cell.link, said, shape))
    rows = [
        (
            Markup('<th scope="row">{}</th>').format(hour),
            *(_amount(_of(day[row]) if day[row].whole else "", day[row].link) for day in cells),
        )
        for row, hour in enumerate(hours)
    ]
    return _figure(
        words, _svg(words, 20 + 24 * high, parts), Markup(), _table(words, [words.first, *days_in_full], rows)
    )


def _of(cell: Cell) -> str:
    return f"{percent(cell.part, cell.whole)} ({number(cell.part)} / {number(cell.whole)})"


def _said(value: int, total: int, *, share: bool) -> str:
    return f"{number(value)} ({percent(value, total)})" if share else number(value)


def _round_up(value: int) -> int:
    """The next number that halves well and has few digits, for the top of a scale."""
    size = 1
    while True:
        for step in (2, 4, 6, 10):
            if value <= step * size:
                return step * size
        size *= 10


def _scale(top: int, unit: str) -> Markup:
    """Lines at nothing, half and the top of the scale, with their numbers."""
    parts: list[Markup] = []
    for value in (0, top // 2, top):
        height = _TOP + _HEIGHT - _HEIGHT * value / top
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(_LEFT, _WIDTH, height, height)
        )
        parts.append(_text(_LEFT - 5, height + 4, _shortened(value) + unit, "end"))
    return Markup("").join(parts)


def _shortened(value: int) -> str:
    """``1.2k`` and ``3M`` where the whole number would not fit beside the scale."""
    for size, letter in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if value >= 10 * size or (value >= size and letter != "k"):
            return f"{value / size:g}{letter}"
    return number(value)


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else label[: most - 1] + "\u2026"


def _rect(left: float, top: float, width: float, height: float, css: str) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        css, left, top, max(width, 0.5), max(height, 0.5)
    )


def _text(left: float, base: float, text: str, anchor: str, css: str = "tick") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        css, left, base, anchor, text
    )


def _linked(link: str | None, said: str, shape: Markup) -> Markup:
    """A part of the picture with what is said when one points at it, and where a click leads."""
    titled = Markup("<title>{}</title>{}").format(said, shape)
    if link is None:
        return Markup("<g>{}</g>").format(titled)
    return Markup('<a href="{}" aria-label="{}" tabindex="-1">{}</a>').format(link, said, titled)


def _svg(words: Words, height: float, parts: Iterable[Markup]) -> Markup:
    # A picture that holds links is a group to those who do not see it: the inside of an image is nothing to them.
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {:.0f}" role="group" aria-labelledby="{}-caption">{}</svg>'
    ).format(_WIDTH, height, words.name, Markup("").join(parts))


def _legend(series: Iterable[Series]) -> Markup:
    entries = (
        Markup('<li><svg viewBox="0 0 10 10" aria-hidden="true">{}</svg>{}</li>').format(
            _rect(0, 0, 10, 10, one.css), one.label
        )
        for one in series
    )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(entries))


def _figure(words: Words, picture: Markup, legend: Markup, table: Markup) -> Markup:
    return Markup(
        '<figure class="figure"><figcaption id="{}-caption">{}</figcaption>{}{}'
        '<details class="figures"><summary>{}<span class="unseen">: {}</span></summary>'
        '<div class="scroll" tabindex="0" role="region" aria-label="{}">{}</div></details></figure>'
    ).format(words.name, words.caption, legend, picture, words.open, words.caption, words.caption, table)


def _table_of_bars(words: Words, series: Sequence[Series], bars: Sequence[Bar]) -> Markup:
    several = len(series) > 1
    heads = [words.first, *(one.label for one in series), *([words.total] if several else [])]
    rows = []
    for bar in bars:
        cells = [_row_head(bar), *(_amount(number(figure.value), figure.link) for figure in bar.figures)]
        if several:
            cells.append(_amount(number(sum(figure.value for figure in bar.figures)), None))
        rows.append(cells)
    return _table(words, heads, rows)


def _row_head(bar: Bar) -> Markup:
    if bar.link is None:
        return Markup('<th scope="row" dir="auto">{}</th>').format(bar.label)
    return Markup('<th scope="row" dir="auto"><a href="{}">{}</a></th>').format(bar.link, bar.label)


def _amount(text: str, link: str | None) -> Markup:
    if link is None or text in ("", "0"):
        return Markup('<td class="amount">{}</td>').format(text)
    return Markup('<td class="amount"><a href="{}">{}</a></td>').format(link, text)


def _table(words: Words, heads: Sequence[str], rows: Iterable[Sequence[Markup]]) -> Markup:
    first, *rest = heads
    head = Markup('<th scope="col">{}</th>').format(first) + Markup("").join(
        Markup('<th scope="col" class="amount">{}</th>').format(text) for text in rest
    )
    body = Markup("").join(Markup("<tr>{}</tr>").format(Markup("").join(cells)) for cells in rows)
    return Markup(
        '<table><caption class="unseen">{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(words.caption, head, body)
