"""What a migration calls: it runs a file of SQL in the migration's transaction, with time limits."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy.util import await_only


def run_file(name: str, *, lock_timeout: str = "5s", statement_timeout: str = "10min") -> None:
    """Runs every statement of `sql/<name>`. The limits end with the transaction.

    A lock that is not to be had within `lock_timeout` fails the migration: waiting for it would
    make every later query wait behind it.
    """
    text = (Path(__file__).parent / "sql" / name).read_text(encoding="utf-8")
    bind = op.get_bind()
    bind.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_timeout}'")
    bind.exec_driver_sql(f"SET LOCAL statement_timeout = '{statement_timeout}'")
    # SQLAlchemy prepares what it runs, and several statements cannot be prepared as one.
    driver = bind.connection.driver_connection
    assert driver is not None  # noqa: S101 - A connection that has just answered has its driver.
    await_only(driver.execute(text))
