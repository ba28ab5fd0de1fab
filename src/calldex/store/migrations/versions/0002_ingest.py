"""Webhooks in: endpoints, deliveries and the events that they turned out to be."""

from calldex.store.migrations.script import run_file

revision = "0002_ingest"
down_revision = "0001_first_tables"


def upgrade() -> None:
    run_file("0002_ingest.sql")
