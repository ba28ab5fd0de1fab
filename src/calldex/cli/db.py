import typer

from calldex.cli.opening import run
from calldex.cli.options import AsJson, Data, DatabaseUrl, chosen
from calldex.cli.printing import show, show_json
from calldex.store import migrations
from calldex.store.opening import database_address

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
