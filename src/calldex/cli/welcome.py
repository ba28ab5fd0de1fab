"""What `calldex serve` says when it is up, and the demo that it can bring along."""

import secrets
import socket
from dataclasses import dataclass
from uuid import UUID

from calldex import __version__
from calldex.actions.add_user import add_user, change_password
from calldex.actions.create_organization import create_organization
from calldex.actions.issue_key import issue_key
from calldex.cli.demo import seed_demo
from calldex.cli.demo_sound import record_demo
from calldex.cli.printing import show
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.newest import newest_call_id
from calldex.store.organizations import organizations_named
from calldex.store.users import find_user

DEMO_NAME = "Demo"
DEMO_CALLS = 2000
DEMO_SEED = 1
DEMO_EMAIL = "demo@example.com"


@dataclass(frozen=True, slots=True)
class Demo:
    """What there is to try: a key that was issued now, a password that was made now, and a call that exists."""

    key: str
    password: str
    call_id: UUID | None
    is_new: bool


async def prepare_demo(database: Database, settings: Settings, base: str) -> Demo:
    """The demo organization with its calls, made if it is not there, and always a new key and password.

    ``base`` is where clients reach the server; the addresses of the newest calls' recordings begin with it.
    """
    async with database.session() as connection:
        named = await organizations_named(connection, DEMO_NAME)
    organization = named[0] if named else await create_organization(database, DEMO_NAME)
    call_id = await _newest(database, organization.id)
    is_new = call_id is None
    if is_new:
        await seed_demo(database, organization.id, DEMO_CALLS, DEMO_SEED)
        await record_demo(database, organization.id, settings.recordings_place, f"{base}/api")
        call_id = await _newest(database, organization.id)
    secret = settings.secret.encode() if settings.secret is not None else None
    key = await issue_key(database, organization, name="calldex serve --demo", secret=secret)
    return Demo(key.text, await _let_sign_in(database, organization.id), call_id, is_new)


async def _let_sign_in(database: Database, organization_id: int) -> str:
    """A new password for the demo's administrator, who is made when there is none."""
    password = secrets.token_urlsafe(9)
    async with database.session() as session:
        user = await find_user(session, organization_id, DEMO_EMAIL)
    if user is None:
        await add_user(database, organization_id, email=DEMO_EMAIL, name="Demo Admin", role="admin", password=password)
    else:
        await change_password(database, organization_id, user.id, password)
    return password


async def _newest(database: Database, organization_id: int) -> UUID | None:
    async with database.session() as connection:
        return await newest_call_id(connection, organization_id)


def greet(listener: socket.socket, settings: Settings, demo: Demo | None) -> None:
    """Print where everything is and, with a demo, what to paste to see it work."""
    base = web_address(listener, settings.host)
    show(f"Calldex {__version__} is listening on {base} (Ctrl-C stops it)")
    show("")
    show(f"  explorer  {base}/")
    for name in ("stuut", "skipcall", "whippy"):
        show(f"  {name:<10}{base}/{name:<12}reference: {base}/{name}/docs")
    if demo is None:
        return
    state = "has" if demo.is_new else "is already there and keeps"
    count = f"{DEMO_CALLS:,} invented calls" if demo.is_new else "its calls"
    bearer = f"-H 'Authorization: Bearer {demo.key}'"
    show("")
    show(f'The organization "{DEMO_NAME}" {state} {count}. A new key for it, shown only now:')
    show("")
    show(f"  {demo.key}")
    show("")
    show(f"Sign in at {base}/ with")
    show("")
    show(f"  {DEMO_EMAIL}  {demo.password}")
    show("")
    show("Try:")
    show("")
    show(f"  curl {bearer} '{base}/stuut/v1/calls?limit=1'")
    show(f"  curl {bearer} '{base}/stuut/v2/calls?limit=1&sentiment=positive'")
    show(f"  curl {bearer} '{base}/skipcall/v1/calls/{demo.call_id}'")
    show(
        f"  curl -H 'X-WHIPPY-KEY: {demo.key}' -H 'Content-Type: application/json' "
        f"-d '{{\"direction\": \"INBOUND\"}}' '{base}/whippy/v1/calls/search?limit=1'"
    )
    show("")


def web_address(listener: socket.socket, host: str) -> str:
    """The URL to reach the listener under. A wildcard address is shown as this machine's own."""
    port = listener.getsockname()[1]
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - it is compared, not bound.
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
