"""calldex bench: what every kind of question costs on this machine."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from calldex.cli.printing import note
from calldex.core.errors import UsageError

_FEWEST_CALLS = 10_000
_FEWEST_OF_ALL = 500
_MOST_CALLS = 10_000_000
_TABLE_WIDTH = 170


def bench(
    *,
    calls: Annotated[
        int,
        typer.Option(
            "--calls",
            metavar="N",
            envvar="CALLDEX_CALLS",
            help="How many calls to ask about, from 10,000 to 10,000,000.",
        ),
    ] = 100_000,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, metavar="N", envvar="CALLDEX_ROUNDS", help="How often all take turns.")
    ] = 5,
    asks: Annotated[
        int,
        typer.Option(
            "--asks",
            min=3,
            metavar="N",
            envvar="CALLDEX_ASKS",
            help="How often a question is asked in a round; a slow one less often.",
        ),
    ] = 60,
    arrivals: Annotated[
        int,
        typer.Option(
            "--arrivals",
            min=0,
            metavar="N",
            envvar="CALLDEX_ARRIVALS",
            help="How many calls come in by each way, by batches as many hundreds as it takes; 0 leaves that out.",
        ),
    ] = 5_000,
    folder: Annotated[
        Path,
        typer.Option(
            "--data",
            metavar="DIR",
            envvar="CALLDEX_BENCH",
            help="Where the calls are kept for the next time; `.bench` if nothing is said.",
        ),
    ] = Path(".bench"),
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="WORDS", help="Ask only questions with these words in their name; repeatable."),
    ] = None,
    peers: Annotated[
        Path | None,
        typer.Option("--peers", metavar="DIR", help="Measure what this folder starts over the same calls, too."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write every figure there.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write the tables there for a document.")
    ] = None,
    few: Annotated[bool, typer.Option("--few", hidden=True)] = False,
) -> None:
    """Measure what pages, totals, searches and writes cost on this machine, beside two ceilings."""
    from calldex.bench.benchmark import run_benchmark  # noqa: PLC0415 - loads what no other command needs
    from calldex.bench.measuring import Wanted  # noqa: PLC0415
    from calldex.bench.reporting import markdown, print_results  # noqa: PLC0415

    if not (_FEWEST_OF_ALL if few else _FEWEST_CALLS) <= calls <= _MOST_CALLS:
        raise UsageError(f"--calls must be from {_FEWEST_CALLS:,} to {_MOST_CALLS:,}: fewer say nothing about many.")
    # The servers that are measured are to end with the command, however it ends.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    results: dict[str, Any] = run_benchmark(folder, calls, Wanted(rounds, asks, only or (), peers), arrivals, note)
    # The figures are written first: they took long, and a terminal may be too narrow for the tables.
    if json_file is not None:
        _write(json_file, json.dumps(results, indent=1))
    if markdown_file is not None:
        _write(markdown_file, markdown(results))
    print_results(results, Console(width=_TABLE_WIDTH))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from None
