from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from calldex.cli.finding import find_organization
from calldex.cli.importing import Import, Rejects, Tally
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import note, show, show_json
from calldex.cli.read_ahead import ReadAhead
from calldex.cli.reading import check_files, read_chunks, size_of
from calldex.ingest.documents import split_calls
from calldex.settings import Settings
from calldex.store.statistics import MANY, look_at_tables


class Format(StrEnum):
    """Whose answers the files hold."""

    STUUT_V1 = "stuut-v1"
    STUUT_V2 = "stuut-v2"
    SKIPCALL = "skipcall"
    WHIPPY = "whippy"
    VCON = "vcon"


def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="JSON, NDJSON or a page of the API, plain or gzip; - is standard input.",
            show_default=False,
        ),
    ],
    org: Org,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="FORMAT",
            envvar="CALLDEX_FORMAT",
            help="Whose calls they are: stuut-v1, stuut-v2, skipcall, whippy or vcon.",
            show_default=False,
        ),
    ],
    test: Test = False,
    as_json: AsJson = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            envvar="CALLDEX_REJECTS",
            help="Where refused records go, whole; without it the name of the first file and .rejects.ndjson, here.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import calls as one of the APIs answers them. Importing twice changes nothing.

    Refused records do not stop the others; the exit code is 1 when a file could not be read to its end, or
    when nothing but refused records was found.
    """
    settings = chosen(data, database_url)
    check_files(files)
    name = "standard-input" if files[0] == "-" else Path(files[0]).name
    refused = Rejects(rejects or Path(f"{name}.rejects.ndjson"))
    refused.check(files)
    with refused:
        done = run(_import(settings, files, org, form, refused, test=test))
    _report(done, refused, as_json=as_json)
    tally = done.tally
    if done.broken or done.damaged or (tally.rejected and tally.rejected == tally.read):
        raise typer.Exit(1)


async def _import(
    settings: Settings, files: list[str], org: str, form: Format, rejects: Rejects, *, test: bool
) -> Import:
    from calldex.app.formats import FORMATS  # noqa: PLC0415 - loads every surface, which other commands need not

    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        organization_id = organization.sandbox_id if test else organization.id
        call_format = FORMATS[form.value]
        with ReadAhead(call_format, form.value) as ahead, _progress() as progress:
            running = Import(found.database, organization_id, call_format, rejects, ahead)
            bar = progress.add_task("", total=size_of(files), counts="")

            def on_bytes(count: int) -> None:
                progress.update(bar, advance=count, counts=_counts(running.tally))

            for file in files:
                progress.update(bar, description="standard input" if file == "-" else Path(file).name)
                await running.take(file, split_calls(running.until_damage(read_chunks(file, on_bytes))))
                progress.update(bar, counts=_counts(running.tally))
        if running.tally.created >= MANY:
            await look_at_tables(found.database)
        return running


def _progress() -> Progress:
    """A bar on a terminal, and nothing where nobody looks."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _counts(tally: Tally) -> str:
    return f"{tally.read:,} calls" + (f", {tally.rejected:,} refused" if tally.rejected else "")


def _report(done: Import, rejects: Rejects, *, as_json: bool) -> None:
    tally = done.tally
    for sentence in [*done.first_reasons, *done.broken]:
        note(f"Refused: {sentence}")
    for sentence in done.damaged:
        note(sentence)
    if tally.rejected > len(done.first_reasons) + len(done.broken):
        note("... and more of them.")
    if tally.rejected:
        note(f"Refused records are in {rejects.path}, whole, each with its reason.")
    if as_json:
        show_json(tally.facts())
    else:
        show(
            f"Read {tally.read:,} calls: {tally.created:,} created, {tally.updated:,} updated, "
            f"{tally.unchanged:,} unchanged, {tally.rejected:,} refused."
        )
