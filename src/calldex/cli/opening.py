"""Running a command's work in an event loop, with the database open around it."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import Any, TypeVar

import typer
import uvloop

from calldex.settings import Settings
from calldex.store.opening import Opened
from calldex.store.opening import opened as opened_at

Result = TypeVar("Result")
_STOPPING = (signal.SIGINT, signal.SIGTERM)


def opened(settings: Settings) -> AbstractAsyncContextManager[Opened]:
    """A context manager: the database of these settings, migrated and open.

    Without a URL it starts the embedded server, or joins the one that a running `calldex serve`
    uses, and leaves it in the end, also after Ctrl-C.
    """
    return opened_at(settings.data, settings.database_url, pool_size=settings.pool_size)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the work to its end. Ctrl-C or SIGTERM lets it clean up; a second one does not wait.

    After a signal the command exits with 128 and the signal's number, as a shell expects.
    """
    stopped_by: list[int] = []

    async def main() -> Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop(number: int, _frame: FrameType | None) -> None:
            if stopped_by or task is None:
                # The embedded server, if it still runs, is taken over by the next start.
                os._exit(128 + number)
            stopped_by.append(number)
            loop.call_soon_threadsafe(task.cancel)

        for number in _STOPPING:
            signal.signal(number, stop)
        return await work

    before = {number: signal.getsignal(number) for number in _STOPPING}
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main())
    except asyncio.CancelledError:
        if stopped_by:
            raise typer.Exit(128 + stopped_by[0]) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
