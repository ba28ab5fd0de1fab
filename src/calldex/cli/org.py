from typing import Annotated

import typer

from calldex.actions.create_organization import create_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, chosen
from calldex.cli.printing import note, show, show_json, show_table
from calldex.settings import Settings
from calldex.store.organizations import Organization, list_organizations

commands = typer.Typer(help="Organizations: the tenants of this server.", no_args_is_help=True)


@commands.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The organization's name.", show_default=False)],
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create an organization and its sandbox."""
    organization = run(_create(chosen(data, database_url), name))
    if as_json:
        show_json({"id": str(organization.public_id), "name": organization.name})
    else:
        show(f"{organization.public_id}  {organization.name}")


@commands.command("list")
def list_(as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List the organizations, the oldest first."""
    organizations = run(_list(chosen(data, database_url)))
    if as_json:
        show_json([{"id": str(one.public_id), "name": one.name, "created_at": one.created_at} for one in organizations])
    elif organizations:
        show_table(
            ("ID", "NAME", "CREATED"),
            [(str(one.public_id), one.name, f"{one.created_at:%Y-%m-%d %H:%M} UTC") for one in organizations],
        )
    else:
        note("There is no organization yet; make one with: calldex org create NAME")


async def _create(settings: Settings, name: str) -> Organization:
    async with opened(settings) as found:
        return await create_organization(found.database, name)


async def _list(settings: Settings) -> list[Organization]:
    async with opened(settings) as found, found.database.session() as connection:
        return await list_organizations(connection)
