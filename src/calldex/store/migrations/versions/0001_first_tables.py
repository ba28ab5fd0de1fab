"""The first tables: organizations, keys, and calls with all that belongs to them."""

from calldex.store.migrations.script import run_file

revision = "0001_first_tables"
down_revision = None


def upgrade() -> None:
    run_file("0001_first_tables.sql")
