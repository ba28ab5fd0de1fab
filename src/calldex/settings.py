"""Every setting of Calldex in one table. Only the app and the command line read it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from calldex.core.errors import UsageError

_PREFIX = "CALLDEX_"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def default_data() -> Path:
    """Where data goes when nothing is said: a system folder for root, the user's own otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/calldex")
    return platformdirs.user_data_path("calldex")


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("a folder")
    return Path(text).expanduser().absolute()


def _text(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError("a text that is not empty")
    return text


def _database_url(text: str) -> str:
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError("an address like postgresql://user:password@host:5432/database")
    return text


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        fits = False
    if not fits or not text.isprintable() or " " in text:
        raise ValueError("an address like https://calls.example.com")
    return text.rstrip("/")


def _secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("a text of at least 16 characters")
    return text


def _flag(text: str) -> bool:
    lowered = text.lower()
    if lowered in _TRUE | _FALSE:
        return lowered in _TRUE
    raise ValueError("true or false")


def _whole(low: int, high: int) -> Callable[[str], int]:
    expected = f"a whole number from {low} to {high}"

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ValueError(expected)
        if not low <= int(text) <= high:
            raise ValueError(expected)
        return int(text)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text.lower()

    return parse


def _setting(parse: Callable[[str], Any], default: Any, text: str, *, secret: bool = False, shown: str = "") -> Any:
    """One row of the table. `shown` is the default as the documentation words it."""
    metadata = {"parse": parse, "help": text, "secret": secret, "shown": shown}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


# Each row is a call that makes a dataclass field, which the rule about calls cannot see.
# ruff: noqa: RUF009


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided. Make one with `load_settings`, which checks every value."""

    data: Path = _setting(
        _path,
        default_data,
        "Folder of the embedded database.",
        shown="`/var/lib/calldex` for root, else the user's data folder",
    )
    database_url: str | None = _setting(
        _database_url,
        None,
        "A PostgreSQL (15 or newer) of your own instead of the embedded one.",
        secret=True,
        shown="the embedded server",
    )
    secret: str | None = _setting(
        _secret,
        None,
        "Secret for the stored hashes of keys and for sealing the secrets of sources. With another one no issued key "
        "and no source works.",
        secret=True,
        shown="made once and kept in the database",
    )
    recordings_url: str | None = _setting(
        _text,
        None,
        "Where recordings are stored: a URL that fsspec knows, such as `s3://bucket/prefix` (with s3fs installed).",
        shown="the folder `recordings` in the data folder",
    )
    recording_link_seconds: int = _setting(
        _whole(1, 7 * 86400), 3600, "How long a signed link to a recording works, in seconds."
    )
    host: str = _setting(_text, "127.0.0.1", "Address to listen on.")
    port: int = _setting(_whole(0, 65535), 8080, "Port to listen on; 0 picks a free one.")
    public_url: str | None = _setting(
        _public_url,
        None,
        "How the world reaches this server, as https://calls.example.com: webhook addresses begin with it, and some "
        "senders sign it.",
        shown="what each request says",
    )
    trusted_proxies: str = _setting(
        _text,
        "127.0.0.1,::1",
        "Addresses and networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated "
        "by commas; wrong passwords are counted by the client's address.",
    )
    workers: int = _setting(_whole(1, 64), 1, "Processes that answer requests.")
    pool_size: int = _setting(_whole(1, 200), 10, "Database connections of one process, at most.")
    wait_ms: int = _setting(
        # Less than the least time that a client can ask a search to be stopped after.
        _whole(0, 10_000),
        2000,
        "How long a request may wait for a free database connection before it is refused with 503, in milliseconds; "
        "0 refuses at once.",
    )
    shutdown_seconds: int = _setting(
        _whole(0, 3600), 30, "How long requests in flight may take when the server is asked to stop."
    )
    log_level: str = _setting(_one_of("debug", "info", "warning", "error"), "info", "The least important line to log.")
    log_format: str = _setting(
        _one_of("auto", "json", "text"),
        "auto",
        "json for machines, text for people, auto for text on a terminal and json elsewhere.",
    )
    max_body_bytes: int = _setting(_whole(1024, 1024**3), 1024**2, "The largest body of a request.")
    max_batch_bytes: int = _setting(
        _whole(1024, 1024**3), 32 * 1024**2, "The largest body of a batch on the native surface."
    )
    max_delivery_bytes: int = _setting(
        _whole(1024, 1024**3), 8 * 1024**2, "The largest webhook that is taken; a long call's transcript is in one."
    )
    max_recording_bytes: int = _setting(_whole(1024, 1024**4), 256 * 1024**2, "The largest recording that is stored.")
    record_cache_bytes: int = _setting(
        _whole(0, 64 * 1024**3),
        64 * 1024**2,
        "Memory of one process for linked records that are ready to be shown; 0 keeps none.",
    )
    max_header_bytes: int = _setting(_whole(1024, 1024**2), 32 * 1024, "The largest request line and headers together.")
    relax_unknown_parameters: bool = _setting(
        _flag, default=False, text="Ignore parameters that a surface does not know instead of refusing them."
    )
    skipcall_requests_per_minute: int = _setting(
        _whole(0, 10**9), 1000, "Rate limit of a sandbox key on the Skipcall surface; 0 is none."
    )
    whippy_requests_per_second: int = _setting(
        _whole(0, 10**9),
        25,
        "Rate limit of a sandbox key, and of all of an organization's, on the Whippy surface; 0 is none.",
    )
    limit_live_keys: bool = _setting(
        _flag, default=False, text="Hold live keys to the vendors' rate limits too, not only sandbox keys."
    )

    @property
    def recordings_place(self) -> str:
        """The folder or URL below which recordings are stored."""
        return self.recordings_url or str(self.data / "recordings")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as the documentation and the command line show it."""

    name: str
    variable: str
    default: str
    help: str
    secret: bool


def setting_rows() -> list[SettingRow]:
    return [
        SettingRow(
            name=row.name,
            variable=_PREFIX + row.name.upper(),
            default=row.metadata["shown"] or f"`{_shown(row.default)}`",
            help=row.metadata["help"],
            secret=row.metadata["secret"],
        )
        for row in fields(Settings)
    ]


def load_settings(environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings that the environment and then the command line give.

    An override of None says nothing. A value that cannot be used raises UsageError with one
    sentence that names it; the sentence never shows a secret.
    """
    given: dict[str, Any] = {}
    for row in fields(Settings):
        variable = _PREFIX + row.name.upper()
        override = (overrides or {}).get(row.name)
        if override is not None:
            source, text = f"--{row.name.replace('_', '-')}", str(override)
        elif row.metadata["secret"] and environ.get(variable + "_FILE"):
            source = variable + "_FILE"
            text = _read_file(source, environ[source])
        elif environ.get(variable):
            source, text = variable, environ[variable]
        else:
            continue
        try:
            given[row.name] = row.metadata["parse"](text)
        except ValueError as problem:
            shown = "" if row.metadata["secret"] else f", not {text[:80]!r}"
            raise UsageError(f"{source} must be {problem}{shown}.") from None
    return Settings(**given)


def as_environment(settings: Settings) -> dict[str, str]:
    """The same settings as variables, for the worker processes of one server."""
    return {
        _PREFIX + row.name.upper(): _shown(value)
        for row in fields(Settings)
        if (value := getattr(settings, row.name)) is not None
    }


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_file(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{variable} names {path!r}, which cannot be read: {reason}.") from None
