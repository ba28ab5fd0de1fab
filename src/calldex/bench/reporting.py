"""The figures for people: a table on the terminal, tables in Markdown for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Results = dict[str, Any]
_Sheet = tuple[str, list[str], list[list[str]]]


def print_results(results: Results, console: Console) -> None:
    """Every sheet as a table."""
    console.print(_machine(results))
    for title, headings, rows in _sheets(results):
        table = Table(title=title, title_justify="left")
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def markdown(results: Results) -> str:
    """Every sheet as a table of Markdown."""
    lines = [_machine(results), ""]
    for title, headings, rows in _sheets(results):
        lines += [f"### {title}", "", _line(headings), _line(["---", *("---:" for _ in headings[1:])])]
        lines += [*map(_line, rows), ""]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine(results: Results) -> str:
    machine = results["machine"]
    return (
        f"{results['calls']:,} calls, {results['rounds']} rounds of {results['asks']} requests at most. "
        f"Calldex {machine['calldex']}, PostgreSQL {machine['postgresql']}, Python {machine['python']}, "
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']:.0f} GB, {machine['system']}. "
        f"One worker, whose memory was {results['server_peak_mb']:,.0f} MB at most, and one connection."
    )


def _sheets(results: Results) -> list[_Sheet]:
    sheets = [_questions(results), _ceilings(results)]
    if any(row["peers"] for row in results["rows"]):
        sheets.append(_peers(results))
    if results["arrivals"]:
        sheets.append(_arrivals(results))
    sheets.append(_seeding(results))
    return sheets


def _questions(results: Results) -> _Sheet:
    headings = ["Question", "KB", "p50 ms", "p99 ms", "per s", "CPU ms", "CPU by (a)", "of (b)", "MB"]
    rows = [
        [
            row["question"],
            _kb(row),
            _ms(row["p50_ms"]),
            _ms(row["p99_ms"]),
            f"{row['per_second']:,.0f}",
            _ms(row["processor_ms"]),
            _ratio(row["processor_by_sql"]),
            f"{row['of_route']:.0%}",
            f"{row['memory_mb']:,.0f}",
        ]
        for row in results["rows"]
    ]
    rows += [[name, *("" for _ in headings[2:]), "not served"] for name in results["skipped"]]
    return "What each question costs", headings, rows


def _ceilings(results: Results) -> _Sheet:
    headings = [
        "Question",
        "statements",
        "(a) p50 ms",
        "(a) CPU ms",
        "p50 by (a)",
        "(b) route per s",
        "(b) route CPU ms",
        "(b) raw per s",
        "of raw",
    ]
    rows = []
    for row in results["rows"]:
        sql, route, raw = (row["ceilings"].get(side) for side in ("sql", "route", "raw"))
        bare = ["", "", "", ""]
        if sql is not None:
            bare = [
                str(row["statements"]),
                _ms(sql["p50_ms"]),
                _ms(sql["processor_ms"]),
                _ratio(row["p50_by_sql"]),
            ]
        rows.append(
            [
                row["question"],
                *bare,
                f"{route['per_second']:,.0f}",
                _ms(route["processor_ms"]),
                f"{raw['per_second']:,.0f}",
                f"{row['of_raw']:.0%}",
            ]
        )
    return "The ceilings: (a) the same statements alone, (b) the same bytes from an empty handler", headings, rows


def _peers(results: Results) -> _Sheet:
    names = list(dict.fromkeys(name for row in results["rows"] for name in row["peers"]))
    headings = ["Question", "Calldex KB", "p50 ms", "CPU ms"]
    for name in names:
        headings += [f"{name} KB", "p50 ms", "CPU ms", "p50 by ours", "CPU by ours"]
    rows = []
    for row in results["rows"]:
        if not row["peers"]:
            continue
        cells = [row["question"], _kb(row), _ms(row["p50_ms"]), _ms(row["processor_ms"])]
        for name in names:
            peer = row["peers"].get(name)
            if peer is None:
                cells += [""] * 5
            else:
                times = [row[f"peers_{figure}_by_ours"].get(name) for figure in ("p50", "processor")]
                cells += [_kb(peer), _ms(peer["p50_ms"]), _ms(peer["processor_ms"]), *map(_ratio, times)]
        rows.append(cells)
    memory = ", ".join(f"{name} {size:,.0f} MB" for name, size in results["peers_peak_mb"].items())
    return f"What else one could use, over the same data (memory at most: {memory})", headings, rows


def _arrivals(results: Results) -> _Sheet:
    rows = [
        [
            one["way"],
            f"{one['calls']:,}",
            f"{one['per_second']:,.0f}",
            f"{one['copy_per_second']:,.0f}",
            f"{one['of_copy']:.1%}",
        ]
        for one in results["arrivals"]
    ]
    headings = ["Way in", "calls", "per s", "COPY per s", "of COPY"]
    return "Calls that come in, durably, beside COPY of the rows that were written", headings, rows


def _seeding(results: Results) -> _Sheet:
    seeding = results["seeding"]
    rows = [
        [
            "imported",
            f"{seeding['imported']:,}",
            f"{seeding['import_seconds']:,.0f}",
            f"{seeding['imported_per_second']:,.0f}",
        ]
    ]
    if seeding["copied"]:
        rows.append(
            [
                "copied",
                f"{seeding['copied']:,}",
                f"{seeding['copy_seconds']:,.0f}",
                f"{seeding['copied_per_second']:,.0f}",
            ]
        )
    return "How the calls were made", ["Calls", "number", "seconds", "per s"], rows


def _ratio(times: float | None) -> str:
    return "" if times is None else f"{times:.1f} x"


def _kb(figures: dict[str, Any]) -> str:
    return f"{figures['bytes'] / 1000:,.1f}"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.2f}" if milliseconds < 100 else f"{milliseconds:,.0f}"
