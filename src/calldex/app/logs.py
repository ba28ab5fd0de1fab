"""Structured logs on standard error: one JSON object per line, or text for people."""

import logging
import sys
from typing import Any, TextIO

import msgspec
import structlog

Log = structlog.typing.FilteringBoundLogger


def make_log(level: str, form: str, stream: TextIO | None = None) -> Log:
    """A log that changes no global state. `form` is json, text or auto (text on a terminal)."""
    target = stream if stream is not None else sys.stderr
    as_text = form == "text" or (form == "auto" and target.isatty())
    render: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=target.isatty()) if as_text else _render_json
    )
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not as_text:
        processors.append(structlog.processors.format_exc_info)
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(target),
        processors=[*processors, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    return log


def take_over_stdlib(log: Log, level: str) -> None:
    """Send what libraries log through our log, so that every line has one form."""
    root = logging.getLogger()
    root.handlers = [_Forward(log)]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
    # uvicorn tells its own story of starting and stopping, and ours has a request line already.
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, root.level))
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(max(logging.WARNING, root.level))


class _Forward(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _render_json(_logger: object, _name: str, event: Any) -> str:
    first = {name: event.pop(name) for name in ("timestamp", "level", "event")}
    return msgspec.json.encode(first | event, enc_hook=str).decode()
