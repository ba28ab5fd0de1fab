from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from calldex.actions.issue_key import IssuedKey, issue_key
from calldex.actions.revoke_key import revoke_key
from calldex.cli.finding import find_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import note, show, show_json, show_table
from calldex.core.errors import UsageError
from calldex.core.ids import parse_uuid
from calldex.core.keys import SCOPES
from calldex.settings import Settings
from calldex.store.keys import StoredKey, list_keys

commands = typer.Typer(help="API keys: how programs show who they are.", no_args_is_help=True)


@commands.command()
def create(
    org: Org,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", envvar="CALLDEX_NAME", help="What the key is for.", show_default=False),
    ] = None,
    test: Test = False,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What the key may do: read, write, approve; repeat it for several. All of them when not said.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Issue a key and print it, once: only a hash of it is kept."""
    key = run(_create(chosen(data, database_url), org, name, scopes=scope or SCOPES, test=test))
    if as_json:
        show_json({"id": str(key.id), "key": key.text})
    else:
        show(f"{key.id}  {key.text}")
        note("Keep the key now: it is not shown again.")


@commands.command("list")
def list_(org: Org, as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List an organization's keys without their secret part."""
    keys = run(_list(chosen(data, database_url), org))
    if as_json:
        show_json([_facts(key) for key in keys])
    elif keys:
        show_table(
            ("ID", "NAME", "KEY", "SCOPES", "CREATED", "REVOKED"),
            [
                (
                    str(key.id),
                    key.name or "",
                    key.visible + "...",
                    " ".join(key.scopes or SCOPES),
                    f"{key.created_at:%Y-%m-%d %H:%M} UTC",
                    f"{key.revoked_at:%Y-%m-%d %H:%M} UTC" if key.revoked_at else "",
                )
                for key in keys
            ],
        )
    else:
        note("The organization has no key yet; make one with: calldex key create --org ORG")


@commands.command()
def revoke(
    key_id: Annotated[
        str,
        typer.Argument(metavar="KEY_ID", help="The id that create printed.", show_default=False),
    ],
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke a key for good. A running server refuses it within two seconds."""
    found = parse_uuid(key_id.strip())
    if found is None:
        raise UsageError(
            "KEY_ID must be the id that calldex key create printed, like "
            "0b0f6d1c-5a4e-4f0e-9a53-2f9d6a1b7c11; calldex key list shows it."
        )
    revoked_now = run(_revoke(chosen(data, database_url), found))
    if as_json:
        show_json({"id": str(found), "revoked": True})
    else:
        show(f"{found} is revoked." if revoked_now else f"{found} was revoked before.")


async def _create(settings: Settings, org: str, name: str | None, *, scopes: Sequence[str], test: bool) -> IssuedKey:
    secret = settings.secret.encode() if settings.secret is not None else None
    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        return await issue_key(found.database, organization, name=name, test=test, secret=secret, scopes=scopes)


async def _list(settings: Settings, org: str) -> list[StoredKey]:
    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        async with found.database.session() as connection:
            return await list_keys(connection, organization.id, organization.sandbox_id)


async def _revoke(settings: Settings, key_id: UUID) -> bool:
    async with opened(settings) as found:
        return await revoke_key(found.database, key_id)


def _facts(key: StoredKey) -> dict[str, object]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.visible,
        "test": key.test,
        "scopes": list(key.scopes or SCOPES),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
