"""The native surface: tags, revisions, stored recordings, notes, answers under an idempotency key."""

from calldex.store.migrations.script import run_file

revision = "0003_native"
down_revision = "0002_ingest"


def upgrade() -> None:
    run_file("0003_native.sql")
