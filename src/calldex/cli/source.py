import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from calldex.actions.add_source import add_source, remove_source
from calldex.cli.finding import find_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import note, show, show_json, show_table
from calldex.core.errors import UsageError
from calldex.core.ids import parse_uuid
from calldex.core.suggestions import did_you_mean
from calldex.settings import Settings
from calldex.store.endpoints import EndpointFacts, list_endpoints

if TYPE_CHECKING:
    from calldex.app.senders import Sender

NAMES = ("retell", "twilio", "whippy", "vapi", "elevenlabs", "telnyx", "generic")

commands = typer.Typer(help="Sources: who may deliver webhooks, and where to.", no_args_is_help=True)


@commands.command()
def add(
    sender: Annotated[
        str, typer.Argument(metavar="SENDER", help=f"Who delivers: {', '.join(NAMES)}.", show_default=False)
    ],
    org: Org,
    secret: Annotated[
        str | None,
        typer.Option(
            "--secret",
            metavar="SECRET",
            envvar="CALLDEX_SOURCE_SECRET",
            help="What the sender's deliveries are known by. Other users of this machine can see options, so better "
            "use the variable, a file or the prompt.",
            show_default=False,
        ),
    ] = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            envvar="CALLDEX_SOURCE_SECRET_FILE",
            help="A file that holds the secret.",
            show_default=False,
        ),
    ] = None,
    test: Test = False,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an endpoint for a sender and print its address. A secret that is made here is shown once."""
    # The web framework takes a while to load, which other commands need not wait for.
    from calldex.app.senders import SENDERS  # noqa: PLC0415

    how = SENDERS.get(sender)
    if how is None:
        raise UsageError(
            f'There is no sender "{sender}".{did_you_mean(sender, SENDERS)} Senders: {", ".join(SENDERS)}.'
        )
    given = _given_secret(sender, how, secret, secret_file)
    made = how.make_secret() if given is None and how.make_secret is not None else None
    settings = chosen(data, database_url)
    endpoint_id = run(_add(settings, org, sender, given or made or "", test=test))
    url = f"{_base(settings)}/ingest/{sender}/{endpoint_id}"
    if as_json:
        show_json({"id": str(endpoint_id), "sender": sender, "url": url, **({"secret": made} if made else {})})
        return
    show(f"{endpoint_id}  {url}")
    if made:
        show(made)
        note("Keep the secret now: it is not shown again.")
    if settings.public_url is None:
        note("Senders elsewhere need an address that reaches this server: set CALLDEX_PUBLIC_URL.")


@commands.command("list")
def list_(org: Org, as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List an organization's endpoints and what came to them."""
    found = run(_list(chosen(data, database_url), org))
    if as_json:
        show_json(found)
    elif found:
        show_table(
            ("ID", "SENDER", "ACCEPTED", "DUPLICATES", "REFUSED", "STALE", "LAST", "SANDBOX"),
            [
                (
                    str(one.id),
                    one.sender,
                    f"{one.accepted:,}",
                    f"{one.duplicates:,}",
                    f"{one.refused:,}",
                    f"{one.stale:,}",
                    f"{one.last_accepted_at:%Y-%m-%d %H:%M} UTC" if one.last_accepted_at else "never",
                    "yes" if one.test else "",
                )
                for one in found
            ],
        )
    else:
        note("The organization has no source yet; make one with: calldex source add SENDER --org ORG")


@commands.command()
def remove(
    source_id: Annotated[str, typer.Argument(metavar="SOURCE_ID", help="The id that add printed.", show_default=False)],
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Remove an endpoint for good; what it delivered stays. A running server refuses it within two seconds."""
    found = parse_uuid(source_id.strip())
    if found is None:
        raise UsageError("SOURCE_ID must be the id that calldex source add printed; calldex source list shows it.")
    removed_now = run(_remove(chosen(data, database_url), found))
    if as_json:
        show_json({"id": str(found), "removed": True})
    else:
        show(f"{found} is removed." if removed_now else f"{found} was removed before.")


def _given_secret(sender: str, how: "Sender", secret: str | None, secret_file: Path | None) -> str | None:
    """What the operator enters; None where nothing was entered and we can make one."""
    if secret is not None and secret_file is not None:
        raise UsageError("Give either --secret or --secret-file.")
    if secret_file is not None:
        try:
            secret = secret_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"{secret_file} cannot be read: {reason}.") from None
    if secret is None and how.make_secret is None:
        if not (sys.stdin.isatty() and os.isatty(sys.stderr.fileno())):
            raise UsageError(
                f"A source of {sender} needs {how.secret}: give it in CALLDEX_SOURCE_SECRET or with --secret-file."
            )
        secret = str(typer.prompt(f"Enter {how.secret}", hide_input=True, err=True))
    if secret is not None and not secret.strip():
        raise UsageError(f"The secret is empty; a source of {sender} needs {how.secret}.")
    return secret


def _base(settings: Settings) -> str:
    """How the server is reached: the public address, or the one it listens on."""
    if settings.public_url is not None:
        return settings.public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - it is a key here.
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{host}:{settings.port}"


async def _add(settings: Settings, org: str, sender: str, secret: str, *, test: bool) -> UUID:
    operator_secret = settings.secret.encode() if settings.secret is not None else None
    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        return await add_source(
            found.database, organization, sender, secret, test=test, operator_secret=operator_secret
        )


async def _list(settings: Settings, org: str) -> list[EndpointFacts]:
    async with opened(settings) as found:
        organization = await find_organization(found.database, org)
        async with found.database.session() as session:
            return await list_endpoints(session, organization.id, organization.sandbox_id)


async def _remove(settings: Settings, endpoint_id: UUID) -> bool:
    async with opened(settings) as found:
        return await remove_source(found.database, endpoint_id)
