import asyncio
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from calldex.cli.finding import find_organization
from calldex.cli.importing import Rejects
from calldex.cli.opening import opened, run
from calldex.cli.options import AsJson, Data, DatabaseUrl, Org, Test, chosen
from calldex.cli.printing import note, show, show_json
from calldex.cli.pulling import OVERLAP, Pull, Pulled, run_pull
from calldex.core.errors import Conflict, Unavailable, UsageError
from calldex.core.times import parse_instant
from calldex.ingest.pull.apis import APIS
from calldex.ingest.pull.fetching import Target, base_url
from calldex.settings import Settings
from calldex.store.database import Database

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


class PullApi(StrEnum):
    """Whose API the calls are pulled from."""

    STUUT_V1 = "stuut-v1"
    STUUT_V2 = "stuut-v2"
    SKIPCALL = "skipcall"
    WHIPPY = "whippy"


def pull(  # noqa: PLR0917 - Typer calls it by name, and its options are many.
    api: Annotated[
        PullApi,
        typer.Argument(metavar="API", help="Whose API: stuut-v1, stuut-v2, skipcall or whippy.", show_default=False),
    ],
    org: Org,
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            envvar="CALLDEX_PULL_URL",
            help="The API's base address, without the version.",
            show_default=False,
        ),
    ],
    token_env: Annotated[
        str,
        typer.Option(
            "--token-env",
            metavar="NAME",
            envvar="CALLDEX_PULL_TOKEN_ENV",
            help="The environment variable that holds the API's token.",
            show_default=False,
        ),
    ],
    test: Test = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            envvar="CALLDEX_PULL_SINCE",
            help="Only calls from this time (or day, UTC) on; without it, what the last pull has not seen.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="TIME",
            envvar="CALLDEX_PULL_EVERY",
            help="Pull again and again with such a pause, as 5m or 1h, until Ctrl-C.",
            show_default=False,
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", envvar="CALLDEX_PULL_FULL", help="Walk the whole list, as if never pulled before."),
    ] = False,
    overlap: Annotated[
        str,
        typer.Option(
            "--overlap",
            metavar="TIME",
            envvar="CALLDEX_PULL_OVERLAP",
            help="How far before the last pull to look again, for what was found out about calls since.",
        ),
    ] = f"{OVERLAP // timedelta(hours=1)}h",
    stop_after_unchanged: Annotated[
        int,
        typer.Option(
            "--stop-after-unchanged",
            metavar="N",
            min=0,
            envvar="CALLDEX_PULL_STOP_AFTER_UNCHANGED",
            help="Stop after so many calls in a row that are known as they are; 0 walks to the end.",
        ),
    ] = 0,
    page_size: Annotated[
        int | None,
        typer.Option(
            "--page-size",
            metavar="N",
            min=1,
            max=500,
            envvar="CALLDEX_PULL_PAGE_SIZE",
            help="How many calls to ask for at once; without it, what suits the API.",
            show_default=False,
        ),
    ] = None,
    account: Annotated[
        str,
        typer.Option(
            "--account",
            metavar="NAME",
            envvar="CALLDEX_PULL_ACCOUNT",
            help="A name of your own, when several accounts of one API are pulled into one organization.",
            show_default=False,
        ),
    ] = "",
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=0.1,
            max=3600,
            envvar="CALLDEX_PULL_TIMEOUT",
            help="How long the API may be silent before the request is tried again.",
            show_default=False,
        ),
    ] = 60.0,
    as_json: AsJson = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            envvar="CALLDEX_REJECTS",
            help="Where refused records go, whole; without it pull-API.rejects.ndjson, here.",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Pull calls from an API, all of them or what is new. It goes on where it was interrupted.

    Pulling twice changes nothing. The token is read from the environment variable alone, and never shown.
    """
    settings = chosen(data, database_url)
    known = APIS[api.value]
    if page_size is not None and page_size > known.largest_page:
        raise UsageError(f"--page-size can be at most {known.largest_page} for {known.form}.")
    wanted = Pull(
        target=Target(known, base_url(known, url), _token(token_env), token_env),
        account=account,
        since=_since(since),
        full=full,
        overlap=_span("--overlap", overlap),
        stop_after_unchanged=stop_after_unchanged,
        page_size=page_size,
        timeout=timeout,
    )
    _warn_about_http(wanted.target.url)
    between = _span("--every", every) if every is not None else None
    path = rejects or Path(f"pull-{known.form}.rejects.ndjson")
    run(_pull(settings, org, wanted, path, between, test=test, as_json=as_json))


async def _pull(
    settings: Settings, org: str, wanted: Pull, path: Path, between: timedelta | None, *, test: bool, as_json: bool
) -> None:
    # One connection holds the claim on the pull, so another one must be there to write with.
    async with opened(replace(settings, pool_size=max(2, settings.pool_size))) as found:
        organization = await find_organization(found.database, org)
        organization_id = organization.sandbox_id if test else organization.id
        while True:
            try:
                done = await _once(found.database, organization_id, wanted, path)
                _report(done, path, as_json=as_json)
            except (Unavailable, Conflict) as error:
                # The next round may find the other side well again.
                if between is None:
                    raise
                note(error.message)
            if between is None:
                return
            await asyncio.sleep(between.total_seconds())


async def _once(database: Database, organization_id: int, wanted: Pull, path: Path) -> Pulled:
    from calldex.app.formats import FORMATS  # noqa: PLC0415 - loads every surface, which other commands need not

    form = wanted.target.api.form
    with Rejects(path) as refused, _progress() as progress:
        bar = progress.add_task(form, total=None, counts="")

        def on_place(calls: int, total: int | None) -> None:
            counts = f"{calls:,} calls" if total is None else f"{calls:,} of {total:,} calls"
            progress.update(bar, completed=calls, total=total, counts=counts)

        def on_wait(seconds: float, reason: str) -> None:
            progress.update(bar, counts=f"waiting {seconds:.1f} s: {reason}")

        return await run_pull(
            database, organization_id, wanted, FORMATS[form], refused, on_place=on_place, on_wait=on_wait
        )


def _report(done: Pulled, path: Path, *, as_json: bool) -> None:
    tally = done.tally
    for sentence in done.reasons:
        note(f"Refused: {sentence}")
    if tally.rejected > len(done.reasons):
        note("... and more of them.")
    if tally.rejected:
        note(f"Refused records are in {path}, whole, each with its reason.")
    if as_json:
        show_json({**tally.facts(), "since": done.since, "resumed": done.resumed, "whole": done.whole})
        return
    if done.resumed:
        note("It went on where the last pull had stopped.")
    span = "" if done.since is None else f" since {done.since:%Y-%m-%d %H:%M} UTC"
    show(
        f"Pulled {tally.read:,} calls{span}: {tally.created:,} created, {tally.updated:,} updated, "
        f"{tally.unchanged:,} unchanged, {tally.rejected:,} refused."
    )


def _progress() -> Progress:
    """A bar on a terminal, and nothing where nobody looks."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _token(name: str) -> str:
    token = os.environ.get(name, "").strip()
    if not token:
        raise UsageError(f"The environment variable {name[:80]} that --token-env names is empty or not set.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"What {name[:80]} holds is no token: it has blanks or characters that no header can carry.")
    return token


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return parse_instant(text)
    except ValueError as error:
        reason = "there is no such day" if _DAY.fullmatch(text) else str(error)
        raise UsageError(f"--since must be a time or a day, and {text[:80]!r} is neither: {reason}.") from None


def _span(option: str, text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})([smhd])", text.strip(), re.ASCII)
    if match is None:
        raise UsageError(f"{option} must be a number with s, m, h or d, such as 5m, not {text[:80]!r}.")
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if option == "--every" and span < timedelta(seconds=1):
        raise UsageError("--every must be at least 1s.")
    return span


def _warn_about_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        note(f"The token goes to {parts.hostname} unencrypted, because --url is not https.")
