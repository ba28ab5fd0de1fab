"""Pulls: how far each has come."""

from calldex.store.migrations.script import run_file

revision = "0004_pulls"
down_revision = "0003_native"


def upgrade() -> None:
    run_file("0004_pulls.sql")
