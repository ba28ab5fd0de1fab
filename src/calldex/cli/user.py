import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from calldex.actions.add_user import add_user, change_password, change_role, checked_email, checked_role, disable_user
from calldex.actions.passwords import check_password_form
from calldex.cli.finding import find_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import note, show, show_json, show_table
from calldex.core.errors import NotFound, UsageError
from calldex.core.people import ROLES
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.users import User, find_user, list_users

commands = typer.Typer(help="Users: people who sign in to the explorer.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that they sign in with.", show_default=False)]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        envvar="CALLDEX_USER_PASSWORD_FILE",
        help="A file with the password; without one it is asked for, or read from a pipe.",
        show_default=False,
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        metavar="ROLE",
        envvar="CALLDEX_USER_ROLE",
        help=f"What they may do: {', '.join(ROLES)}, each with what those before it may.",
    ),
]


@commands.command()
def add(  # noqa: PLR0917 - typer gives each by its name.
    email: Email,
    org: Org,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", envvar="CALLDEX_NAME", help="Who it is.", show_default=False),
    ] = None,
    role: Role = "member",
    password_file: PasswordFile = None,
    test: Test = False,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let somebody sign in to the explorer."""
    checked_role(role)
    checked_email(email)
    settings = chosen(data, database_url)

    async def find() -> None:
        async with opened(settings) as found:
            await find_organization(found.database, org)

    given = _password(password_file, find)

    async def work() -> str:
        async with opened(settings) as found:
            organization = await find_organization(found.database, org)
            organization_id = organization.sandbox_id if test else organization.id
            made = await add_user(found.database, organization_id, email=email, name=name, role=role, password=given)
            return str(made)

    made = run(work())
    if as_json:
        show_json({"id": made, "email": email.strip(), "role": role})
    else:
        show(f"{email.strip()} can sign in now, as {role}.")


@commands.command("list")
def list_(
    org: Org, test: Test = False, as_json: AsJson = False, data: Data = None, database_url: DatabaseUrl = None
) -> None:
    """List the users of an organization."""

    async def work(settings: Settings) -> list[User]:
        async with opened(settings) as found:
            organization = await find_organization(found.database, org)
            async with found.database.session() as session:
                return await list_users(session, organization.sandbox_id if test else organization.id)

    found = run(work(chosen(data, database_url)))
    if as_json:
        show_json(found)
    elif found:
        show_table(
            ("EMAIL", "NAME", "ROLE", "SIGNED IN", "DISABLED"),
            [
                (
                    one.email,
                    one.name,
                    one.role,
                    f"{one.signed_in_at:%Y-%m-%d %H:%M} UTC" if one.signed_in_at else "never",
                    f"{one.disabled_at:%Y-%m-%d %H:%M} UTC" if one.disabled_at else "",
                )
                for one in found
            ],
        )
    else:
        note("The organization has no user yet; make one with: calldex user add EMAIL --org ORG")


@commands.command("role")
def role_(
    email: Email,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=", ".join(ROLES), show_default=False)],
    org: Org,
    test: Test = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change what a user may do. It holds from their next click."""
    checked_role(role)

    async def work(settings: Settings) -> None:
        async with opened(settings) as found:
            organization_id, user = await _user(found.database, org, email, test=test)
            await change_role(found.database, organization_id, user.id, role, keep_an_admin=False)

    run(work(chosen(data, database_url)))
    show(f"{email.strip()} is {role} now.")


@commands.command()
def password(
    email: Email,
    org: Org,
    password_file: PasswordFile = None,
    test: Test = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a user a new password and sign them out everywhere."""
    settings = chosen(data, database_url)

    async def find() -> None:
        async with opened(settings) as found:
            await _user(found.database, org, email, test=test)

    given = _password(password_file, find)

    async def work() -> None:
        async with opened(settings) as found:
            organization_id, user = await _user(found.database, org, email, test=test)
            await change_password(found.database, organization_id, user.id, given)

    run(work())
    show(f"The password of {email.strip()} is changed.")


@commands.command()
def disable(email: Email, org: Org, test: Test = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a user sign in no more and sign them out everywhere. What they did keeps their name."""
    _set_disabled(chosen(data, database_url), email, org, test=test, disabled=True)
    show(f"{email.strip()} cannot sign in any more.")


@commands.command()
def enable(email: Email, org: Org, test: Test = False, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a disabled user sign in again."""
    _set_disabled(chosen(data, database_url), email, org, test=test, disabled=False)
    show(f"{email.strip()} can sign in again.")


def _set_disabled(settings: Settings, email: str, org: str, *, test: bool, disabled: bool) -> None:
    async def work() -> None:
        async with opened(settings) as found:
            organization_id, user = await _user(found.database, org, email, test=test)
            await disable_user(found.database, organization_id, user.id, disabled=disabled, keep_an_admin=False)

    run(work())


async def _user(database: Database, org: str, email: str, *, test: bool) -> tuple[int, User]:
    organization = await find_organization(database, org)
    organization_id = organization.sandbox_id if test else organization.id
    async with database.session() as session:
        found = await find_user(session, organization_id, email)
    if found is None:
        raise NotFound(f'There is no user "{email[:100]}" there; calldex user list --org ORG shows who there is.')
    return organization_id, found


def _password(file: Path | None, find: Callable[[], Coroutine[Any, Any, None]]) -> str:
    """The password from a file, from a pipe, or typed twice.

    Where none is given, ``find`` first looks whether there is whom it is for, so that nobody types one for nothing and
    the real mistake is named. A password that is given is checked before anything is opened.
    """
    given = _given(file)
    if given is None:
        run(find())
        if not (sys.stdin and sys.stdin.isatty()):
            raise UsageError(
                "A user needs a password: type it on a terminal, pipe it in, or give it with --password-file "
                "or in CALLDEX_USER_PASSWORD."
            )
        given = str(typer.prompt("Password", hide_input=True, confirmation_prompt="Password again", err=True))
    check_password_form(given)
    return given


def _given(file: Path | None) -> str | None:
    """The password from a file, the environment or a pipe; None where there is none."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"{file} cannot be read: {reason}.") from None
    from_environment = os.environ.get("CALLDEX_USER_PASSWORD")
    # A process can be started without any input at all.
    if from_environment or not sys.stdin or sys.stdin.isatty():
        return from_environment or None
    return sys.stdin.readline().strip("\r\n") or None
