"""Telling a database that cannot answer from a mistake of ours."""

import asyncpg

_OUTAGES = (
    ConnectionError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


def is_outage(error: BaseException) -> bool:
    """Whether the error says that the database is away, so that trying again later may help."""
    # The driver raises InternalClientError and the like for wrong use; those are InterfaceErrors
    # too, but of its own subclass for mistakes in arguments.
    if isinstance(error, asyncpg.DataError | asyncpg.ClientConfigurationError):
        return False
    if isinstance(error, FileNotFoundError):
        # The socket of a server that has gone.
        return True
    return isinstance(error, _OUTAGES)
