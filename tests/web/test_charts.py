"""A chart is a picture and a table of the same figures, with the same links; every text in it is escaped."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from calldex import web
from calldex.web.charts import Bar, Cell, Figure, Series, Words, heat_map, horizontal_bars, percent, stacked_columns

WORDS = Words("figure-x", "What & how <many>", "Time", "Calls", "Total", "Show as a table")
SERIES = (Series("Good", "series-1"), Series("Bad", "series-4"), Series("None", "series-2", drawn=False))
EVIL = '<script>alert("1")</script>\'&'

_labels = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
_links = st.none() | _labels.map(lambda text: f"/overview?partner={text}")
_figures = st.builds(Figure, st.integers(0, 10**9), _links)


def parsed(chart: Markup) -> ET.Element:
    """The chart read by a parser that allows no mistake."""
    return ET.fromstring(str(chart))  # noqa: S314 - our own markup


def table(chart: Markup) -> list[list[str]]:
    root = parsed(chart).find(".//table")
    assert root is not None
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


def test_the_table_has_every_figure() -> None:
    bars = (
        Bar("Mon", "M", "/day1", (Figure(1200, "/day1/good"), Figure(34, "/day1/bad"), Figure(7))),
        Bar("Tue", "T", "/day2", (Figure(0, "/day2/good"), Figure(1), Figure(0))),
    )
    chart = stacked_columns(WORDS, SERIES, bars)
    assert table(chart) == [
        ["Time", "Good", "Bad", "None", "Total"],
        ["Mon", "1,200", "34", "7", "1,241"],
        ["Tue", "0", "1", "0", "1"],
    ]


def test_picture_and_table_lead_to_the_same_places() -> None:
    bars = (Bar("Mon", "M", "/day1", (Figure(12, "/good"), Figure(34, "/bad"), Figure(7, "/none"))),)
    root = parsed(stacked_columns(WORDS, SERIES, bars, share=True))
    picture = root.find("svg[@class='chart']")
    assert picture is not None
    drawn = {link.get("href"): link.get("aria-label") for link in picture.iter("a")}
    assert drawn == {"/good": "Mon: Good, 12 (26%)", "/bad": "Mon: Bad, 34 (74%)"}
    assert {link.get("tabindex") for link in picture.iter("a")} == {"-1"}
    listed = {link.get("href") for element in root.iter("table") for link in element.iter("a")}
    assert listed == {"/day1", "/good", "/bad", "/none"}
    assert [rect.get("class") for rect in picture.iter("rect")] == ["series-1", "series-4"]


def test_a_chart_is_named_and_has_its_legend() -> None:
    chart = stacked_columns(WORDS, SERIES, (Bar("Mon", "M", None, (Figure(1), Figure(2), Figure(3))),))
    root = parsed(chart)
    caption = root.find("figcaption")
    picture = root.find("svg[@class='chart']")
    assert caption is not None
    assert picture is not None
    assert caption.text == "What & how <many>"
    assert picture.get("aria-labelledby") == caption.get("id")
    legend = [item.tail or "".join(item.itertext()) for item in root.iter("li")]
    assert len(legend) == 2
    assert root.find("details/summary") is not None


def test_a_heat_map_writes_each_share() -> None:
    days = ["Mo", "Tu"]
    cells = [[Cell(1, 4, "/mon") if hour == 9 else Cell(0, 0) for hour in range(24)], [Cell(3, 3)] * 24]
    chart = heat_map(WORDS, days, ["Monday", "Tuesday"], [f"{hour:02}:00" for hour in range(24)], cells)
    rows = table(chart)
    assert rows[0] == ["Time", "Monday", "Tuesday"]
    assert rows[10] == ["09:00", "25% (1 / 4)", "100% (3 / 3)"]
    assert rows[1] == ["00:00", "", "100% (3 / 3)"]
    root = parsed(chart)
    classes = [rect.get("class") for rect in root.iter("rect")]
    assert (classes.count("heat-2"), classes.count("heat-9"), classes.count("heat-none")) == (1, 24, 23)
    assert [link.get("href") for link in root.iter("a")] == ["/mon", "/mon"]


def test_texts_are_escaped() -> None:
    words = Words("figure-x", EVIL, EVIL, EVIL, EVIL, EVIL)
    bars = (Bar(EVIL, EVIL, f"/x?{EVIL}", (Figure(3, f"/x?{EVIL}"),)),)
    charts = (
        horizontal_bars(words, bars),
        stacked_columns(words, (Series(EVIL, "series-1"),), bars),
        heat_map(words, [EVIL], [EVIL], [EVIL] * 24, [[Cell(1, 2, f"/x?{EVIL}")] * 24]),
    )
    for chart in charts:
        assert "<script" not in chart
        assert EVIL in unescape(str(chart))
        assert not any(element.tag == "script" for element in parsed(chart).iter())


@given(
    bars=st.lists(st.builds(Bar, _labels, _labels, _links, st.tuples(_figures, _figures, _figures)), max_size=110),
    share=st.booleans(),
)
def test_any_figures_make_markup_that_can_be_read(bars: list[Bar], share: bool) -> None:
    rows = table(stacked_columns(WORDS, SERIES, bars, share=share))
    assert [[cell.replace(",", "") for cell in row[1:4]] for row in rows[1:]] == [
        [str(figure.value) for figure in bar.figures] for bar in bars
    ]
    assert "style=" not in re.sub(r'"[^"]*"', "", str(horizontal_bars(WORDS, bars)))


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, ""), (0, 7, "0%"), (1, 3, "33%"), (2, 3, "67%"), (5, 5, "100%")]
)
def test_shares_have_no_decimals(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


def _brightness(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, bright = sorted((_brightness(one), _brightness(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_colors_stand_out_in_light_and_in_dark(theme: int) -> None:
    sheet = (Path(web.__file__).parent / "static" / "calldex.css").read_text(encoding="utf-8")
    tokens = {
        name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", sheet)
    }
    paper, ink, on_heat = (tokens[name][theme] for name in ("paper", "ink", "heat-ink"))
    for number in range(1, 9):
        assert _contrast(tokens[f"series-{number}"][theme], paper) >= 3, number
    for step in range(10):
        assert _contrast(tokens[f"heat-{step}"][theme], ink if step < 7 else on_heat) >= 4.5, step
