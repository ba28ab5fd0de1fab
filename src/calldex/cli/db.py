from dataclasses import asdict
from typing import Annotated

import typer

from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, chosen
from calldex.cli.printing import note, show, show_json
from calldex.settings import Settings
from calldex.store import migrations
from calldex.store.opening import database_address
from calldex.store.organizations import list_organizations
from calldex.store.verifying import Findings, mend_calls, verify_calls

commands = typer.Typer(help="The database's tables.", no_args_is_help=True)


@commands.command()
def upgrade(as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Bring the tables up to date. `calldex serve` does the same when it starts."""
    settings = chosen(data, database_url)
    with database_address(settings.data, settings.database_url) as url:
        applied = run(migrations.upgrade(url))
    if as_json:
        show_json({"applied": applied})
    else:
        show(f"Applied: {', '.join(applied)}." if applied else "Nothing to do: up to date.")


@commands.command()
def status(as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Show which migration the database is at; changes nothing."""
    settings = chosen(data, database_url)
    with database_address(settings.data, settings.database_url) as url:
        found = run(migrations.status(url))
    if as_json:
        show_json({"current": found.current, "head": found.head, "pending": list(found.pending)})
        return
    show(f"At {found.current or 'nothing'}; the newest is {found.head}.")
    if found.pending:
        show(f"Pending: {', '.join(found.pending)}. Apply with: calldex db upgrade")


@commands.command()
def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Make what is wrong anew; nobody can write these calls meanwhile.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Check what leads to calls against the calls themselves: counts, facets, links, and the words that are searched.

    Reads every call. Exits 1 when something is wrong and was not repaired.
    """
    found = run(_verify(chosen(data, database_url), repair=repair, quiet=as_json))
    if as_json:
        show_json({name: {**asdict(one), "repaired": repair and not one.sound} for name, one in found.items()})
    wrong = [name for name, findings in found.items() if not findings.sound]
    if wrong and not repair:
        note(f"Wrong: {', '.join(wrong)}. Mend with: calldex db verify --repair")
        raise typer.Exit(1)


async def _verify(settings: Settings, *, repair: bool, quiet: bool) -> dict[str, Findings]:
    """What was found in each organization and sandbox, before any repair."""
    findings: dict[str, Findings] = {}
    async with opened(settings) as found, found.database.session() as session:
        for organization in await list_organizations(session):
            for place, kind in ((organization.id, ""), (organization.sandbox_id, " (sandbox)")):
                name = f"{organization.name} {organization.public_id}{kind}"
                one = findings[name] = await verify_calls(session, place)
                if not one.sound and repair:
                    await mend_calls(session, place)
                if not quiet:
                    show(f"{name}: {_sentence(one, repaired=repair)}")
    return findings


def _sentence(found: Findings, *, repaired: bool) -> str:
    if found.sound:
        return f"{found.calls:,} calls, all counts right."
    ending = " Repaired." if repaired else ""
    return (
        f"{found.calls:,} calls, {found.wrong_facets:,} of them in a wrong facet, {found.wrong_counts:,} counts wrong, "
        f"{found.wrong_links:,} links wrong, {found.wrong_texts:,} transcripts not searched rightly.{ending}"
    )
