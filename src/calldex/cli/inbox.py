import base64
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from calldex.cli.finding import find_organization
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, chosen
from calldex.cli.printing import note, show, show_json, show_table
from calldex.core.errors import NotFound, UsageError
from calldex.core.ids import parse_uuid
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.deliveries import (
    STATES,
    DeliveryFacts,
    State,
    list_deliveries,
    load_delivery,
    retry_deliveries,
)

commands = typer.Typer(help="The inbox: what senders delivered, and what became of it.", no_args_is_help=True)


class Which(StrEnum):
    waiting = "waiting"
    failed = "failed"
    nonsense = "nonsense"
    known = "known"
    done = "done"
    open = "open"
    all = "all"


_STATES: dict[Which, tuple[State, ...]] = {
    Which.open: ("waiting", "failed", "nonsense"),
    Which.all: STATES,
    **{Which(state): (state,) for state in STATES},
}
_WIDEST_REASON = 100

SomeOrg = Annotated[
    str | None,
    typer.Option(
        "--org",
        metavar="ORG",
        envvar="CALLDEX_ORG",
        help="Only this organization's, by its id or exact name.",
        show_default=False,
    ),
]


@commands.command("list")
def list_(
    org: SomeOrg = None,
    state: Annotated[
        Which,
        typer.Option(
            "--state",
            metavar="STATE",
            envvar="CALLDEX_STATE",
            help="waiting, failed, nonsense, known (documented, not used), done, all; open is the first three.",
        ),
    ] = Which.open,
    limit: Annotated[
        int,
        typer.Option("--limit", min=1, max=100_000, metavar="N", envvar="CALLDEX_LIMIT", help="At most so many."),
    ] = 100,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List deliveries, the newest first; without a state those that are not settled."""
    found = run(_list(chosen(data, database_url), org, _STATES[state], limit))
    if as_json:
        show_json([_facts(one) for one in found])
    elif found:
        show_table(
            ("ID", "RECEIVED", "ORGANIZATION", "SENDER", "EVENT", "STATE", "TRIES", "REASON"),
            [
                (
                    str(one.id),
                    f"{one.received_at:%Y-%m-%d %H:%M:%S} UTC",
                    one.organization + (" (sandbox)" if one.test else ""),
                    one.sender,
                    _one_line(one.event or ""),
                    one.state,
                    str(one.attempts),
                    _one_line(one.reason or "")[:_WIDEST_REASON],
                )
                for one in found
            ],
        )
    else:
        note("There is no such delivery.")


@commands.command("show")
def show_(
    delivery_id: Annotated[
        str, typer.Argument(metavar="DELIVERY_ID", help="The id that list shows.", show_default=False)
    ],
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show a delivery whole: what is known of it, and the body as it came."""
    found = run(_show(chosen(data, database_url), _delivery_id(delivery_id)))
    text = _text(found.body or b"")
    if as_json:
        body = {"body": text} if text is not None else {"body_base64": base64.b64encode(found.body or b"").decode()}
        show_json(_facts(found) | body)
        return
    for name, value in _facts(found).items():
        show(f"{name}: {'' if value is None else _one_line(str(value))}")
    show("")
    show(text if text is not None else base64.b64encode(found.body or b"").decode())


@commands.command()
def retry(
    delivery_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DELIVERY_ID...]", help="The ids that list shows.", show_default=False),
    ] = None,
    org: SomeOrg = None,
    state: Annotated[
        Which,
        typer.Option(
            "--state",
            metavar="STATE",
            envvar="CALLDEX_STATE",
            help="With --org: which of its deliveries.",
        ),
    ] = Which.failed,
    as_json: AsJson = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let deliveries be processed again: these, or an organization's. A running server does it within a second."""
    if bool(delivery_ids) == (org is not None):
        raise UsageError("Name the deliveries to try again, or an organization with --org.")
    ids = [_delivery_id(text) for text in delivery_ids or ()]
    count = run(_retry(chosen(data, database_url), ids or None, org, _STATES[state]))
    if as_json:
        show_json({"retried": count})
    else:
        show(f"{count:,} deliveries wait to be processed again.")


def _delivery_id(text: str) -> UUID:
    found = parse_uuid(text.strip())
    if found is None:
        raise UsageError("DELIVERY_ID must be an id that calldex inbox list shows.")
    return found


def _facts(delivery: DeliveryFacts) -> dict[str, object]:
    return {name: value for name, value in asdict(delivery).items() if name != "body"}


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


async def _organization_ids(database: Database, org: str | None) -> Sequence[int] | None:
    if org is None:
        return None
    organization = await find_organization(database, org)
    return [organization.id, organization.sandbox_id]


async def _list(settings: Settings, org: str | None, states: Sequence[State], limit: int) -> list[DeliveryFacts]:
    async with opened(settings) as found:
        organization_ids = await _organization_ids(found.database, org)
        async with found.database.session() as session:
            return await list_deliveries(session, organization_ids, states, limit)


async def _show(settings: Settings, delivery_id: UUID) -> DeliveryFacts:
    async with opened(settings) as found, found.database.session() as session:
        delivery = await load_delivery(session, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery with the id {delivery_id}.")
    return delivery


async def _retry(settings: Settings, ids: Sequence[UUID] | None, org: str | None, states: Sequence[State]) -> int:
    async with opened(settings) as found:
        organization_ids = await _organization_ids(found.database, org)
        async with found.database.session() as session:
            count = await retry_deliveries(
                session,
                delivery_ids=ids,
                organization_ids=organization_ids,
                states=STATES if ids is not None else states,
            )
    if ids is not None and count < len(set(ids)):
        raise NotFound(f"{len(set(ids)) - count} of these deliveries do not exist; {count} will be processed again.")
    return count
