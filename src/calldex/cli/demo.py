from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from calldex.actions.import_calls import import_calls
from calldex.cli.finding import find_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import show, show_json
from calldex.core.errors import CalldexError
from calldex.ingest.demo import demo_calls
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.statistics import MANY, look_at_tables

_BATCH_CALLS = 200


def demo(
    org: Org,
    calls: Annotated[
        int,
        typer.Option(
            "--calls",
            min=1,
            max=10_000_000,
            metavar="N",
            envvar="CALLDEX_CALLS",
            help="How many.",
            show_default=False,
        ),
    ],
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="S", envvar="CALLDEX_SEED", help="The same seed tells the same story."),
    ] = 1,
    test: Test = False,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill an organization with calls of a believable, invented business."""
    created = run(_demo(chosen(data, database_url), org, calls, seed, test=test))
    if as_json:
        show_json({"calls": calls, "created": created, "seed": seed})
    else:
        show(f"{created:,} demo calls were created.")


async def _demo(settings: Settings, org: str, calls: int, seed: int, *, test: bool) -> int:
    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        organization_id = organization.sandbox_id if test else organization.id
        return await seed_demo(found.database, organization_id, calls, seed)


async def seed_demo(database: Database, organization_id: int, calls: int, seed: int) -> int:
    """Write demo calls of the last six months through the ordinary import; how many of them were new."""
    from calldex.app.formats import FORMATS  # noqa: PLC0415 - loads every surface, which other commands need not

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    importing = {name: call_format.importing() for name, call_format in FORMATS.items()}
    generated = demo_calls(calls, seed=seed, now=now)
    created = 0
    console = Console(stderr=True)
    with Progress(
        TextColumn("demo calls"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        bar = progress.add_task("", total=calls)
        while batch := list(islice(generated, _BATCH_CALLS)):
            for name in FORMATS:
                changes = [FORMATS[name].parse_call(raw) for source, raw in batch if source == name]
                if not changes:
                    continue
                outcomes = await import_calls(database, organization_id, importing[name], changes)
                for outcome in outcomes:
                    if isinstance(outcome, CalldexError):
                        raise outcome
                    created += outcome == "created"
            progress.advance(bar, len(batch))
    if created >= MANY:
        await look_at_tables(database)
    return created
